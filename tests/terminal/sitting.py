"""Somebody who sits before a screen."""

from __future__ import annotations

from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.editing.editor import Editor
from chatsvc.terminal.keys import Keys
from chatsvc.terminal.picture.screen import Screen
from chatsvc.terminal.picture.scrollback import Scrollback
from chatsvc.terminal.styles import PLAIN, Style
from tests.terminal.emulator import Emulator

RED = Style(1)


BOLD = Style(bold=True)


class Seat:
    """Somebody before a terminal of our making."""

    def __init__(
        self, columns: int, rows: int, emulator: Callable[[int, int], Emulator] = Emulator
    ) -> None:
        self.editor = Editor(lambda before: ["ann: ", "anna: "])
        self.screen = Screen(Scrollback(), self.editor, columns, rows)
        self.keys = Keys()
        self.terminal = emulator(columns, rows)
        self.terminal.feed(self.screen.picture.start())
        self.looks()

    def types(self, data: str | bytes) -> None:
        data = data.encode() if isinstance(data, str) else data
        for press in self.keys.feed(data) + self.keys.flush():
            self.editor.press(press)

    def is_told(self, *texts: str) -> None:
        for text in texts:
            self.screen.scrollback.show([(text, PLAIN)])

    def looks(self) -> list[str]:
        """What stands on the terminal after the next frame."""
        self.terminal.feed(self.screen.render())
        return [row.rstrip() for row in self.terminal.rows]

    def resizes(self, columns: int, rows: int) -> None:
        self.screen.resize(columns, rows)
        self.terminal.resize(rows, columns)


class ScreenTestCase(SynchronousTestCase):
    """Somebody who sits before a screen."""

    def seat(self, columns=20, rows=6):
        seat = Seat(columns, rows)
        seat.screen.status = [("#ops", PLAIN)]
        return seat
