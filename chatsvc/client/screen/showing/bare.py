"""The bare texts of messages, with nothing beside them, to be selected with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.screen.showing.parts import text_width
from chatsvc.terminal.styles import neutral

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.terminal.picture.message import Message

# Without styles or a region that scrolls, from the top; the terminal breaks rows (DECAWM), so that
# it takes a selected line for one.
_START, _STOP = "\x1b[m\x1b[r\x1b[H\x1b[2J\x1b[?7h", "\x1b[?7l"


def bare(messages: Sequence[Message], columns: int, rows: int) -> bytes:
    """The bytes that show the last messages, as many as fit the rows; at least one row."""
    texts = ["".join([text for text, _ in each.segments]) for each in messages[-rows:]]
    lines = [neutral(line) for text in texts for line in text.split("\n")]
    shown: list[str] = []
    for line in reversed(lines):
        rows -= max(1, -(-text_width(line) // columns))
        if rows < 0 and shown:
            break
        shown.insert(0, line)
    return "".join([_START, "\r\n".join(shown), _STOP]).encode()
