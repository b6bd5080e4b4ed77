"""The words of a text, for searching."""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import category, combining, name, normalize, unidata_version

LONGEST = 200  # characters of a word that count
VERSION = f"3 Unicode {unidata_version}"  # of these rules; with another one, words may differ

_GLUE = "\x1f"  # surrounds what is a word by itself; `split` takes it for a blank
_CACHED = 10_000  # characters whose words are cached
_SYMBOLS = "#%&@"  # punctuation that people search for: #12, @ann
# Scripts without blanks between words, by the beginning of their characters' names.
_WITHOUT_BLANKS = (
    *("CJK ", "IDEOGRAPHIC ", "HIRAGANA ", "KATAKANA", "BOPOMOFO ", "YI ", "NUSHU ", "TANGUT"),
    *("HANGUL ", "THAI ", "LAO ", "KHMER ", "MYANMAR ", "TAI ", "NEW TAI ", "AHOM ", "JAVANESE "),
    *("BALINESE ",),
)
# Letters that Unicode does not decompose, but that people type without the stroke or the dot.
_PLAIN = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
)
# Characters that belong to the one before: vowels and ends of Hangul, the voicing of kana.
_JOINED = re.compile(f"{_GLUE}+(?=[\u1160-\u11ff\u3099\u309a])")
# A flag is two regional indicator symbols (Unicode, section 22.10).
_FLAG = re.compile(f"([\U0001f1e6-\U0001f1ff]){_GLUE}{_GLUE}([\U0001f1e6-\U0001f1ff])")


def words(text: str) -> list[str]:
    """The words of a text, in order, in the form in which they are compared.

    A word is a run of letters and digits; or a symbol or flag; or one character of a script without
    blanks between words, or one syllable of Hangul, so that text in such scripts is found anywhere.
    Punctuation is not a word, with a few exceptions.

    Case, width, accents and points do not count (Unicode's NFKD and case folding). Marks that make
    another letter do count: the vowel signs of Indic scripts, the voicing of kana.

    Each character is processed by itself, which takes linear time.
    """
    glued = text.translate(_folded)
    if not glued.isascii():
        glued = _FLAG.sub(r"\1\2", _JOINED.sub("", glued))
    found = glued.split()
    return found if len(glued) <= LONGEST else [word[:LONGEST] for word in found]


class Term(NamedTuple):
    """A phrase that a text must contain to be found.

    phrase: consecutive words, at least one, separated by blanks.
    is_begun: whether the last one may be only the start of a word.
    """

    phrase: str
    is_begun: bool


def terms(query: str) -> list[Term]:
    """The terms of a query, whose parts are separated by blanks.

    A * at the end of a part stands for any end of its last word. Parts without a word are left out.
    """
    parts = [(words(part), part.endswith("*")) for part in query.split()]
    return [Term(" ".join(found), is_begun) for found, is_begun in parts if found]


class _Folded(dict[int, str]):
    """The replacement of each character, by its number."""

    def __missing__(self, number: int) -> str:
        if len(self) >= _CACHED:
            self.clear()
        found = self[number] = _fold(chr(number))
        return found


_folded = _Folded()


def _fold(character: str) -> str:
    if name(character, "").startswith("HANGUL LETTER "):
        return f"{_GLUE}{character}{_GLUE}"  # a letter that stands alone, not in a syllable
    parts = normalize("NFKD", normalize("NFKD", character).casefold()).translate(_PLAIN)
    return "".join(map(_word, parts))


def _word(part: str) -> str:
    """The replacement of a character that cannot be decomposed."""
    kind, called = category(part), name(part, "")
    if kind == "Cf" or "VARIATION SELECTOR" in called or _is_accent(part):
        return ""
    if part in _SYMBOLS or kind in ("Me", "Cn", "Co") or kind[0] == "S":
        return f"{_GLUE}{part}{_GLUE}"
    if kind[0] in "PZC":
        return " "
    if "\u1160" <= part <= "\u11ff" or part in "\u3099\u309a":
        return f"{part}{_GLUE}"
    return f"{_GLUE}{part}{_GLUE}" if called.startswith(_WITHOUT_BLANKS) else part


def _is_accent(part: str) -> bool:
    """Whether a mark does not count: an accent, a stroke, a point of Hebrew or Arabic."""
    where = combining(part)  # its combining class (Unicode, section 4.3)
    return where == 1 or 10 <= where <= 36 or where >= 200
