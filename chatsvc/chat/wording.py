"""What entries of the logs look like to those who read them as text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from chatsvc.chat.events import Joined, Notice
from chatsvc.chat.log import Entry

# Turns entries into the bytes that are sent; made once for all sessions that read the same.
Wording = Callable[[Sequence[Entry]], bytes]

MANY_JOINS = 20  # more than so many in a row are told in one line


def plain(entries: Sequence[Entry]) -> bytes:
    """One line an event."""
    return b"\n".join([*[entry.line for entry in _summed_up(entries)], b""])


def timed(entries: Sequence[Entry]) -> bytes:
    """One line an event, behind the time of day at the server."""
    return b"".join(
        [
            time.strftime("%H:%M:%S ", time.localtime(entry.at)).encode() + entry.line + b"\n"
            for entry in _summed_up(entries)
        ]
    )


def _summed_up(entries: Sequence[Entry]) -> Iterable[Entry]:
    if len(entries) <= MANY_JOINS:
        return entries
    told: list[Entry] = []
    for _, run in groupby(entries, key=lambda entry: type(entry.event)):
        row = list(run)
        first = row[0].event
        if isinstance(first, Joined) and len(row) > MANY_JOINS:
            event = Notice(f"{first.name} and {len(row) - 1} others have joined.")
            row = [row[-1]._replace(event=event, line=str(event).encode())]
        told += row
    return told
