"""Owed replies: they wait for stalled readers, within bounds for one, an address, and all."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING

from chatsvc.chat.flow.holding import REPLY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.logs.room import Reader
    from chatsvc.clock import Clock

# Bytes of replies that may wait for stalled readers: for one, for all of one address, and for all.
# The readers with the most are given up first.
OWED_TO_ONE = 512 * 1024
OWED_TO_ADDRESS = 16 * 2**20
OWED_TO_ALL = 64 * 2**20
LOOK_EVERY = 1.0  # seconds


class Owed:
    """Gives up stalled readers for which too many bytes wait.

    is_stalled: whether a reader's connection takes no more.
    given_up: called with each reader given up, before its connection is aborted.
    """

    def __init__(self, clock: Clock, is_stalled: Callable[[Reader], bool]) -> None:
        self.given_up: Callable[[Reader], object] = lambda reader: None
        self._clock = clock
        self._is_stalled = is_stalled
        self._owing: dict[Reader, None] = {}  # those with many waiting bytes
        self._looked_at = 0.0

    def note(self, reader: Reader) -> None:
        """Note that another reply waits for a reader."""
        if reader.reply_bytes > REPLY_BYTES:
            self._owing[reader] = None

    def forget(self, reader: Reader) -> None:
        """Forget a reader that has left."""
        self._owing.pop(reader, None)

    def look(self) -> None:
        """Give up readers with too much waiting; at most once a second."""
        if not self._owing or self._clock.seconds() < self._looked_at + LOOK_EVERY:
            return
        self._looked_at = self._clock.seconds()
        owing = sorted(self._owing, key=attrgetter("reply_bytes"))
        self._owing.clear()
        total = 0
        by_address: Counter[str | None] = Counter()
        for reader in owing:  # the smallest first, which stay
            size = reader.reply_bytes
            if size <= REPLY_BYTES:
                continue
            self._owing[reader] = None
            total += size
            if reader.address is not None:
                by_address[reader.address] += size
            if (
                size > OWED_TO_ONE
                or by_address[reader.address] > OWED_TO_ADDRESS
                or total > OWED_TO_ALL
            ) and self._is_stalled(reader):
                self.given_up(reader)
                reader.connection.abort()
