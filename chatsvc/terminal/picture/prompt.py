"""The prompt: the typed text as rows, wrapped between words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.terminal.cells import Cell, cells, clip, reach, width
from chatsvc.terminal.styles import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.terminal.cells import Row


class Prompt:
    """The rows of the typed text, of which a part is in view.

    text: precedes the typed text, and takes at most a third of the columns.
    """

    def __init__(self) -> None:
        self.text = "> "
        self._top = 0  # the first row in view
        self._wrapped_of = "", "", 0  # the prompt, the typed text and the columns
        self._wrapped: list[list[Row]] = []
        self._known: dict[str, list[Row]] = {}  # the rows of each line but the first

    def height(self, typed: str, columns: int) -> int:
        """The number of rows of a typed text."""
        return sum(map(len, self._lines(typed, columns)))

    def view(
        self, typed: str, cursor: int, columns: int, most: int
    ) -> tuple[list[Row], tuple[int, int]]:
        """The rows in view, at most ``most``, and the position of the cursor in them.

        cursor: its index in the typed text.
        """
        lines = self._lines(typed, columns)
        row, column = self._position(lines, typed[:cursor], columns)
        rows = [each for line in lines for each in line]
        height = min(len(rows), most)
        top = min(self._top, row, len(rows) - height)
        self._top = top = max(top, row - height + 1)
        return rows[top : top + height], (row - top, min(column, columns - 1))

    def _lines(self, typed: str, columns: int) -> list[list[Row]]:
        """The rows of each line of a typed text; only lines that changed are wrapped again."""
        key = self.text, typed, columns
        if self._wrapped_of != key:
            known = self._known if self._wrapped_of[2] == columns else {}
            first, *others = typed.split("\n")
            for line in others:
                if line not in known:
                    known[line] = _wrapped([], _cells(line, columns), columns)
            self._known = {line: known[line] for line in others}
            own = _wrapped(self._before(columns), _cells(first, columns), columns)
            self._wrapped_of, self._wrapped = key, [own, *[known[line] for line in others]]
        return self._wrapped

    def _before(self, columns: int) -> Row:
        return clip(_cells(self.text, columns), _room(columns) // 3)

    def _position(self, lines: list[list[Row]], before: str, columns: int) -> tuple[int, int]:
        """The row and the column of the cursor, which stands after a text."""
        *above, line = before.split("\n")
        left = len(_cells(line, columns)) + (0 if above else len(self._before(columns)))
        rows = lines[len(above)]
        row = 0
        while row < len(rows) - 1 and left >= len(rows[row]):
            left -= len(rows[row])
            row += 1
        return sum(map(len, lines[: len(above)])) + row, width(rows[row][:left])


def _room(columns: int) -> int:
    return max(columns - 1, 1)  # the cursor stands after the last character


def _cells(text: str, columns: int) -> list[Cell]:
    return cells([(text, PLAIN)], _room(columns))


def _wrapped(before: Row, line: Sequence[Cell], columns: int) -> list[Row]:
    """A line as rows, at least one, that have all of its cells.

    A row ends after a blank, if it has one, which may stand where the cursor otherwise does.

    before: stands first, and is not separated from the line.
    """
    room = _room(columns)
    rows: list[list[Cell]] = [[*before]]
    used = width(before)
    blank = 0  # the place in the last row after its last blank
    for cell in line:
        if used + reach(cell) > (columns if cell.text == " " else room):
            rest = rows[-1][blank:] if blank else []
            if blank:
                del rows[-1][blank:]
            rows.append(rest)
            used, blank = width(rest), 0
        rows[-1].append(cell)
        used += cell.width
        if cell.text == " ":
            blank = len(rows[-1])
    if used > room:  # the cursor stands after the blank
        rows.append([])
    return [*rows]
