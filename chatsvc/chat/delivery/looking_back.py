"""Looking back: readers wait for the store when memory has forgotten what they have to read."""

from __future__ import annotations

from bisect import bisect
from collections import deque
from functools import partial
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from chatsvc.chat.delivery.slices import Unread
    from chatsvc.chat.logs.commits import Commits
    from chatsvc.chat.logs.log import Entry, Log
    from chatsvc.chat.logs.room import Reader, Room
    from chatsvc.clock import Spawn

AT_ONCE = 4  # readers for which the archive is read; with more, others would have to wait as well

_id_of = attrgetter("id")


class Archive(Protocol):
    """The stored events that memory has forgotten. Both methods raise StoreError."""

    async def after(self, unread: Unread) -> tuple[list[Entry], dict[Room, int]]:
        """The next slice of some rooms, and the positions up to which it reads them."""

    async def position_of(self, room: Room, entry_id: int) -> int:
        """The position of the newest event up to an id, in a room that has a key."""


class LookingBack:
    """The readers that wait for the archive.

    archive: the archive; None if nothing is kept beyond memory.
    read_on: called with each reader that can go on from memory.
    give_from_memory: called with each reader for which the archive cannot be read.
    """

    def __init__(
        self,
        archive: Archive | None,
        commits: Commits,
        spawn: Spawn,
        read_on: Callable[[Reader], object],
        give_from_memory: Callable[[Reader], object],
    ) -> None:
        self._archive = archive
        self._commits = commits
        self._spawn = spawn
        self._read_on = read_on
        self._give_from_memory = give_from_memory
        self._waiting: set[Reader] = set()
        self._queue: deque[tuple[Reader, Unread]] = deque()  # those whose turn it is to read
        self._reading = 0

    def __contains__(self, reader: Reader) -> bool:
        return reader in self._waiting

    def forget(self, reader: Reader) -> None:
        """Forget a reader that has left."""
        self._waiting.discard(reader)

    def has_to(self, unread: Unread) -> bool:
        """Whether some of the unread events are only in the archive."""
        return self._archive is not None and any(
            position < room.log.tail and room.key is not None for room, position in unread
        )

    def begin(self, reader: Reader, unread: Unread) -> None:
        """Give a reader a slice from the archive, when it is its turn; meanwhile it waits."""
        reader.is_lagging = True
        self._waiting.add(reader)
        self._queue.append((reader, unread))
        self._begin_next()

    def _begin_next(self) -> None:
        while self._queue and self._reading < AT_ONCE:
            reader, unread = self._queue.popleft()
            if reader in self._waiting:
                self._reading += 1
                self._spawn(self._take_turn(reader, unread))

    async def _take_turn(self, reader: Reader, unread: Unread) -> None:
        try:
            await _or_give_up(reader, self._give(reader, unread))
        finally:
            self._reading -= 1
            self._begin_next()

    async def _give(self, reader: Reader, unread: Unread) -> None:
        assert self._archive is not None
        try:
            entries, positions = await self._archive.after(unread)
        except StoreError:
            if reader in self._waiting:
                self._waiting.remove(reader)
                reader.is_lagging = False
                self._give_from_memory(reader)
            return
        if reader not in self._waiting:
            return  # it has left meanwhile
        self._waiting.remove(reader)
        logs, unseen = _move(reader, unread, positions), reader.unseen
        entries = [each for each in entries if each.log in logs and each.id not in unseen]
        if entries and reader.replies:
            number = bisect(reader.replies, entries[-1].id, key=_id_of)
            entries = list(merge(entries, reader.replies[:number], key=_id_of))
            reader.take_replies(number)
        data = reader.own_wording(entries)
        if not data or reader.connection.writer.write(data):
            self._read_on(reader)

    def read_on_from(
        self,
        reader: Reader,
        behind: Mapping[Room, int],
        then: Callable[[int], object],
        left: Callable[[], Awaitable[tuple[Sequence[Entry], int]]] | None,
    ) -> None:
        """Let a reader read on in some rooms, from the archive if memory has forgotten.

        behind: the rooms, each with the id after which it reads on.
        then: called before it is given anything, with the number of rooms in which events are lost
            for good.
        left: returns what the reader has missed in rooms that it no longer reads, from the store,
            and the number of those rooms with lost events; None if there are no such rooms.
        """
        sought: dict[Room, int] = {}
        missing = 0
        for room, entry_id in behind.items():
            room.add_reader_after(reader, entry_id)
            is_forgotten = room.log.forgotten_id > entry_id
            if is_forgotten and self._archive is not None and room.key is not None:
                room.readers[reader] = 0  # until it is known
                sought[room] = entry_id
            else:
                missing += is_forgotten
        reader.is_lagging = True
        if sought or left is not None:
            self._waiting.add(reader)
            seek = partial(self._seek, reader, sought, missing, then, left)
            # The last messages in the rooms that were left may not be stored yet.
            self._commits.after(lambda: self._spawn(_or_give_up(reader, seek())))
        else:
            then(missing)
            self._read_on(reader)

    async def _seek(
        self,
        reader: Reader,
        sought: Mapping[Room, int],
        missing: int,
        then: Callable[[int], object],
        left: Callable[[], Awaitable[tuple[Sequence[Entry], int]]] | None,
    ) -> None:
        """Find the positions in the archive at which a reader reads on."""
        positions: dict[Room, int] = {}
        for room, entry_id in sought.items():
            assert self._archive is not None
            try:
                positions[room] = await self._archive.position_of(room, entry_id)
            except StoreError:
                positions[room] = room.log.tail
                missing += 1
        entries, lacking = ((), 0) if left is None else await left()
        if reader not in self._waiting:
            return  # it has left meanwhile
        self._waiting.remove(reader)
        _move(reader, tuple([(room, 0) for room in sought]), positions)
        for entry in entries:
            reader.add_reply(entry.past())
        then(missing + lacking)
        self._read_on(reader)


async def _or_give_up(reader: Reader, doing: Coroutine[object, object, None]) -> None:
    """Do something for a reader, who is given up if it fails: nobody waits for ever."""
    try:
        await doing
    except Exception as error:
        reader.connection.fail(error)


def _move(reader: Reader, before: Unread, positions: Mapping[Room, int]) -> set[Log]:
    """Move a reader's cursors, but not in rooms that it has left meanwhile, even if it is back.

    before: the rooms, each with the cursor that is moved.

    Returns the logs of the rooms in which it has stayed.
    """
    stayed = [room for room, position in before if room.readers.get(reader) == position]
    for room in stayed:
        room.readers[reader] = positions.get(room, room.readers[reader])
    return {room.log for room in stayed}
