"""Fixed rooms: the server's settings name them, so that they always exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.chat.people.user import Administrator
from chatsvc.chat.rooms.room import ACCOUNTS_ONLY, TOPIC_LOCKED
from chatsvc.errors import ChatError
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import ADMINISTRATOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.chat.rooms.vacancies import Vacancies
    from chatsvc.clock import Clock, Turns

AT_ONCE = 10  # rooms made before others have their turn
LOOKED_AT_ONCE = 500  # rooms
BY = f"{ADMINISTRATOR}settings"  # the name under which such rooms are changed


@dataclass(eq=False)
class FixedRooms:
    """Makes the fixed rooms, with the settings that the file names.

    Nobody owns one, unless it had an owner before, or an operator gives it away. People's changes
    to it last until the next start, or until the settings are read again.
    """

    _limits: Limits
    _clock: Clock
    _turns: Turns
    _delivery: Delivery
    _rooms: Rooms
    _settings: Settings
    _vacancies: Vacancies

    async def apply(self) -> list[str]:
        """Make all rooms as the settings say; returns what could not be done, in words.

        Raises StoreError.
        """
        wanted = {skeleton(name): name for name in self._limits.rooms}
        async for room in self._turns.slowly(list(self._rooms.values()), LOOKED_AT_ONCE):
            was_fixed, room.is_fixed = room.is_fixed, skeleton(room.name) in wanted
            if was_fixed and not (room.is_fixed or room.occupants) and self._rooms.holds(room):
                self._vacancies.note(room)
        failures = []
        async for name in self._turns.slowly(list(self._limits.rooms), AT_ONCE):
            values = self._limits.rooms.get(name)
            if values is None:
                continue  # the settings were read again meanwhile
            try:
                await self._apply(self._rooms.get(name) or self._make(name), values)
            except ChatError as error:
                failures.append(f"{name}: {error}")
        return failures

    def _make(self, name: str) -> NamedRoom:
        # The key differs from those of earlier rooms of that name.
        room = self._rooms.new(name, f"{name}/{self._delivery.last_id}")
        room.made_at = self._clock.now()
        room.is_fixed = True
        self._rooms.add(room)
        return room

    async def _apply(self, room: NamedRoom, values: Mapping[str, object]) -> None:
        if not self._settings.is_kept(room):
            await self._settings.change(room)  # or what is said there would end with the server
        by = Administrator(BY)
        changes = dict(values)
        topic, keep = changes.pop("topic", room.topic), changes.pop("keep", room.keep)
        flags = set(room.flags)
        for name, flag in (("is_locked", TOPIC_LOCKED), ("accounts_only", ACCOUNTS_ONLY)):
            if name in changes:
                flags = flags | {flag} if changes.pop(name) else flags - {flag}
        if flags != set(room.flags):
            changes["flags"] = "".join(sorted(flags))
        await self._settings.set(room, by, **changes)
        if keep != room.keep:
            await self._settings.change(room, keep=keep)
        if topic != room.topic:
            await self._settings.set_topic(room, by, str(topic))
