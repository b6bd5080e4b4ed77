"""What entries of the logs look like to those who read them as text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from chatsvc.chat.events import MANY_JOINS, CrowdJoined, Joined, Recalled, Spoken
from chatsvc.chat.log import Entry

if TYPE_CHECKING:
    from chatsvc.chat.ignored import Ignored
    from chatsvc.chat.users import Users

# Turns entries into the bytes that are sent; made once for all sessions that read the same.
Wording = Callable[[Sequence[Entry]], bytes]


def plain(entries: Sequence[Entry]) -> bytes:
    """One line an event."""
    return b"\n".join([*[entry.line for entry in _summed_up(entries)], b""])


def timed(entries: Sequence[Entry]) -> bytes:
    """One line an event, or several, each behind the time of day at the server."""
    lines = []
    for entry in _summed_up(entries):
        stamp = time.strftime("%H:%M:%S ", time.localtime(entry.at)).encode()
        lines.append(stamp + entry.line.replace(b"\n", b"\n" + stamp) + b"\n")
    return b"".join(lines)


def heard(entries: Sequence[Entry], ignored: Ignored, users: Users) -> Sequence[Entry]:
    """The entries without what some people say or have said."""
    left = []
    for entry in entries:
        event = entry.event.entry.event if isinstance(entry.event, Recalled) else entry.event
        if not isinstance(event, Spoken) or not ignored.find(users.known_by(event.speaker)):
            left.append(entry)
    return left


def without(ignored: Ignored, users: Users, wording: Wording) -> Wording:
    """The same wording, without what some people say or have said."""
    return lambda entries: wording(heard(entries, ignored, users))


def _summed_up(entries: Sequence[Entry]) -> Iterable[Entry]:
    kinds = [type(entry.event) for entry in entries]
    if kinds.count(Joined) <= MANY_JOINS:
        return entries
    told: list[Entry] = []
    end = 0
    for _, run in groupby(kinds):
        start, end = end, end + len(list(run))
        first = entries[start].event
        if isinstance(first, Joined) and end - start > MANY_JOINS:
            event = CrowdJoined(first.name, end - start - 1)
            told.append(entries[end - 1]._replace(event=event, line=str(event).encode()))
        else:
            told += entries[start:end]
    return told
