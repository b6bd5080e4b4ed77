"""A pen: the bytes that draw cells on a terminal, and turn one row into another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatsvc.terminal.cells import BLANK, Cell, Row, are_certain, is_certain, width
from chatsvc.terminal.styles import PLAIN, Style

Paint = Callable[[Style], Style]

_NEAR = 5  # cells, which take about as many bytes as to set the column behind them


def as_it_is(style: Style) -> Style:
    """Paint nothing."""
    return style


class Pen:
    """Draws rows one after another, and keeps its style from one to the next.

    paint: maps each style to the one drawn.
    at: the line and the column of the cursor, from 1; None if unknown.
    """

    def __init__(self, paint: Paint = as_it_is, at: tuple[int, int] | None = None) -> None:
        self._paint = paint
        self._at = at
        self._style = PLAIN  # before it is painted
        self._painted = PLAIN

    def lift(self) -> str:
        """What makes the style plain again; nothing if it is."""
        self._style = PLAIN
        return self._dip(PLAIN)

    def _take(self, cell: Cell) -> str:
        """What sets the style of a cell, if it is not the same there."""
        if cell.style == self._style:
            return ""
        painted = self._paint(cell.style)
        if cell.text == " " and not (_is_seen(painted) or _is_seen(self._painted)):
            return ""
        self._style = cell.style
        return self._dip(painted)

    def _dip(self, painted: Style) -> str:
        link, old = self._painted.link, self._painted._replace(link="")
        new = painted._replace(link="")
        self._painted = painted
        linked = painted.link_sequence() if painted.link != link else ""
        return linked + (new.sequence(is_after_plain=old == PLAIN) if new != old else "")

    def go(self, line: int, column: int) -> str:
        """What sets the cursor, which is drawn with next; nothing if it is there."""
        at, self._at = self._at, None
        return place(line, column) if at != (line, column) else ""

    def erase(self) -> str:
        """What erases the rest of a line: never in reverse (libvterm would), or as a link."""
        return f"{self.lift() if _is_seen(self._painted) else ''}\x1b[K"

    def draw(self, row: Row, column: int = 1) -> str:
        """What draws cells from a column on, where the row is empty.

        After an uncertain cell, the column of the next one is set, and the row erased from there;
        not after the last cell, as that might erase a part of it.
        """
        parts: list[str] = []
        is_sure = are_certain(row)
        is_known = True  # where the cursor is, and that nothing is behind it
        for cell in row:
            if not is_known:
                parts.append(f"\x1b[{column}G{self.erase()}")
            parts += self._take(cell), cell.text
            column += cell.width
            is_known = is_sure or is_certain(cell)
        return "".join(parts)

    def redraw(self, old: Row, new: Row, line: int, first: int = 0) -> str:
        """What turns one row into another; the terminal's lines count from 1.

        Cells that are the same are left alone; the rest of the line is erased if need be.

        first: the column where both rows begin, from 0.
        """
        same = _same(old, new)
        if not (are_certain(old[same:]) and are_certain(new[same:])):
            column = first + width(new[:same]) + 1
            erase = self.erase() if len(old) > same else ""
            return f"{self.go(line, column)}{erase}{self.draw(_trimmed(new[same:]), column)}"
        drawn, end = self._write(old, new, line, first)
        column = first + width(new) + 1
        if width(old) > width(new):
            return f"{drawn}{'' if end == column else self.go(line, column)}{self.erase()}"
        return drawn

    def overwrite(self, old: Row, new: Row, line: int) -> str:
        """The same if all cells are certain, and what stands behind the rows is to stay."""
        missing = [BLANK] * (width(old) - width(new))
        return self._write(old, [*new, *missing], line, 0)[0]

    def _write(self, old: Row, new: Row, line: int, first: int) -> tuple[str, int]:
        """What draws the cells that differ, and the column after the last; 0 without any."""
        parts: list[str] = []
        end = 0
        for at, run in _differing(old, new):
            column = first + at + 1
            parts.append(f"\x1b[{column}G" if parts else self.go(line, column))
            parts.append(self.draw(run, column))
            end = column + width(run)
        return "".join(parts), end


def place(line: int, column: int) -> str:
    """What sets the cursor; both count from 1."""
    return f"\x1b[{line}H" if column == 1 else f"\x1b[{line};{column}H"


def _is_seen(style: Style) -> bool:
    """Whether blanks of a style are seen."""
    return style.reverse or bool(style.link)


def _trimmed(row: Row) -> Row:
    """A row without the blanks at its end, unless they erase what was drawn beside a cluster."""
    end = len(row)
    while end and row[end - 1] == BLANK:
        end -= 1
    return row[:end] if end and len(row[end - 1].text) == 1 else row


def _differing(old: Row, new: Row) -> list[tuple[int, list[Cell]]]:
    """The columns, from 0, and the cells of each part of a row that differs from another."""
    before: list[Cell | None] = []  # by column; None in the second one of a cell
    for cell in old:
        before += [cell, *[None] * (cell.width - 1)]
    runs: list[tuple[int, list[Cell]]] = []
    kept: list[Cell] = []  # since the last part
    column = 0
    for cell in new:
        if cell == (before[column] if column < len(before) else BLANK):
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
    styles = last.style, cell.style
    return len(kept) < _NEAR and all(each == BLANK or each.style in styles for each in kept)


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
