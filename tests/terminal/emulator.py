"""Terminals, as the tests look at them."""

from __future__ import annotations

import unittest
from typing import Any

import pyte
from wcwidth import iter_graphemes, wcswidth, wcwidth

from chatsvc.terminal.cells import Cell, Row, is_certain
from chatsvc.terminal.picture.screen import Screen


class Emulator(pyte.Screen):
    """A terminal as people have them now: a grapheme is one character.

    pyte by itself measures each code point, and draws nothing after the first joiner.
    """

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self.rang = 0
        self.title_was_set = False
        self._stream = pyte.ByteStream(self)

    def feed(self, data: bytes) -> None:
        self._stream.feed(data)

    def draw(self, data: str) -> None:
        for grapheme in iter_graphemes(data):
            width = max(wcswidth(grapheme), 0)
            super().draw("x" * width)  # moves the cursor, sets the style
            line = self.buffer[self.cursor.y]
            for place, data in zip(
                range(self.cursor.x - width, self.cursor.x), [grapheme, *[""] * width], strict=False
            ):
                line[place] = line[place]._replace(data=data)

    def bell(self, *args: Any) -> None:
        self.rang += 1

    def set_title(self, param: str) -> None:
        self.title_was_set = True

    set_icon_name = set_title

    @property
    def rows(self) -> list[str]:
        """The text in each row. (pyte's own ``display`` knows no flags.)"""
        return [self._text(y) for y in range(self.lines)]

    def _text(self, y: int) -> str:
        line = self.buffer[y]
        return "".join([line[x].data for x in range(self.columns)])

    def shows(self, case: unittest.TestCase, screen: Screen) -> None:
        """Fail unless every cell and the cursor are where the screen has them."""
        case.assertEqual((self.columns, self.lines), (screen.columns, screen.rows))
        for y, row in enumerate(screen.lines):
            self._shows_row(case, y, row)
        case.assertEqual((self.cursor.y, self.cursor.x), screen.cursor)
        case.assertFalse(self.title_was_set)

    def _shows_row(self, case: unittest.TestCase, y: int, row: Row) -> None:
        line = self.buffer[y]
        text = self._text(y)
        x = 0
        for cell in row:
            if self.certain(cell):
                case.assertEqual(line[x].data, cell.text, (y, x, row, text))
                case.assertEqual(line[x].reverse, cell.style.reverse)
            if self.certain(cell) and cell.text != " ":
                case.assertEqual(line[x].bold, cell.style.bold)
                case.assertEqual(line[x].fg != "default", cell.style.colour is not None)
            x += cell.width
        case.assertLessEqual(x, self.columns)
        if row and not is_certain(row[-1]):  # of which this terminal may show more
            x += 2 * len(row[-1].text)
        for place in range(x, self.columns):  # erased, in whatever colour it was
            char = line[place]
            case.assertEqual((char.data, char.bg, char.reverse), (" ", "default", False))

    def certain(self, cell: Cell) -> bool:
        """Whether this terminal has all of the cell's text in its place."""
        return True


class OldEmulator(Emulator):
    """A terminal that measures every code point by itself, and shows no joined ones."""

    def draw(self, data: str) -> None:
        for char in data:
            if wcwidth(char) > 0:
                pyte.Screen.draw(self, char)

    def certain(self, cell: Cell) -> bool:
        return len(cell.text) == 1
