"""Text as the cells of a terminal: made harmless, split into graphemes, measured, folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wcwidth import iter_graphemes, wcswidth

from chatsvc.terminal.styles import PLAIN, Segment, Style, neutral

# Code points of a grapheme that are shown: as many as the longest emoji in use (two people of
# different skin who kiss) has. More is a pile of marks that covers the lines above and below.
PILE = 10


class Cell(NamedTuple):
    """A grapheme on the screen, ``width`` columns wide."""

    text: str
    width: int
    style: Style


Row = Sequence[Cell]


def cells(segments: Iterable[Segment], columns: int) -> list[Cell]:
    """The cells that show the segments; the only place where cells are made of text.

    What takes no column (a mark without anything to stand on, a zero-width space) is not shown,
    and what takes more than there are ``columns`` is shown as a question mark.
    """
    found = []
    for text, style in segments:
        for grapheme in iter_graphemes(neutral(text)):
            shown = grapheme[:PILE]
            wide = wcswidth(shown)
            if wide > columns:
                found.append(Cell("?", 1, style))
            elif wide > 0:
                found.append(Cell(shown, wide, style))
    return found


def width(row: Row) -> int:
    """How many columns a row takes."""
    return sum(cell.width for cell in row)


def fold(line: Sequence[Cell], columns: int) -> list[Row]:
    """The line in rows, parted at blanks where it can be; at least one row."""
    rows: list[Row] = []
    start = word = used = 0  # where the row starts and its last word, the columns it takes
    for index, cell in enumerate(line):
        if cell.text == " " and used == columns:
            rows.append(line[start:index])
            start, used = index + 1, 0
            continue
        while used + cell.width > columns:
            if word > start + 1:
                rows.append(line[start : word - 1])  # without the blank before the word
                start = word
            else:
                rows.append(line[start:index])
                start = index
            used = width(line[start:index])
        used += cell.width
        if cell.text == " ":
            word = index + 1
    if start < len(line) or not rows:
        rows.append(line[start:])
    return rows


def pack(line: Iterable[Cell], columns: int) -> list[Row]:
    """The line in rows as full as they can be; at least one row."""
    rows: list[list[Cell]] = [[]]
    used = 0
    for cell in line:
        if used + cell.width > columns:
            rows.append([])
            used = 0
        rows[-1].append(cell)
        used += cell.width
    return [*rows]


def clip(line: Iterable[Cell], columns: int) -> Row:
    """As much of the line as one row holds."""
    return pack(line, columns)[0]


def draw(row: Row, columns: int) -> str:
    """The text and control sequences that show a row on an empty line, from its first column.

    Terminals disagree with us and among themselves how wide anything but single letters is: after
    everything else we say which column comes next, and take away what stands there already.
    """
    parts = []
    style, column = PLAIN, 1
    for cell in row:
        if cell.style != style:
            style = cell.style
            parts.append(style.sequence())
        parts.append(cell.text)
        column += cell.width
        certain = cell.text.isascii() or (len(cell.text) == 1 and cell.text.isalpha())
        if not certain and column <= columns:
            parts.append(f"\x1b[{column}G\x1b[K")
    if style != PLAIN:
        parts.append("\x1b[m")
    return "".join(parts)
