"""Left rooms: the last messages of rooms from which a person was removed while away."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.accounts.missed_notices import MissedNotice
    from chatsvc.clock import Clock
    from chatsvc.store import Store

MOST_LINES = 200  # of one room
MOST_BYTES = 32 * 1024  # of the lines of one room


@dataclass(eq=False)
class LeftRooms:
    """Reads messages from the store that somebody may have missed in such rooms."""

    _clock: Clock
    _store: Store

    async def missed_in(
        self, rooms: Sequence[MissedNotice], entered: Sequence[str], seen: int
    ) -> tuple[Sequence[Entry], int]:
        """The last messages of some rooms after an id, and the number of rooms that had more.

        entered: the names of the rooms that the person is in again.
        """
        found: list[Entry] = []
        missing = 0
        for left in rooms:
            room = NamedRoom(left.room, left.left_key, 0)
            try:
                end = await self._store.position_of(left.left_key, left.id)
                said = await self._store.before(left.left_key, end + 1, MOST_LINES)
            except StoreError:
                said = []
                missing += 1
            new = [room.entry_of(each) for each in said if each.id > max(seen, left.since)]
            sizes = accumulate([len(entry.line) for entry in reversed(new)])
            number = sum([size <= MOST_BYTES for size in sizes])
            missing += number < len(new) or len(new) == MOST_LINES
            found += new[len(new) - number :]
            if left.room not in entered:
                event = left.event
                now = self._clock.now()
                found.append(Entry.reply(left.id, now, event)._replace(log=room.log))
        return found, missing
