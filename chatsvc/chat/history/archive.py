"""The archive: readers get events from the store that memory has forgotten."""

from __future__ import annotations

from heapq import merge
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.delivery.slices import SLICE_BYTES, SLICE_EVENTS
from chatsvc.chat.logs.log import Entry
from chatsvc.events.speech import Missed

if TYPE_CHECKING:
    from chatsvc.chat.delivery.slices import Unread
    from chatsvc.chat.logs.room import Room
    from chatsvc.clock import Clock
    from chatsvc.store import Store, Stored

FEW = 16  # messages that are read at first


class StoreArchive:
    """The store as an archive."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store

    async def position_of(self, room: Room, entry_id: int) -> int:
        """The position of a room's newest message up to an id. Raises StoreError."""
        assert room.key is not None
        return await self._store.position_of(room.key, entry_id)

    async def after(self, unread: Unread) -> tuple[list[Entry], dict[Room, int]]:
        """The next slice of some rooms that memory has partly forgotten.

        Forgotten presence is left out, as it is not stored. Direct messages of guests are not
        stored either: the slice says how many are missed.

        Returns the entries, and the positions up to which they read the rooms. Raises StoreError.
        """
        streams = []
        missed = 0
        positions: dict[Room, int] = {}
        last_id: float = inf  # all rooms are read up to the same id
        # People talk on while the store is read. All rooms are read as they are now; otherwise
        # later messages of one room would come before earlier ones of another.
        tails = [room.log.tail for room, _ in unread]
        in_memory = [room.log.after(position, SLICE_EVENTS) for room, position in unread]
        for (room, position), tail, recent in zip(unread, tails, in_memory, strict=True):
            entries: list[tuple[int, Room, int, Entry]] = []
            if room.key is None:
                missed += max(0, tail - position)
                positions[room] = max(position, tail)  # told with this slice, once
            elif position < tail:
                page, has_more = await self._page(room.key, position)
                said = [each for each in page if each.position <= tail]
                entries += [(each.id, room, each.position, room.entry_of(each)) for each in said]
                if has_more and len(said) == len(page):
                    last_id = min(last_id, page[-1].id)
                    streams.append(entries)
                    continue
            first = max(position, tail)
            entries += [(entry.id, room, first + n, entry) for n, entry in enumerate(recent, 1)]
            if len(recent) == SLICE_EVENTS:
                last_id = min(last_id, recent[-1].id)
            streams.append(entries)
        taken: list[Entry] = []
        if missed:
            notice = Entry.reply(0, self._clock.now(), Missed(missed))
            taken.append(notice._replace(log=unread[0][0].log))
        size = 0
        merged = merge(*streams, key=lambda each: each[0])
        for entry_id, room, position, entry in merged:
            size += len(entry.line) + 1
            if entry_id > last_id or (taken and size > SLICE_BYTES) or len(taken) >= SLICE_EVENTS:
                return taken, positions
            taken.append(entry)
            positions[room] = position
        if last_id == inf:
            # Nothing is left in the store: the other forgotten events were presence.
            for (room, position), tail in zip(unread, tails, strict=True):
                positions[room] = max(positions.get(room, position), tail)
        return taken, positions

    async def _page(self, key: str, position: int) -> tuple[list[Stored], bool]:
        """The next messages of a room, some more than fit into a slice; and whether there are more.

        The first few tell how long they are: to read 500 of the longest takes milliseconds.
        """
        page = await self._store.after(key, position, FEW)
        if len(page) < FEW:
            return page, False
        size = sum([len(each.text) for each in page])
        rest = min(SLICE_EVENTS, FEW * SLICE_BYTES // max(size, 1)) - FEW
        if rest <= 0:
            return page, True
        page += (more := await self._store.after(key, page[-1].position, rest))
        return page, len(more) == rest
