"""Server-sent events: the frames of a room's events, worded once for all who read them.

See https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.dialects import json_lines
from chatsvc.events.relayed import NOT_FOR_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.logs.log import Entry

BEAT = b":\n\n"  # a comment, by which proxies and programs know that the stream is alive
RETRY = b"retry: 2000\n\n"  # milliseconds after which a program comes back


def as_json(entries: Sequence[Entry]) -> bytes:
    """The frames of some events, each with an object of JSON lines."""
    return b"".join([_frame(entry, json_lines.wording([entry])) for entry in entries])


def as_text(entries: Sequence[Entry]) -> bytes:
    """The frames of some events, each with its text."""
    return b"".join(
        [_frame(entry, entry.line + b"\n") for entry in entries if entry.line[:1] != NOT_FOR_PEOPLE]
    )


def _frame(entry: Entry, lines: bytes) -> bytes:
    """The frame of some lines; none if there are none. What is for one reader alone has no id."""
    if not lines:
        return b""
    data = b"".join([b"data: %s\n" % line for line in lines.split(b"\n")[:-1]])
    return b"id: %d\n%s\n" % (entry.id, data) if entry.log is not None else data + b"\n"
