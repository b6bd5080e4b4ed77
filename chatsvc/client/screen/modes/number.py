"""The number of a window, typed in two digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.screen.modes.mode import LEAVING, Turn
from chatsvc.terminal.editing.editor import Editor
from chatsvc.terminal.keys import Key, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.terminal.keys import Press
    from chatsvc.terminal.styles import Segment

DIGITS = 2


class Number:
    """Takes the digits of a window's number; Enter goes to a window of one digit.

    go: called with the number.
    """

    prompt = "window: "

    def __init__(self, go: Callable[[str], object]) -> None:
        self.editor = Editor(lambda _: [])
        self._go = go

    def press(self, press: Press) -> Turn:
        """Handle a key; any but a digit ends the mode."""
        match press:
            case Text(text) if text.isdecimal():
                self.editor.press(press)
            case Key("enter"):
                return self._over()
            case Key(name):
                return Turn.OVER if name in LEAVING else Turn.PASS
            case _:
                return Turn.PASS
        return Turn.ON if len(self.editor.text) < DIGITS else self._over()

    def _over(self) -> Turn:
        if self.editor.text:
            self._go(self.editor.text[:DIGITS])
        return Turn.OVER

    def rows(self) -> Sequence[Sequence[Segment]]:
        """No list."""
        return ()
