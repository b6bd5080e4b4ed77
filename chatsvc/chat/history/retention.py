"""Retention: messages are deleted after a while, with their room, or for want of space."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from chatsvc.events.speech import Redacted, Spoken
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.vacancies import Vacancies
    from chatsvc.clock import Clock, Turns
    from chatsvc.store import Store

DELETED_AT_ONCE = 500  # messages; few enough that nobody waits
SHRINK_WITHIN = 60.0  # seconds, after which other upkeep comes first


class Retention:
    """Deletes messages, from the store and from the backlogs.

    limits: say how long messages are kept in rooms without a rule of their own, and how much space
        all may take.
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

    async def clear(self, room: NamedRoom, last_id: int, by: str) -> None:
        """Delete the messages of a room up to an id; those said meanwhile stay.

        last_id: the id; all messages up to it are stored.
        by: the name of the person who does this.

        Raises StoreError.
        """
        entries = room.log.after(0, room.log.head)
        async for entry in self._turns.slowly(entries, DELETED_AT_ONCE):
            if entry.id <= last_id and isinstance(entry.event, Spoken):
                said = entry.event
                gone = Redacted(said.speaker, by, said.room, said.nonce, said.account)
                room.replace(entry._replace(event=gone, line=str(gone).encode()))
        while doomed := await self._first_of(room, last_id):
            await self._store.delete(doomed)
        room.forget_up_to(last_id)

    async def _first_of(self, room: NamedRoom, last_id: int) -> list[int]:
        """The ids of the first messages of a room, up to one."""
        said = await self._store.after(room.key, 0, DELETED_AT_ONCE)
        return [each.id for each in said if each.id <= last_id]

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

    async def shrink(self) -> None:
        """Delete the oldest messages of all as long as the store is too large."""
        size = self._limits.keep_size
        until = self._clock.seconds() + SHRINK_WITHIN
        newest: dict[str, int] = {}
        try:
            while size < inf and self._clock.seconds() < until:
                deleted = await self._store.shrink(int(size))
                if deleted is None:
                    break
                newest |= deleted
                await self._turns.pause()
        finally:
            for room in self._rooms.values():
                room.forget_up_to(newest.get(room.key, 0))

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
