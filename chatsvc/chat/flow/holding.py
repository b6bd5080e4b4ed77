"""Backpressure: who has to wait with what they say, so that nobody misses what is yet unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.logs.commits import Commits
    from chatsvc.chat.logs.memory import Memory
    from chatsvc.chat.logs.room import Reader

REPLY_BYTES = 64 * 1024  # when more than that waits for a reader, its input is not read
TURN_WITHIN = 0.02  # seconds for what those say in a turn who have spoken of late
ROOM_TO_SPEAK = 32 * 1024  # bytes; more than one more line can take in memory


class Holding:
    """The readers whose input is not read for now.

    full_id: one more event would push some out of memory that are not read yet.
    """

    def __init__(self, commits: Commits, memory: Memory) -> None:
        self.full_id = memory.events
        self._commits = commits
        self._memory = memory
        self._held: dict[Reader, None] = {}
        self._turn_ends = 0.0  # 0 until somebody speaks in it who has spoken of late
        self._read_id = 0  # the last id that everybody has read who is not stalled
        self._full_total = memory.size - ROOM_TO_SPEAK  # bytes, for the same

    def must_hold(self, reader: Reader) -> bool:
        """Whether reading on from this one could cost others what they have yet to read.

        Or it waits for what it has asked for.
        """
        return (
            reader.is_busy
            or reader.reply_bytes > REPLY_BYTES
            or self._commits.last_id >= self.full_id
            or (
                self._memory.total + self._commits.bytes > self._full_total
                and self._commits.last_id > self._read_id
            )
        )

    def is_turn_over(self, now: float) -> bool:
        """Whether those who have spoken of late are to wait, as it is the others' turn."""
        if not self._turn_ends:
            self._turn_ends = now + TURN_WITHIN
        return now > self._turn_ends

    def hold(self, reader: Reader) -> None:
        """Keep its input from being read until a round after which it need not be."""
        self._held[reader] = None

    def forget(self, reader: Reader) -> None:
        """It has left."""
        self._held.pop(reader, None)

    def note_read(self, read_id: int) -> None:
        """Everybody who is not stalled has read up to an id."""
        self._read_id = read_id
        self.full_id = read_id + self._memory.events
        read_total = self._memory.total_before(self._commits.last_id - read_id)
        self._full_total = read_total + self._memory.size - ROOM_TO_SPEAK

    def note_behind(self, read_id: int) -> None:
        """Somebody has read no further than an id, and reads on."""
        if read_id < self._read_id:
            self.note_read(read_id)

    def let_go(self, now: Callable[[], float]) -> bool:
        """Begin a turn, and read on from those who need not be held any more.

        They follow each other in the order in which they were held. Whether some are left for the
        next turn, as this one is over.
        """
        self._turn_ends = 0.0
        for reader in list(self._held):
            if reader in self._held and not self.must_hold(reader):
                if self.is_turn_over(now()):
                    return True
                del self._held[reader]
                reader.connection.resume()
        return False
