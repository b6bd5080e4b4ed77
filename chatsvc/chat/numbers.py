"""How far the numbers of given names have come, so that they go on after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.store import Store

AT_ONCE = 100  # numbers that are reserved together; a crash loses those that are left of them
_RECORD = "numbers"


class Numbers:
    """Keeps a number in the store that none of those given is above.

    It is reserved ahead, so that nobody who comes has to wait for the store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = 0
        self._reserved = 0
        self._is_reserving = False

    async def open(self) -> int:
        """The number behind which to go on. Raises StoreError."""
        record = (await self._store.records(_RECORD)).get(_RECORD)
        given = 0
        if record is not None:
            self._version = record.version
            given = int(record.value)
        await self._keep(given + AT_ONCE)
        return given

    def are_short(self, given: int) -> bool:
        """Whether it is time to reserve more."""
        return given + AT_ONCE // 2 > self._reserved and not self._is_reserving

    async def reserve(self, given: int) -> None:
        """Reserve more; if the store cannot do that now, it is tried again with the next name."""
        self._is_reserving = True
        try:
            await self._keep(given + AT_ONCE)
        except StoreError:
            pass
        finally:
            self._is_reserving = False

    async def close(self, given: int) -> None:
        """Give back what is reserved and not used. Raises StoreError."""
        await self._keep(given)

    async def _keep(self, number: int) -> None:
        await self._store.put(_RECORD, str(number), self._version)
        self._version += 1
        self._reserved = number
