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
    log: the log it is in; None for an event that only one reader is told.
    at: seconds since the epoch.
    line: the event as people read it: UTF-8, without a line end.
    answers: the nonce of the request that it answers; empty for none.
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


line_of = attrgetter("line")  # of an entry; faster than a lambda where there are many


def size_of(line: bytes) -> int:
    """The bytes of memory that a line takes, and the text in its event, about.

    One emoji makes each character of a text take four bytes.
    """
    return 2 * len(line) if line.isascii() else len(line) + line.decode().__sizeof__()


_GONE = cast("Entry", None)


class Log:
    """The newest entries of one room; older ones may be forgotten, but are still counted.

    Entries have the positions 1, 2, 3 ... in their log.

    head: the position of the newest entry; 0 if there never was one.
    tail: the position before the oldest entry in memory.
    forgotten_id: the id of the newest forgotten entry; 0 if there is none.
    """

    __slots__ = ("_cut", "_entries", "forgotten_id", "head", "tail")

    def __init__(self) -> None:
        self.head = self.tail = 0
        self.forgotten_id = 0
        self._entries: list[Entry] = []  # up to the tail, forgotten ones
        self._cut = 0  # forgotten entries that were cut off

    def start_after(self, position: int, entry_id: int) -> None:
        """Begin after the position and the id of the last entry in the store."""
        self._cut = self.head = self.tail = position
        self.forgotten_id = entry_id

    def extend(self, entries: Sequence[Entry]) -> None:
        """Append entries, from position head + 1 on."""
        self._entries += entries
        self.head += len(entries)

    def after(self, position: int, most: int) -> Sequence[Entry]:
        """The entries in memory after a position, at most `most` of them."""
        start = max(position, self.tail) - self._cut
        return self._entries[start : start + most]

    @property
    def last_id(self) -> int:
        """The id of the newest entry; 0 if none is in memory."""
        return self._entries[-1].id if self.head > self.tail else 0

    def position_of(self, entry_id: int) -> int:
        """The position of the newest entry in memory up to an id; the tail if there is none."""
        first = self.tail - self._cut
        return self._cut + bisect_right(self._entries, entry_id, lo=first, key=attrgetter("id"))

    def find(self, entry_id: int) -> Entry | None:
        """The entry with an id, if it is in memory."""
        index = self._index_from(entry_id)
        found = self._entries[index] if index < len(self._entries) else None
        return found if found is not None and found.id == entry_id else None

    def replace(self, entry: Entry) -> None:
        """Replace the entry with the same id, if it is in memory."""
        index = self._index_from(entry.id)
        if index < len(self._entries) and self._entries[index].id == entry.id:
            self._entries[index] = entry

    def forget(self, number: int) -> None:
        """Forget the oldest entries.

        number: how many.
        """
        start = self.tail - self._cut
        end = start + number
        self.tail += number
        self.forgotten_id = self._entries[end - 1].id
        self._entries[start:end] = [_GONE] * number
        if end >= 1000 and end * 2 > len(self._entries):  # many at once, which is faster
            del self._entries[:end]
            self._cut = self.tail

    def _index_from(self, entry_id: int) -> int:
        """The index of the first entry in memory from an id on."""
        first = self.tail - self._cut
        return bisect_left(self._entries, entry_id, lo=first, key=attrgetter("id"))
