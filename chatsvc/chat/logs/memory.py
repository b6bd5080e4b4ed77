"""Memory: the bound of all logs together."""

from __future__ import annotations

from array import array
from collections import deque
from itertools import groupby, islice, repeat, takewhile
from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import line_of, size_of
from chatsvc.events.people import Presence

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from chatsvc.chat.logs.log import Entry, Log

ENTRY_BYTES = 450  # memory of an entry besides its line and text (CPython 3.11)
KEPT = 1000  # newest entries in which comings and goings stay, even if all readers have them
TOLD_TOGETHER = 100  # comings and goings that are forgotten at once, at least


def memory_of(line: bytes) -> int:
    """The bytes of memory that an entry with a line takes, about."""
    return ENTRY_BYTES + size_of(line)


class Memory:
    """The entries of all logs, in the order of their ids; the oldest are forgotten first.

    events: the number of entries kept, at least 1; there may be 1 % more.
    size: the bytes that they may take; the newest entry is kept even if it is larger.
    total: bytes of all entries there ever were, forgotten ones included.
    """

    def __init__(self, events: int, size: int) -> None:
        self.events = events
        self.size = size
        self.total = 0
        self._batch = events // 100  # entries forgotten at once, which is faster
        self._logs: deque[Log] = deque()  # of each entry kept
        self._totals = array("q")  # the total up to and with each of those
        self._forgotten = 0  # bytes of the total that are forgotten

    def extend(self, log: Log, entries: Sequence[Entry]) -> None:
        """Append entries to a log, and forget the oldest of all beyond the bounds."""
        log.extend(entries)
        totals, total = self._totals, self.total
        for line in map(line_of, entries):
            total += memory_of(line)
            totals.append(total)
        self.total = total
        self._logs.extend(repeat(log, len(entries)))
        is_too_large = self.total - self._forgotten > self.size
        if is_too_large or len(totals) > self.events + self._batch:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        number = max(0, len(self._totals) - self.events)
        last = len(self._totals) - 1
        while number < last and self.total - self._total_with(number) > self.size:
            number += 1
        self._forget(number)

    def forget_told(self, log: Log, cursors: Collection[int]) -> None:
        """Forget comings and goings that all readers have been told of, except the newest entries.

        This is done only while the oldest entries are such, as when many people come who say
        nothing: otherwise, memory would go on holding 300 bytes for each of them.

        log: the log of the room where they were told.
        cursors: of the readers of the log.
        """
        most = len(self._totals) - KEPT
        if most < TOLD_TOGETHER or not any(map(_is_presence, log.after(log.tail, 1))):
            return
        most = min(most, min(cursors, default=log.head) - log.tail)
        here = takewhile(lambda each: each is log, islice(self._logs, max(most, 0)))
        oldest = log.after(log.tail, len(list(here)))
        number = len(list(takewhile(_is_presence, oldest)))
        if number >= TOLD_TOGETHER:
            self._forget(number)

    def _forget(self, number: int) -> None:
        self._forgotten = self._total_with(number)
        del self._totals[:number]
        for log, run in groupby([self._logs.popleft() for _ in range(number)]):
            log.forget(len(list(run)))

    def _total_with(self, number: int) -> int:
        """The total up to and including the oldest entries kept, `number` of them."""
        return self._totals[number - 1] if number else self._forgotten

    def total_before(self, newest: int) -> int:
        """The total before the `newest` last entries; at least that before the oldest kept."""
        if newest >= len(self._totals):
            return self._forgotten
        return self._totals[-1 - newest]


def _is_presence(entry: Entry) -> bool:
    return isinstance(entry.event, Presence)
