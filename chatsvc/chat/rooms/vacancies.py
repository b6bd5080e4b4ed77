"""Vacancies: empty rooms are kept for a while before they end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Clock, Spawn

MOST_EMPTY = 200  # empty rooms kept for a while
EMPTY_FOR = 86400.0  # seconds


class Vacancies:
    """Keeps empty rooms for a while, or ends them.

    ended: deletes the messages of an ended room, by its key.
    """

    def __init__(
        self, clock: Clock, spawn: Spawn, delivery: Delivery, rooms: Rooms, settings: Settings
    ) -> None:
        self.ended: Callable[[str], Awaitable[object]]
        self._clock = clock
        self._spawn = spawn
        self._delivery = delivery
        self._rooms = rooms
        self._settings = settings

    def note(self, room: NamedRoom) -> None:
        """Note that the last occupant has left a room."""
        if room.stays:
            return
        if not (room.has_history or room.is_persistent):
            self.end(room)
            return
        room.empty_since = self._clock.now()
        # The last messages may not be stored yet.
        self._delivery.start(lambda: self._keep_empty(room))

    def _keep_empty(self, room: NamedRoom) -> None:
        """Keep an empty room for a while."""
        if room.occupants or not self._rooms.holds(room):
            return
        self._spawn(self._settings.try_to_keep(room))
        if len(self._empty()) > MOST_EMPTY:
            self.make_way()

    def _empty(self) -> list[NamedRoom]:
        """The empty rooms that are kept for a while, those to end first at the front.

        Those of guests, who can make many, end before those of accounts; then those of who has the
        most; then those empty for longest.
        """
        empty = [
            (room, room.empty_since, room.owner_account or room.made_from or room.key)
            for room in self._rooms.values()
            if room.empty_since is not None and not room.stays
        ]
        number = Counter([whose for *_, whose in empty])
        empty.sort(key=lambda each: (bool(each[0].owner_account), -number[each[2]], each[1]))
        return [room for room, *_ in empty]

    def make_way(self) -> bool:
        """End an empty room, and return whether there was one."""
        empty = self._empty()
        if empty:
            self.end(empty[0])
        return bool(empty)

    def end(self, room: NamedRoom) -> None:
        """End a room."""
        self._rooms.remove(room)
        self._spawn(self._end(room))

    async def _end(self, room: NamedRoom) -> None:
        """Delete an ended room from the store."""
        await self._settings.try_to_keep(room)  # if that fails, the next start deletes it
        if room.has_history:
            await self.ended(room.key)

    def end_empty(self) -> None:
        """End rooms that have been empty for EMPTY_FOR, and those without history at once."""
        now = self._clock.now()
        for room in list(self._rooms.values()):
            if not (room is self._rooms.lobby or room.occupants or room.stays):
                if room.empty_since is None:  # after a restart
                    room.empty_since = now
                is_kept = room.has_history or room.is_persistent
                if not is_kept or now - room.empty_since >= EMPTY_FOR:
                    self.end(room)
