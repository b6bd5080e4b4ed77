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
    return b"".join([frame(each, TEXT) for each in json_lines.objects(entries)])


def refusal(error: ChatError) -> bytes:
    """The frame for a connection that is not let in."""
    return frames(json_lines.refusal(error), TEXT)
