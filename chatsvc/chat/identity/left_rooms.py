"""The last messages of rooms that somebody had to leave while away."""

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

MOST_BEHIND = 200  # last lines of one room
BYTES_BEHIND = 32 * 1024  # of these lines


@dataclass(eq=False)
class LeftRooms:
    """Reads from the store the messages that somebody may have missed in rooms left meanwhile."""

    _clock: Clock
    _store: Store

    async def told_in(
        self, rooms: Sequence[MissedNotice], entered: Sequence[str], seen: int
    ) -> tuple[Sequence[Entry], int]:
        """The last messages of rooms that were left, after an id, and in how many there were more.

        entered: the rooms that the person is in again.

        And in how many of those rooms there was more.
        """
        found: list[Entry] = []
        missing = 0
        for left in rooms:
            room = NamedRoom(left.room, left.left_key, 0)
            try:
                end = await self._store.position_of(left.left_key, left.id)
                said = await self._store.before(left.left_key, end + 1, MOST_BEHIND)
            except StoreError:
                said = []
                missing += 1
            new = [room.entry_of(each) for each in said if each.id > max(seen, left.since)]
            sizes = accumulate([len(entry.line) for entry in reversed(new)])
            number = sum([size <= BYTES_BEHIND for size in sizes])
            missing += number < len(new) or len(new) == MOST_BEHIND
            found += new[len(new) - number :]
            if left.room not in entered:
                event = left.event
                now = self._clock.now()
                found.append(Entry.reply(left.id, now, event)._replace(log=room.log))
        return found, missing
