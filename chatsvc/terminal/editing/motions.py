"""Motions of the cursor: functions of the text and the cursor, to where it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wcwidth import iter_graphemes

Motion = Callable[[str, int], int]


def line_start(text: str, cursor: int) -> int:
    """The first index of the line."""
    return text.rfind("\n", 0, cursor) + 1


def line_end(text: str, cursor: int) -> int:
    """The index after the line."""
    end = text.find("\n", cursor)
    return end if end >= 0 else len(text)


def left(text: str, cursor: int) -> int:
    """The grapheme before."""
    *_, last = ("", *iter_graphemes(text[max(line_start(text, cursor) - 1, 0) : cursor]))
    return cursor - len(last)


def right(text: str, cursor: int) -> int:
    """The next grapheme."""
    return cursor + len(next(iter_graphemes(text[cursor:]), ""))


def word_left(text: str, cursor: int) -> int:
    """The beginning of the word, or of the one before."""
    graphemes = list(iter_graphemes(text[:cursor]))
    return cursor - _reach(reversed(graphemes), _in_word)


def word_right(text: str, cursor: int) -> int:
    """The end of the word, or of the next."""
    return cursor + _reach(iter_graphemes(text[cursor:]), _in_word)


def blank_left(text: str, cursor: int) -> int:
    """The start of the word, where only blanks separate words."""
    graphemes = list(iter_graphemes(text[:cursor]))
    return cursor - _reach(reversed(graphemes), lambda grapheme: not grapheme.isspace())


def kill_start(text: str, cursor: int) -> int:
    """The beginning of the line; from there, that of the text, as a paste may have many lines."""
    start = line_start(text, cursor)
    return start if start < cursor else 0


def kill_end(text: str, cursor: int) -> int:
    """The end of the line; from there, the beginning of the next."""
    end = line_end(text, cursor)
    return end if end > cursor else right(text, cursor)


def _in_word(grapheme: str) -> bool:
    return grapheme[0].isalnum() or grapheme[0] == "_"


def _reach(graphemes: Iterable[str], belongs: Callable[[str], bool]) -> int:
    """The length of the graphemes up to the end of the first word."""
    length = 0
    inside = False
    for grapheme in graphemes:
        if belongs(grapheme):
            inside = True
        elif inside:
            break
        length += len(grapheme)
    return length
