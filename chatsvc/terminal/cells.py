"""Text as the cells of a terminal: made harmless, split into graphemes, measured, folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from unicodedata import category

from wcwidth import iter_graphemes, wcswidth, wcwidth

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
Paint = Callable[[Style], Style]


def _as_it_is(style: Style) -> Style:
    return style


def cells(segments: Iterable[Segment], columns: int) -> list[Cell]:
    """The cells that show the segments; the only place where cells are made of text.

    What takes no column (a mark without anything to stand on, a zero-width space) is not shown,
    and what takes more than there are ``columns`` is shown as a question mark.
    """
    found = []
    for text, style in segments:
        harmless = neutral(text)
        if harmless.isascii():  # most of what is written, and a character each
            found += [Cell(character, 1, style) for character in harmless]
            continue
        for grapheme in iter_graphemes(harmless):
            shown = grapheme[:PILE]
            wide = _width(shown)
            if wide > columns:
                found.append(Cell("?", 1, style))
            elif wide > 0:
                found.append(Cell(shown, wide, style))
    return found


def _width(grapheme: str) -> int:
    """How many columns a grapheme takes at most, so that no terminal writes over a part of it.

    Of joined emoji that is what they take where they are known: others show no more than the first.
    """
    if grapheme[:1].isalpha():  # marks that stand beside a letter (Mc) have a column in most
        return sum(max(wcwidth(each), category(each) == "Mc") for each in grapheme)
    return max(wcswidth(grapheme), wcwidth(grapheme[:1]))


def width(row: Row) -> int:
    """How many columns a row takes."""
    return sum(cell.width for cell in row)


def fold(line: Sequence[Cell], columns: int, indent: int = 0, is_first: bool = True) -> list[Row]:
    """The line in rows, parted at blanks where it can be; at least one row.

    All but the first row are indented; without ``is_first`` that one, too. Columns left beside the
    indentation are as many as the widest cell has, or more.
    """
    margin = [Cell(" ", 1, PLAIN)] * indent
    rows: list[Row] = []
    start = 0
    while start < len(line) or not rows:
        before = margin if rows or not is_first else []
        end, after = _end(line, start, columns - len(before))
        rows.append([*before, *line[start:end]])
        start = after
    return rows


def _end(line: Sequence[Cell], start: int, columns: int) -> tuple[int, int]:
    """Where the row that starts there ends, and where the next one starts."""
    used = 0
    blank = start
    for index in range(start, len(line)):
        cell = line[index]
        if used + cell.width > columns:
            if cell.text == " ":
                return index, index + 1
            return (blank, blank + 1) if blank > start else (index, index)
        used += cell.width
        if cell.text == " ":
            blank = index
    return len(line), len(line)


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


def is_certain(cell: Cell) -> bool:
    """Whether all terminals give a cell as many columns as we do.

    They disagree with us and among themselves about anything but single letters.
    """
    return cell.text.isascii() or (len(cell.text) == 1 and cell.text.isalpha())


def draw(row: Iterable[Cell], column: int = 1, paint: Paint = _as_it_is) -> str:
    """The text and control sequences that show cells from a column on, in a row empty from there.

    paint: gives the style in which something of a style is drawn.

    Before what follows an uncertain cell we say in which column it stands, and erase what stands
    there already; not behind the last, of which that might erase a part.
    """
    parts = []
    style = PLAIN
    uncertain = False
    for cell in row:
        if uncertain:
            parts.append(f"\x1b[{column}G\x1b[K")
        if cell.style != style:
            style = cell.style
            parts.append(paint(style).sequence())
        parts.append(cell.text)
        column += cell.width
        uncertain = not is_certain(cell)
    if style != PLAIN:
        parts.append("\x1b[m")
    return "".join(parts)


def redraw(old: Row, new: Row, line: int, paint: Paint = _as_it_is) -> str:
    """What turns a row that stands in a line of the terminal, from 1, into another."""
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    while same and not is_certain(new[same - 1]):  # it may reach into what comes next
        same -= 1
    column = width(new[:same]) + 1
    erase = "\x1b[K" if len(old) > same else ""
    return f"\x1b[{line};{column}H{erase}{draw(new[same:], column, paint)}"
