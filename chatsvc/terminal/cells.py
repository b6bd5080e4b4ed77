"""Text as cells of a terminal: made harmless, split into graphemes, measured and folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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


_BLANK = Cell(" ", 1, PLAIN)
_NEAR = 5  # cells, which take about as many bytes as to set the column behind them

Row = Sequence[Cell]
Paint = Callable[[Style], Style]


class _Letters(dict[str, Cell]):
    """The cells of printable ASCII in one style, which all rows share."""

    def __init__(self, style: Style) -> None:
        self._style = style

    def __missing__(self, character: str) -> Cell:
        """Make the cell of a character."""
        made = self[character] = Cell(character, 1, self._style)
        return made


_letters = lru_cache(maxsize=STYLES)(_Letters)


def _as_it_is(style: Style) -> Style:
    return style


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
    margin = [_BLANK] * indent
    code = _in_code(line, columns - indent)
    rows: list[Row] = []
    start = 0
    while start < len(line) or not rows:
        before = margin if rows or not is_first else []
        end, after = _end(line, start, columns - len(before), code)
        rows.append([*before, *line[start:end]])
        start = after
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


def draw(row: Row, column: int = 1, paint: Paint = _as_it_is) -> str:
    """The text and control sequences that draw cells from a column on, where the row is empty.

    After an uncertain cell, the column of the next one is set, and the row erased from there; not
    after the last cell, as that might erase a part of it.

    paint: maps each style to the one drawn.
    """
    parts = []
    style = PLAIN
    uncertain = False
    is_sure = are_certain(row)
    for cell in row:
        if uncertain:
            if style.reverse:  # libvterm would erase in reverse
                parts.append("\x1b[m")
                style = PLAIN._replace(link=style.link)
            parts.append(f"\x1b[{column}G\x1b[K")
        if cell.style != style:
            if cell.style.link != style.link:
                parts.append(cell.style.link_sequence())
            if cell.style._replace(link="") != style._replace(link=""):
                parts.append(paint(cell.style).sequence())
            style = cell.style
        parts.append(cell.text)
        column += cell.width
        uncertain = not (is_sure or is_certain(cell))
    if style.link:
        parts.append(PLAIN.link_sequence())
    if style._replace(link="") != PLAIN:
        parts.append("\x1b[m")
    return "".join(parts)


def redraw(old: Row, new: Row, line: int, paint: Paint = _as_it_is, first: int = 0) -> str:
    """The control sequences that turn one row into another; the terminal's lines count from 1.

    Cells that are the same are left alone; the rest of the terminal's line is erased if need be.

    first: the column where both rows begin, from 0.
    """
    same = _same(old, new)
    if not (are_certain(old[same:]) and are_certain(new[same:])):
        column = first + width(new[:same]) + 1
        erase = "\x1b[K" if len(old) > same else ""
        return f"\x1b[{line};{column}H{erase}{draw(new[same:], column, paint)}"
    drawn, end = _write(old, new, line, paint, first)
    column = first + width(new) + 1
    if width(old) > width(new):
        place = "" if end == column else f"\x1b[{line};{column}H"
        return f"{drawn}{place}\x1b[K"
    return drawn


def overwrite(old: Row, new: Row, line: int, paint: Paint = _as_it_is) -> str:
    """The same if all cells are certain, and what stands behind the rows is to stay."""
    missing = [_BLANK] * (width(old) - width(new))
    return _write(old, [*new, *missing], line, paint, 0)[0]


def _write(old: Row, new: Row, line: int, paint: Paint, first: int) -> tuple[str, int]:
    """What draws the cells that differ, and the column after the last of them; 0 without any."""
    parts: list[str] = []
    end = 0
    for at, run in _differing(old, new):
        column = first + at + 1
        parts.append(f"\x1b[{column}G" if parts else f"\x1b[{line};{column}H")
        parts.append(draw(run, column, paint))
        end = column + width(run)
    return "".join(parts), end


def _differing(old: Row, new: Row) -> list[tuple[int, list[Cell]]]:
    """The columns, from 0, and the cells of each part of a row that differs from another."""
    before: list[Cell | None] = []  # by column; None in the second one of a cell
    for cell in old:
        before += [cell, *[None] * (cell.width - 1)]
    runs: list[tuple[int, list[Cell]]] = []
    kept: list[Cell] = []  # since the last part
    column = 0
    for cell in new:
        if cell == (before[column] if column < len(before) else _BLANK):
            kept.append(cell)
        else:
            if runs and _is_near(runs[-1][1][-1], kept, cell):
                runs[-1][1].extend([*kept, cell])
            else:
                runs.append((column, [cell]))
            kept = []
        column += cell.width
    return runs


def _is_near(last: Cell, kept: Sequence[Cell], cell: Cell) -> bool:
    """Whether to draw what is between two cells takes fewer bytes than to set the column."""
    return len(kept) < _NEAR and all(each.style in (last.style, cell.style) for each in kept)


def _same(old: Row, new: Row) -> int:
    """The number of cells at the start of two rows that need not be drawn again."""
    same = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        same += 1
    while same and not is_certain(new[same - 1]):  # it may reach into the next cell
        same -= 1
    return same
