"""A room's events in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, cast

from chatsvc.events.speech import Past

if TYPE_CHECKING:
    from chatsvc.events.event import Event


class Entry(NamedTuple):
    """An event where it stands in its room's log.

    id: increases through the whole server, so that events of several rooms can be put in order.
    log: in which it stands; None for what only one reader is told.
    at: seconds since the epoch.
    line: the event as people read it, UTF-8, no line end.
    answers: the nonce of what a session asked for that this answers; empty if it answers nothing.
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
        """The same, for somebody who does not read its room any more."""
        return self._replace(log=None, event=Past(self.id, self.at, self.event, self.at))


_GONE = cast("Entry", None)


class Log:
    """The newest entries of one room; older ones may be gone, but how many is known.

    Entries stand at the positions 1, 2, 3 ... of their log.

    forgotten_id: the id of the newest that was here and is gone; 0 when there is none.
    """

    __slots__ = ("_cut", "_entries", "_gone", "forgotten_id")

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._gone = 0  # entries at the front that are forgotten, and wait to be cut off together
        self._cut = 0  # entries that were cut off
        self.forgotten_id = 0

    @property
    def head(self) -> int:
        """The position of the newest entry; 0 when there never was one."""
        return self._cut + len(self._entries)

    @property
    def tail(self) -> int:
        """The position just before the oldest entry that is still here."""
        return self._cut + self._gone

    def start_after(self, position: int, entry_id: int) -> None:
        """Begin behind a position, before there is any entry, where no id is above that one."""
        self._cut = position
        self.forgotten_id = entry_id

    def extend(self, entries: Sequence[Entry]) -> None:
        """Put entries behind the newest, from position head + 1 on."""
        self._entries += entries

    def after(self, position: int, most: int) -> Sequence[Entry]:
        """The first so many of the entries still here that stand behind a position."""
        start = max(position, self.tail) - self._cut
        return self._entries[start : start + most]

    @property
    def last_id(self) -> int:
        """The id of the newest entry; 0 when none is still here."""
        return self._entries[-1].id if len(self._entries) > self._gone else 0

    def position_of(self, entry_id: int) -> int:
        """The position of the newest entry still here whose id is not above that; else the tail."""
        index = bisect_right(self._entries, entry_id, lo=self._gone, key=attrgetter("id"))
        return self._cut + index

    def find(self, entry_id: int) -> Entry | None:
        """The entry of that id, if it is still here."""
        index = bisect_left(self._entries, entry_id, lo=self._gone, key=attrgetter("id"))
        found = self._entries[index] if index < len(self._entries) else None
        return found if found is not None and found.id == entry_id else None

    def replace(self, entry: Entry) -> None:
        """Put an entry in the place of the one that has its id, if that is still here."""
        index = bisect_left(self._entries, entry.id, lo=self._gone, key=attrgetter("id"))
        if index < len(self._entries) and self._entries[index].id == entry.id:
            self._entries[index] = entry

    def forget(self, number: int) -> None:
        """Let go of the oldest so many entries."""
        start, self._gone = self._gone, self._gone + number
        self.forgotten_id = self._entries[self._gone - 1].id
        self._entries[start : self._gone] = [_GONE] * number
        if self._gone >= 1000 and self._gone * 2 > len(self._entries):
            del self._entries[: self._gone]
            self._cut += self._gone
            self._gone = 0
