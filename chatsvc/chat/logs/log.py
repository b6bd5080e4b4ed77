"""Logs: the events of a room, in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, cast

from chatsvc.events.speech import Past

if TYPE_CHECKING:
    from chatsvc.events.event import Event


class Entry(NamedTuple):
    """An event, with its place in a log.

    id: increases throughout the server, so that events of several rooms can be merged in order.
    log: that it stands in; None for what only one reader is told.
    at: seconds since the epoch.
    line: the event as people read it: UTF-8, without a line end.
    answers: the nonce of the request that it answers; empty if it answers none.
    """

    id: int
    log: Log | None
    at: float
    event: Event
    line: bytes
    answers: str = ""

    @classmethod
    def reply(cls, entry_id: int, at: float, event: Event, answers: str = "") -> Entry:
        """An event that only one reader is told."""
        return cls(entry_id, None, at, event, str(event).encode(), answers)

    def past(self) -> Entry:
        """The same, for a reader that has stopped reading its room."""
        return self._replace(log=None, event=Past(self.id, self.at, self.event, self.at))


_GONE = cast("Entry", None)


class Log:
    """The newest entries of one room; older ones may be forgotten, but are still counted.

    Entries stand at the positions 1, 2, 3 ... of their log.

    forgotten_id: the id of the newest forgotten entry; 0 if there is none.
    """

    __slots__ = ("_cut", "_entries", "_gone", "forgotten_id")

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._gone = 0  # forgotten entries at the front, which are cut off together later
        self._cut = 0  # forgotten entries that were cut off
        self.forgotten_id = 0

    @property
    def head(self) -> int:
        """The position of the newest entry; 0 if there never was one."""
        return self._cut + len(self._entries)

    @property
    def tail(self) -> int:
        """The position before the oldest entry in memory."""
        return self._cut + self._gone

    def start_after(self, position: int, entry_id: int) -> None:
        """Begin after a position and an id, those of the last entry in the store."""
        self._cut = position
        self.forgotten_id = entry_id

    def extend(self, entries: Sequence[Entry]) -> None:
        """Append entries, from position head + 1 on."""
        self._entries += entries

    def after(self, position: int, most: int) -> Sequence[Entry]:
        """The entries in memory after a position, at most so many."""
        start = max(position, self.tail) - self._cut
        return self._entries[start : start + most]

    @property
    def last_id(self) -> int:
        """The id of the newest entry; 0 if none is in memory."""
        return self._entries[-1].id if len(self._entries) > self._gone else 0

    def position_of(self, entry_id: int) -> int:
        """The position of the newest entry in memory up to an id; the tail if there is none."""
        index = bisect_right(self._entries, entry_id, lo=self._gone, key=attrgetter("id"))
        return self._cut + index

    def find(self, entry_id: int) -> Entry | None:
        """The entry with an id, if it is in memory."""
        index = bisect_left(self._entries, entry_id, lo=self._gone, key=attrgetter("id"))
        found = self._entries[index] if index < len(self._entries) else None
        return found if found is not None and found.id == entry_id else None

    def replace(self, entry: Entry) -> None:
        """Replace the entry with the same id, if it is in memory."""
        index = bisect_left(self._entries, entry.id, lo=self._gone, key=attrgetter("id"))
        if index < len(self._entries) and self._entries[index].id == entry.id:
            self._entries[index] = entry

    def forget(self, number: int) -> None:
        """Forget the oldest entries, so many."""
        start, self._gone = self._gone, self._gone + number
        self.forgotten_id = self._entries[self._gone - 1].id
        self._entries[start : self._gone] = [_GONE] * number
        if self._gone >= 1000 and self._gone * 2 > len(self._entries):
            del self._entries[: self._gone]
            self._cut += self._gone
            self._gone = 0
