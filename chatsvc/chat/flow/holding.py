"""Backpressure: input is not read while it could push unread events out of memory."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatsvc.chat.logs.commits import Commits
    from chatsvc.chat.logs.memory import Memory
    from chatsvc.chat.logs.room import Reader

REPLY_BYTES = 64 * 1024  # of replies to a reader; while more wait, its input is not read
ROOM_TO_SPEAK = 64 * 1024  # bytes; more than a line can take in memory


class Holding:
    """The readers whose input is not read for now.

    full_id: the last id that does not push unread events out of memory.
    unread: bytes in memory that some reader, stalled ones aside, had not read when last noted.
    held: the readers, longest held first.
    shut: readers whose input must wait, whatever else; each counts for how many reasons.
    """

    def __init__(self, commits: Commits, memory: Memory) -> None:
        self.full_id = memory.events
        self.unread = 0
        self._commits = commits
        self._memory = memory
        self.held: dict[Reader, None] = {}
        self.shut: Counter[Reader] = Counter()
        self._read_id = 0  # the last id that all readers have read, stalled ones aside
        self._full_total = memory.size - ROOM_TO_SPEAK  # as `full_id`, in bytes

    def must_hold(self, reader: Reader) -> bool:
        """Whether a reader's input must wait: it is busy, or too much is unread or unanswered."""
        return (
            reader.is_busy
            or reader in self.shut
            or reader.reply_bytes > REPLY_BYTES
            or self._commits.last_id >= self.full_id
            or (
                self._memory.total + self._commits.bytes > self._full_total
                and self._commits.last_id > self._read_id
            )
        )

    def hold(self, reader: Reader) -> None:
        """Hold a reader's input until, at the end of a round, `must_hold` is false."""
        self.held[reader] = None

    def open(self, readers: Iterable[Reader]) -> None:
        """Take one reason away for which these readers are shut."""
        self.shut -= Counter(readers)

    def forget(self, reader: Reader) -> None:
        """Forget a reader that has left."""
        self.held.pop(reader, None)

    def note_read(self, read_id: int) -> None:
        """Note the id up to which all readers have read, stalled ones aside."""
        self._read_id = read_id
        self.full_id = read_id + self._memory.events
        read_total = self._memory.total_before(self._commits.last_id - read_id)
        self.unread = self._memory.total - read_total
        self._full_total = read_total + self._memory.size - ROOM_TO_SPEAK

    def note_behind(self, read_id: int) -> None:
        """Note that a reader has fallen behind, and has read up to an id."""
        if read_id < self._read_id:
            self.note_read(read_id)

    def let_go(self) -> None:
        """Resume the connections that need not be held any longer, longest held first."""
        for reader in list(self.held):
            if reader in self.held and not self.must_hold(reader):
                del self.held[reader]
                reader.connection.resume()
