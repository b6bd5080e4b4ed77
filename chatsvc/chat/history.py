"""How much of what was said is kept in memory."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        self._kept: deque[tuple[Log, int]] = deque()  # an entry's log, and the total with it
        self._forgotten = 0  # the part of the total that is no longer here

    def extend(self, entries: Iterable[Entry]) -> None:
        """Append the next entries to the logs of their rooms; forget what is too much."""
        kept, total = self._kept, self.total
        for entry in entries:
            log = entry.room.log  # type: ignore[union-attr]  # as it stands in one
            log.append(entry)
            total += ENTRY_BYTES + len(entry.line)
            kept.append((log, total))
        self.total = total
        forgotten: dict[Log, int] = {}
        while len(kept) > self.events or (total - self._forgotten > self.size and len(kept) > 1):
            log, self._forgotten = kept.popleft()
            forgotten[log] = forgotten.get(log, 0) + 1
        for log, number in forgotten.items():
            log.forget(number)

    def total_before(self, newest: int) -> int:
        """The total as it was before the newest so many entries, as far as that is known.

        If more than those are forgotten: as it was before the oldest that is kept.
        """
        if newest >= len(self._kept):
            return self._forgotten
        return self._kept[-1 - newest][1]
