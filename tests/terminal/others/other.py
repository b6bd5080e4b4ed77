"""A terminal of others, as far as its cells can be read."""

from __future__ import annotations

import unittest
from abc import ABC, abstractmethod
from itertools import zip_longest
from typing import NamedTuple
from unicodedata import category

from chatsvc.terminal.cells import Row, is_certain
from chatsvc.terminal.picture.screen import Screen

BLANK = " "


class Shown(NamedTuple):
    """A cell as the terminal has it.

    text: empty beside a wide character.
    reverse, bold: None where the terminal does not tell.
    """

    text: str
    reverse: bool | None = None
    bold: bool | None = None


class Other(ABC):
    """A terminal of others."""

    columns: int
    lines: int

    @abstractmethod
    def feed(self, data: bytes) -> None:
        """Send it some bytes."""

    @abstractmethod
    def resize(self, lines: int, columns: int) -> None:
        """Give it another size."""

    @abstractmethod
    def cells(self) -> list[list[Shown]]:
        """All its rows, each with a cell for each column."""

    @property
    @abstractmethod
    def cursor(self) -> tuple[int, int]:
        """The row and the column of the cursor, from 0."""

    @property
    def rows(self) -> list[str]:
        """The text in each row."""
        return ["".join(cell.text for cell in row) for row in self.cells()]

    def shows(self, case: unittest.TestCase, screen: Screen) -> None:
        """Fail unless every cell and the cursor are where the screen has them.

        Of cells on whose width terminals differ, only what stands beside them is looked at.
        """
        case.assertEqual((self.columns, self.lines), (screen.columns, screen.rows))
        for y, (row, shown) in enumerate(zip(screen.lines, self.cells(), strict=True)):
            self._shows_row(case, y, row, shown)
        case.assertEqual(self.cursor, screen.cursor)

    def _shows_row(self, case: unittest.TestCase, y: int, row: Row, shown: list[Shown]) -> None:
        said = (y, "".join(cell.text for cell in row), "".join(cell.text for cell in shown))
        case.assertEqual(len(shown), self.columns, said)
        x = 0
        for cell, after in zip_longest(row, row[1:]):
            # libvterm takes such signs (U+0600) for marks of what is before, in their own style.
            is_marked = after is not None and category(after.text[0]) == "Cf"
            if is_certain(cell) and is_marked:
                case.assertEqual(shown[x].text[:1], cell.text, (x, *said))
            elif is_certain(cell):
                case.assertEqual(shown[x].text, cell.text, (x, *said))
                case.assertIn(shown[x].reverse, (cell.style.reverse, None), (x, *said))
            if is_certain(cell) and cell.text != BLANK and not is_marked:
                case.assertIn(shown[x].bold, (cell.style.bold, None), (x, *said))
            x += cell.width
        if row and not is_certain(row[-1]):  # of which this terminal may show more
            x += 2 * len(row[-1].text)
        for rest in shown[x:]:
            case.assertEqual((rest.text, rest.reverse or False), (BLANK, False), said)
