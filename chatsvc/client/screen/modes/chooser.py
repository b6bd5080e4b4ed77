"""Choosing a row of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.screen.modes.mode import LEAVING, STEPS, Turn
from chatsvc.terminal.editing.editor import Editor
from chatsvc.terminal.keys import Key
from chatsvc.terminal.styles import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.terminal.keys import Press
    from chatsvc.terminal.styles import Segment

MOST = 10  # rows in view


class Chooser:
    """Shows rows, of which one is chosen; Enter takes it.

    prompt: says what is listed.
    rows_listed: the segments of each row.
    chosen: the row that is chosen first.
    take: called with the index of the row taken.
    """

    def __init__(
        self,
        prompt: str,
        rows_listed: Sequence[Sequence[Segment]],
        chosen: int,
        take: Callable[[int], object],
    ) -> None:
        self.prompt = prompt
        self.editor = Editor(lambda _: [])
        self._rows = rows_listed
        self._chosen = chosen
        self._take = take

    def press(self, press: Press) -> Turn:
        """Handle a key; any but those that choose ends the mode."""
        match press:
            case Key("enter"):
                self._take(self._chosen)
                return Turn.OVER
            case Key(name) if name in STEPS:
                self._chosen = (self._chosen + STEPS[name]) % len(self._rows)
                return Turn.ON
            case Key(name) if name in LEAVING:
                return Turn.OVER
        return Turn.PASS

    def rows(self) -> Sequence[Sequence[Segment]]:
        """The rows in view, of which the chosen one begins with a sign."""
        first = min(max(self._chosen - MOST // 2, 0), max(len(self._rows) - MOST, 0))
        shown = enumerate(self._rows[first : first + MOST], first)
        return [[("> " if at == self._chosen else "  ", PLAIN), *row] for at, row in shown]
