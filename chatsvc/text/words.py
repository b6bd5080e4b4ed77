"""The words of a text, for searching."""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import category, combining, name, normalize, unidata_version

LONGEST = 200  # characters of a word that count
VERSION = f"3 Unicode {unidata_version}"  # of what is done here; what it gives may change with it

_GLUE = "\x1f"  # stands around what is a word by itself; a blank to `split`
_CACHED = 10_000  # characters whose words are kept, rather than worked out each time
_SYMBOLS = "#%&@"  # punctuation that people look for: #12, @ann
# Scripts that set no blanks between words, by the names of their characters.
_WITHOUT_BLANKS = (
    *("CJK ", "IDEOGRAPHIC ", "HIRAGANA ", "KATAKANA", "BOPOMOFO ", "YI ", "NUSHU ", "TANGUT"),
    *("HANGUL ", "THAI ", "LAO ", "KHMER ", "MYANMAR ", "TAI ", "NEW TAI ", "AHOM ", "JAVANESE "),
    *("BALINESE ",),
)
# Letters that Unicode does not take apart, but which people type without the stroke or the dot.
_PLAIN = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
)
# What belongs to the character before it: the vowels and ends of Hangul, the voicing of kana.
_JOINED = re.compile(f"{_GLUE}+(?=[\u1160-\u11ff\u3099\u309a])")
# A flag is two letters that are symbols of their own (Unicode, section 22.10).
_FLAG = re.compile(f"([\U0001f1e6-\U0001f1ff]){_GLUE}{_GLUE}([\U0001f1e6-\U0001f1ff])")


def words(text: str) -> list[str]:
    """The words of a text, in order, in the form in which they are compared.

    A word is a run of letters and digits; or one symbol, or flag; or one character of a script
    without blanks between words, or one syllable of Hangul, so that text in such a script is found
    anywhere. Punctuation is no word, except some that people search for.

    Case, width, accents and points do not count (Unicode's NFKD and case folding). Marks that make
    another letter do: the vowel signs of Indic scripts, the voicing of kana.

    Each character is looked at by itself, so this takes linear time.
    """
    glued = text.translate(_folded)
    if not glued.isascii():
        glued = _FLAG.sub(r"\1\2", _JOINED.sub("", glued))
    return [word[:LONGEST] for word in glued.split()]


class Term(NamedTuple):
    """One of the things that a text must have to be found.

    phrase: consecutive words, at least one, separated by blanks.
    is_begun: whether the last may be only the start of a word.
    """

    phrase: str
    is_begun: bool


def terms(query: str) -> list[Term]:
    """The terms of a query, whose parts are separated by blanks; * at a part's end is any end.

    Parts without a word are left out.
    """
    parts = [(words(part), part.endswith("*")) for part in query.split()]
    return [Term(" ".join(found), is_begun) for found, is_begun in parts if found]


class _Folded(dict[int, str]):
    """What stands for each character, by its number."""

    def __missing__(self, number: int) -> str:
        if len(self) >= _CACHED:
            self.clear()
        found = self[number] = _fold(chr(number))
        return found


_folded = _Folded()


def _fold(character: str) -> str:
    if name(character, "").startswith("HANGUL LETTER "):
        return f"{_GLUE}{character}{_GLUE}"  # one that stands alone; it is no part of a syllable
    parts = normalize("NFKD", normalize("NFKD", character).casefold()).translate(_PLAIN)
    return "".join(map(_word, parts))


def _word(part: str) -> str:
    """What stands for a character that can't be taken apart."""
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
    """Whether a mark does not count: accents, strokes, the points of Hebrew and Arabic."""
    where = combining(part)  # the classes of Unicode, section 4.3
    return where == 1 or 10 <= where <= 36 or where >= 200
