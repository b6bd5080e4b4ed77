"""Text made safe for other people's terminals."""

from __future__ import annotations

import re
import unicodedata

# ECMA-48: control sequences (CSI), control strings (OSC, DCS, SOS, PM, APC) up to their end, and
# other escapes. They are removed as a whole, so that a stray arrow key leaves no "[A".
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# What is left of C0, DEL and C1; line and paragraph separators; and characters that reorder the
# text around them: embeddings, overrides and isolates (Unicode Annex 9, section 2).
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# Invisible characters: white space, controls, Unicode's Default_Ignorable_Code_Point (UAX 44) with
# the byte order mark, and the blanks of braille and music.
_UNSEEN = re.compile(
    "[\\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001d159\U000e0000-\U000e0fff]*"
)
_ERASING = frozenset("\b\x7f\x15\x17")
_JOINER = "\u200d"
# Besides marks: modifiers in emoji, and the later letters of a decomposed syllable of Hangul.
_COMBINED = re.compile("[\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u1160-\u11ff\ud7b0-\ud7fb]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")  # half of one
_BREAKS = str.maketrans(dict.fromkeys("\t\n\v\f\r\x85\u2028\u2029", " "))


def clean(text: str) -> str:
    """The text without anything that affects a terminal; tabs and line breaks become spaces."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text).translate(_BREAKS))


def decode(line: bytes) -> str:
    """A line decoded from UTF-8, with U+FFFD for invalid parts, and cleaned."""
    text = line.decode("utf-8", "replace")
    return text if text.isprintable() else clean(text)


def typed(line: bytes) -> str:
    """A line decoded as by `decode`, and edited, which some terminals leave to the server.

    BS and DEL erase the last character with its combining ones; Ctrl-W erases the last word, Ctrl-U
    everything before it.
    """
    text = line.decode("utf-8", "replace")
    if text.isprintable():
        return text
    text = _ESCAPES.sub("", text)
    if _ERASING.isdisjoint(text):
        return clean(text)
    kept: list[str] = []
    for character in text:
        if character not in _ERASING:
            kept.append(character)
        elif character == "\x15":
            kept.clear()
        elif character == "\x17":
            while kept and kept[-1].isspace():
                kept.pop()
            while kept and not kept[-1].isspace():
                kept.pop()
        else:
            _erase_last(kept)
    return clean("".join(kept))


def _erase_last(kept: list[str]) -> None:
    last = ""
    while kept and (_is_combined(last := kept.pop()) or kept[-1:] == [_JOINER]):
        pass
    if _FLAG.match(last) and kept and _FLAG.match(kept[-1]):
        kept.pop()


def _is_combined(character: str) -> bool:
    return (
        character == _JOINER
        or bool(_COMBINED.match(character))
        or (unicodedata.category(character)[0] == "M")
    )


def shows(text: str) -> bool:
    """Whether anything of a text is visible."""
    return from_what_shows(text) != ""


def from_what_shows(text: str) -> str:
    """The text from its first visible character on."""
    return text if "!" <= text[:1] <= "~" else _UNSEEN.sub("", text, count=1)


def unquote(text: str) -> str:
    """The text without the blanks around it and without its outer pair of quotes."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    return text
