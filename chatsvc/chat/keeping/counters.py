"""Counters that never give a number twice, not even after a restart."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.chat.keeping.records import Records
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.clock import Spawn
    from chatsvc.store import Store


class Counter:
    """A counter; the store has an upper bound of the numbers given out.

    Numbers are reserved ahead, so that nobody waits for the store.

    record: the name of its record.
    at_once: how many numbers are reserved together; a crash skips at most that many.
    """

    def __init__(self, store: Store, spawn: Spawn, record: str, at_once: int) -> None:
        self._spawn = spawn
        self._record = Records(store, record)
        self._at_once = at_once
        self._reserved = 0
        self._is_reserving = False

    async def open(self, given: int = 0) -> int:
        """The last number that may have been given, at least `given`.

        Raises StoreError.
        """
        kept = (await self._record.open()).get("")
        if kept is not None:
            given = max(given, int(kept))
        await self._keep(given + self._at_once)
        return given

    def reserve_beyond(self, given: int) -> None:
        """Reserve more numbers in time; a failure is retried at the next call.

        given: the last one.
        """
        if given + self._at_once // 2 > self._reserved and not self._is_reserving:
            self._spawn(self._reserve(given))

    async def reserve(self, upto: int) -> None:
        """Reserve numbers up to one. Raises StoreError."""
        if self._reserved < upto:
            self._is_reserving = True
            try:
                await self._keep(upto)
            finally:
                self._is_reserving = False

    async def _reserve(self, given: int) -> None:
        with suppress(StoreError):
            await self.reserve(given + self._at_once)

    async def close(self, given: int) -> None:
        """Return the reserved numbers that were not given out. Raises StoreError."""
        await self._keep(given)

    async def _keep(self, number: int) -> None:
        await self._record.put("", str(number))
        self._reserved = number
