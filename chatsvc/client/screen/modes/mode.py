"""The contract of modes."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.terminal.editing.editor import Editor
    from chatsvc.terminal.keys import Press
    from chatsvc.terminal.styles import Segment

LEAVING = ("escape", "ctrl-c", "ctrl-g")  # keys that end every mode
# Keys that choose another row of a list, and by how many rows.
STEPS = {"up": -1, "ctrl-p": -1, "shift-tab": -1, "down": 1, "ctrl-n": 1, "tab": 1}


class Turn(Enum):
    """The consequence of a key."""

    ON = auto()  # the mode goes on
    OVER = auto()  # the mode is over
    PASS = auto()  # the mode is over, and the key means what it does without it


class Mode(Protocol):
    """A mode: takes the keys, and shows a list.

    prompt: precedes what is typed.
    editor: has that.
    """

    prompt: str
    editor: Editor

    def press(self, press: Press) -> Turn:
        """Handle a key."""

    def rows(self) -> Sequence[Sequence[Segment]]:
        """The rows of the list; none for no list."""
