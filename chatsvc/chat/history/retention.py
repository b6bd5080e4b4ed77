"""Retention: messages are deleted after a while, or with their room."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.vacancies import Vacancies
    from chatsvc.clock import Clock, Turns
    from chatsvc.store import Store

DELETED_AT_ONCE = 500  # so that nobody waits for it


class Retention:
    """Deletes messages, from the store and from the backlogs.

    limits: say how long messages are kept in rooms without a rule of their own.
    """

    def __init__(
        self,
        clock: Clock,
        turns: Turns,
        store: Store,
        rooms: Rooms,
        vacancies: Vacancies,
        limits: Limits,
    ) -> None:
        self._clock = clock
        self._turns = turns
        self._store = store
        self._rooms = rooms
        self._vacancies = vacancies
        self._limits = limits
        self._ended: dict[str, None] = {}  # keys of ended rooms whose messages are left

    async def end(self, *keys: str) -> None:
        """Delete the messages of rooms that have ended, now or later."""
        self._ended.update(dict.fromkeys(keys))
        await self.forget_ended()

    async def clear(self, room: NamedRoom) -> None:
        """Delete all that was said in a room. Raises StoreError."""
        await self._forget(room.key, inf)
        room.recent.clear()

    async def forget_old(self) -> None:
        """Delete old messages, and end rooms that have been empty for long enough."""
        self._vacancies.end_empty()
        now = self._clock.now()
        rules: list[tuple[str | None, float]] = [(None, self._limits.keep)]
        for room in self._rooms.values():
            room.forget_before(now - min(self._limits.keep, room.keep or inf))
            if room.keep is not None:
                rules.append((room.key, room.keep))
        async for key, keep in self._turns.slowly(rules, 1):
            if keep < inf:
                await self._forget(key, now - keep)
        await self.forget_ended()

    async def forget_ended(self) -> None:
        """Delete the messages of ended rooms; failures are retried the next time."""
        while self._ended:
            key = next(iter(self._ended))
            del self._ended[key]
            try:
                await self._forget(key, inf)
            except StoreError:
                self._ended[key] = None
                return
            if self._ended:
                await self._turns.pause()

    async def _forget(self, key: str | None, before: float) -> None:
        while await self._store.forget(key, before, DELETED_AT_ONCE) >= DELETED_AT_ONCE:
            pass
