"""JSON lines in WebSockets: each object is a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.dialects import json_lines
from chatsvc.doors.web.websocket.wire import TEXT, frame, frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.logs.log import Entry
    from chatsvc.errors import ChatError

run = json_lines.run


def wording(entries: Sequence[Entry]) -> bytes:
    """The frames of some events, one each."""
    return frames(json_lines.objects(entries), TEXT)


def refusal(error: ChatError) -> bytes:
    """The frame for a connection that is not let in."""
    return frame(json_lines.refusal(error).rstrip(b"\n"), TEXT)
