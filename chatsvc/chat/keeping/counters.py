"""How far numbers have come that are given once only, so that they go on after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.keeping.records import Records
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.clock import Spawn
    from chatsvc.store import Store


class Numbers:
    """Keeps a number in a record of the store that none of those given is above.

    It is reserved ahead, so that nobody who is given one has to wait for the store.

    record: its name.
    at_once: how many numbers are reserved together; a crash leaves out up to so many.
    """

    def __init__(self, store: Store, spawn: Spawn, record: str, at_once: int) -> None:
        self._spawn = spawn
        self._record = Records(store, record)
        self._at_once = at_once
        self._reserved = 0
        self._is_reserving = False

    async def open(self, given: int = 0) -> int:
        """The number behind which to go on, not below what is known to be given.

        Raises StoreError.
        """
        kept = (await self._record.open()).get("")
        if kept is not None:
            given = max(given, int(kept))
        await self._keep(given + self._at_once)
        return given

    def look_at(self, given: int) -> None:
        """Reserve more in time; if the store cannot do that now, it is tried again the next time.

        given: the last one.
        """
        if given + self._at_once // 2 > self._reserved and not self._is_reserving:
            self._spawn(self._reserve(given))

    async def _reserve(self, given: int) -> None:
        self._is_reserving = True
        try:
            await self._keep(given + self._at_once)
        except StoreError:
            pass
        finally:
            self._is_reserving = False

    async def close(self, given: int) -> None:
        """Give back what is reserved and not used. Raises StoreError."""
        await self._keep(given)

    async def _keep(self, number: int) -> None:
        await self._record.put("", str(number))
        self._reserved = number
