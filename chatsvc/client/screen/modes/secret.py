"""A password that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.screen.modes.mode import LEAVING, Turn
from chatsvc.terminal.colours import FAINT
from chatsvc.terminal.editing.editor import Editor
from chatsvc.terminal.keys import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.terminal.keys import Press
    from chatsvc.terminal.styles import Segment


class Secret:
    """Takes a password, which shows as dots.

    prompt: the question.
    take: called with the password.
    """

    def __init__(self, prompt: str, take: Callable[[str], object]) -> None:
        self.prompt = prompt
        self.editor = Editor(lambda _: [], (), lambda text: [(0, len(text))])
        self._take = take

    def press(self, press: Press) -> Turn:
        """Handle a key."""
        match press:
            case Key("enter"):
                if self.editor.text:
                    self._take(self.editor.text)
                return Turn.OVER
            case Key(name) if name in LEAVING:
                return Turn.OVER
        self.editor.press(press)
        return Turn.ON

    def rows(self) -> Sequence[Sequence[Segment]]:
        """What the keys do."""
        return [[("enter: logs in; esc: does not", FAINT)]]
