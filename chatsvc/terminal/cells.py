"""Text as cells of a terminal: made harmless, split into graphemes, measured and folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category

from wcwidth import iter_graphemes, wcswidth, wcwidth

from chatsvc.terminal.styles import PLAIN, Segment, Style, neutral

# Code points shown of a grapheme, as many as the longest emoji has (two people of different skin,
# kissing). More would be a pile of marks that covers the lines above and below.
MOST_CODE_POINTS = 10
_JOINER = "\u200d"  # at the end, it would have tmux draw the next cell, too, in this one
_BEYOND = "\U00010000"  # the first code point beyond the basic plane
STYLES = 128  # whose letters rows share


class Cell(NamedTuple):
    """A grapheme on the screen, ``width`` columns wide."""

    text: str
    width: int
    style: Style


BLANK = Cell(" ", 1, PLAIN)

Row = Sequence[Cell]


class _Letters(dict[str, Cell]):
    """The cells of printable ASCII in one style, which all rows share."""

    def __init__(self, style: Style) -> None:
        self._style = style

    def __missing__(self, character: str) -> Cell:
        """Make the cell of a character."""
        made = self[character] = Cell(character, 1, self._style)
        return made


_letters = lru_cache(maxsize=STYLES)(_Letters)


def cells(segments: Iterable[Segment], columns: int) -> list[Cell]:
    """The cells of the segments; the only place where text becomes cells.

    A grapheme without width (a mark without a base, a zero-width space) is not shown, and one wider
    than ``columns`` is shown as a question mark.
    """
    found: list[Cell] = []
    for text, style in segments:
        harmless = neutral(text)
        if harmless.isascii():  # most text: a character is a cell
            found += map(_letters(style).__getitem__, harmless)
            continue
        for grapheme in iter_graphemes(harmless):
            shown = grapheme[:MOST_CODE_POINTS].rstrip(_JOINER)
            wide = _width(shown)
            if wide <= columns < _apart(shown):
                shown = shown[:1]
            if wide > columns:
                found.append(Cell("?", 1, style))
            elif wide > 0:
                found.append(Cell(shown, wide, style))
    return found


def _width(grapheme: str) -> int:
    """The most columns that a grapheme takes on any terminal, so that none is overwritten.

    For joined emoji, that is their width on terminals that know them; others show only the first.
    """
    if grapheme[:1].isalpha():  # marks beside a letter (Mc) take a column on most terminals
        return sum(max(wcwidth(each), category(each) == "Mc") for each in grapheme)
    return max(wcswidth(grapheme), wcwidth(grapheme[:1]))


def _apart(grapheme: str) -> int:
    """The columns of its code points one by one, as terminals draw them that join none."""
    return sum(max(wcwidth(each), 0) for each in grapheme)


def reach(cell: Cell) -> int:
    """The most columns that any terminal draws in for a cell, even if the next one covers some.

    A row keeps as many free, as some terminals go on in the next row (libvterm: whatever ?7l says).
    """
    return cell.width if len(cell.text) == 1 else max(cell.width, _apart(cell.text))


def width(row: Row) -> int:
    """The columns of a row."""
    return sum([cell.width for cell in row])


def fold(line: Sequence[Cell], columns: int, indent: int = 0, is_first: bool = True) -> list[Row]:
    """A line as rows, at least one, broken at blanks where possible, but not within `code`.

    All but the first row are indented; without ``is_first``, that one, too. The indentation leaves
    room for the widest cell.
    """
    margin = [BLANK] * indent
    code = _in_code(line, columns - indent)
    rows: list[Row] = []
    start = 0
    while start < len(line) or not rows:
        before = margin if rows or not is_first else []
        end, after = _end(line, start, columns - len(before), code)
        rows.append([*before, *line[start:end]])
        start = after
        while end < start < len(line) and line[start].text == " ":  # rows begin with a word
            start += 1
    return rows


def _in_code(line: Sequence[Cell], columns: int) -> set[int]:
    """The places of the blanks between two backticks that fit a row."""
    texts = [cell.text for cell in line]
    if texts.count("`") < 2:
        return set()
    ticks = [at for at, text in enumerate(texts) if text == "`"]
    found = set()
    for first, last in zip(ticks[::2], ticks[1::2], strict=False):
        if width(line[first : last + 1]) <= columns:
            found.update([at for at in range(first, last) if texts[at] == " "])
    return found


def _end(line: Sequence[Cell], start: int, columns: int, code: set[int]) -> tuple[int, int]:
    """The end of the row that starts there, and the start of the next one.

    code: the places of blanks where the row ends only for want of others.
    """
    used = 0
    blank = in_code = start
    for index in range(start, len(line)):
        cell = line[index]
        is_blank = cell.text == " "
        if used + (1 if len(cell.text) == cell.width == 1 else reach(cell)) > columns:
            if is_blank and index not in code:
                return index, index + 1
            last = blank if blank > start else index if is_blank else in_code
            return (last, last + 1) if last > start else (index, index)
        used += cell.width
        if is_blank and index in code:
            in_code = index
        elif is_blank:
            blank = index
    return len(line), len(line)


def pack(line: Iterable[Cell], columns: int) -> list[Row]:
    """A line as rows, at least one, each as full as possible."""
    rows: list[list[Cell]] = [[]]
    used = 0
    for cell in line:
        if used + reach(cell) > columns:
            rows.append([])
            used = 0
        rows[-1].append(cell)
        used += cell.width
    return [*rows]


def clip(line: Iterable[Cell], columns: int) -> Row:
    """A line, cut to one row."""
    return pack(line, columns)[0]


def shorten(line: Sequence[Cell], columns: int) -> Row:
    """A line, cut to one row that ends in an ellipsis if something is missing."""
    rows = pack(line, columns)
    if len(rows) == 1 or columns < 1:
        return rows[0]
    kept = clip(line, columns - 1)
    style = (kept or line)[-1].style._replace(link="")
    return [*kept, Cell("…", 1, style)]


def is_certain(cell: Cell) -> bool:
    """Whether all terminals give a cell as many columns as this module does.

    They agree only on single letters of the basic plane: others are wide or not by their age.
    """
    text = cell.text
    return text.isascii() or (len(text) == 1 and text.isalpha() and text < _BEYOND)


def are_certain(row: Row) -> bool:
    """Whether all cells of a row are certain."""
    return "".join([cell.text for cell in row]).isascii() or all(map(is_certain, row))
