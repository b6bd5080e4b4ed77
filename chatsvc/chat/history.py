"""How much of what was said is kept in memory."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatsvc.chat.log import Entry, Log

ENTRY_BYTES = 450  # what an entry takes beside its line, about (CPython 3.11)


class History:
    """The entries of all logs together, in the order of their ids; the oldest is forgotten first.

    events: how many entries are kept, at least 1.
    size: how many bytes they may take; the newest entry is kept whatever it takes.
    total: bytes taken by all entries that ever were, forgotten ones included.
    """

    def __init__(self, events: int, size: int) -> None:
        self.events = events
        self.size = size
        self.total = 0
        self._last_id = 0
        self._kept: deque[tuple[Log, int]] = deque()  # an entry's log, and the total with it
        self._forgotten = 0  # the part of the total that is no longer here

    def add(self, log: Log, entry: Entry) -> None:
        """Append the next entry to a log; forget what is too much."""
        log.append(entry)
        self.total += ENTRY_BYTES + len(entry.line)
        self._last_id = entry.id
        self._kept.append((log, self.total))
        while len(self._kept) > self.events or (
            self.total - self._forgotten > self.size and len(self._kept) > 1
        ):
            oldest, self._forgotten = self._kept.popleft()
            oldest.forget_oldest()

    def total_up_to(self, entry_id: int) -> int:
        """Bytes taken by all entries up to an id, and by all that are forgotten."""
        newer = self._last_id - entry_id
        if newer >= len(self._kept):
            return self._forgotten
        return self._kept[-1 - newer][1]
