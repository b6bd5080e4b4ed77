"""A store in memory, which ends with the server."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import deque
from itertools import islice
from math import inf
from operator import itemgetter
from time import monotonic
from typing import TYPE_CHECKING

from twisted.internet.task import Cooperator

from chatsvc.store import (
    DIRECT,
    MOST_ROWS,
    RECORDS,
    Conflict,
    Figures,
    Record,
    Stored,
    StoreError,
    StoreState,
    check_value,
)
from chatsvc.text.names import folded
from chatsvc.text.words import terms, words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from twisted.internet.interfaces import IDelayedCall

    from chatsvc.text.words import Term

SLICE = 0.002  # seconds of a search before others have their turn
RECORD_BYTES = 64 * 2**20  # of all records
STORED_BYTES = 400  # of a message besides its text, about (CPython 3.11)

_id = itemgetter(0)
_at = itemgetter(3)
_text = itemgetter(6)  # of a message; quicker than the attribute for many messages


class MemoryStore:
    """The newest messages, and records.

    events: the most messages, at least 1.
    size: the bytes that they may take; the last ones appended are kept even if they are larger.
    soon: makes a call in a later turn of the reactor, for searching in slices.
    """

    keeps_more = False

    def __init__(
        self,
        events: int,
        size: int,
        soon: Callable[[Callable[[], None]], IDelayedCall] | None = None,
    ) -> None:
        self.figures = Figures()
        self._size = size
        # Concurrent searches share the time: one slice of one of them a turn.
        self._searches = None if soon is None else Cooperator(lambda: lambda: True, soon)
        self._said: deque[Stored] = deque(maxlen=events)
        self._bytes = 0  # of the messages, or more
        self._imported: deque[Stored] = deque()  # of the import that runs
        self._imported_bytes = 0
        self._is_in_order = True  # of time, as nothing was imported
        self._records: dict[str, Record] = {}
        self._record_bytes = 0  # of the records, about

    def reads_waiting(self) -> int:
        """None: no read waits."""
        return 0

    def give_way(self) -> None:
        """Nothing: what is appended is done at once."""

    async def usage(self) -> None:
        """Nothing: it has no disk."""

    async def open(self) -> StoreState:
        """Open it; it is empty unless it was open before."""
        heads = {each.room: each.position for each in self._said if each.room[:1] != DIRECT}
        return StoreState(self._said[-1].id if self._said else 0, heads)

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def append(self, said: Sequence[Stored]) -> None:
        """Store messages, and drop the oldest."""
        # Every message passes here, so no Python code runs for each.
        self._said.extend(said)
        self._bytes += STORED_BYTES * len(said) + 2 * sum(map(len, map(_text, said)))
        if self._bytes > self._size:
            self._forget_oldest(len(said))

    async def begin_import(self, first: int, last: int) -> None:
        """Begin an import of messages with these ids."""
        self._is_in_order = False

    async def add_imported(self, rooms: Sequence[str], kinds: Sequence[str], rows: str) -> None:
        """Take messages of the import, which drop its oldest if they are too many."""
        try:
            said = [
                Stored(entry_id, rooms[room], position, at, kinds[kind], speaker, text, "", *rest)
                for entry_id, room, position, at, kind, speaker, text, *rest in json.loads(rows)
            ]
            added = sum([STORED_BYTES + 2 * len(each.text) for each in said])
        except (TypeError, LookupError, RecursionError) as error:
            raise ValueError(str(error)) from error
        self._imported.extend(said)
        self._imported_bytes += added
        space = (self._said.maxlen or 0) - len(self._said)
        while len(self._imported) > space or self._imported_bytes > self._size - self._bytes:
            if not self._imported:
                break
            self._imported_bytes -= STORED_BYTES + 2 * len(self._imported.popleft().text)

    async def end_import(self) -> None:
        """End the import: its newest messages are stored, as far as there is space for them."""
        said = sorted([*self._said, *self._imported])
        self._said.clear()
        self._said.extend(said)
        self._bytes += self._imported_bytes
        self._imported.clear()
        self._imported_bytes = 0

    def _forget_oldest(self, newest: int) -> None:
        """Drop the oldest, down to 15/16 of the size so that this is rare, but not the `newest`."""
        sizes = [STORED_BYTES + 2 * len(each.text) for each in self._said]
        self._bytes = sum(sizes)
        for size in sizes[: max(0, len(sizes) - newest)]:
            if self._bytes <= self._size * 15 // 16:
                break
            self._said.popleft()
            self._bytes -= size

    async def after(self, room: str, position: int, most: int) -> list[Stored]:
        """The first `most` messages of a room after a position, oldest first."""
        return _some(self._said, lambda each: each.room == room and each.position > position, most)

    async def before(self, room: str, position: int, most: int) -> list[Stored]:
        """The last `most` messages of a room before a position, oldest first."""
        newest_first = reversed(self._said)
        return _some(
            newest_first, lambda each: each.room == room and each.position < position, most
        )[::-1]

    async def newest(self, below: int, most: int) -> list[Stored]:
        """The last `most` messages of all rooms with ids below that, oldest first."""
        return _some(reversed(self._said), lambda each: each.id < below, most)[::-1]

    async def find(self, entry_id: int) -> Stored | None:
        """The message with that id; None if there is none any longer."""
        index = self._index(entry_id)
        return None if index is None else self._said[index]

    async def answering(
        self, room: str, first: int, last: int, kinds: Collection[str], most: int
    ) -> list[Stored]:
        """The newest `most` of some kinds that answer messages of a room, oldest first."""

        def fits(each: Stored) -> bool:
            return first <= each.reply_to <= last and each.room == room and each.kind in kinds

        return _some(reversed(self._said), fits, most)[::-1]

    async def position_at(self, room: str, at: float) -> int:
        """The position of a room's last message before a time; 0 if there is none."""
        newest_first = reversed(self._said)
        before = _some(newest_first, lambda each: each.room == room and each.at < at, 1)
        return before[0].position if before else 0

    async def position_of(self, room: str, entry_id: int) -> int:
        """The position of a room's last message up to an id; 0 if there is none."""
        newest_first = reversed(self._said)
        found = _some(newest_first, lambda each: each.room == room and each.id <= entry_id, 1)
        return found[0].position if found else 0

    async def last_ids(self, rooms: Collection[str]) -> dict[str, int]:
        """The ids of the last messages of some rooms; without those that have none."""
        sought = set(rooms)
        return {each.room: each.id for each in self._said if each.room in sought}

    async def search(
        self,
        words: str | None,
        rooms: Collection[str],
        *,
        speaker: str | None = None,
        since: float = 0.0,
        until: float = inf,
        below: float = inf,
        most: int,
    ) -> list[Stored]:
        """The newest `most` messages in these rooms with all of these words, oldest first."""
        sought = terms(words or "")
        name = None if speaker is None else folded(speaker)
        found: list[Stored] = []

        def fits(each: Stored) -> bool:
            return (
                since <= each.at
                and (each.at, each.id) < (until, below)
                and each.room in rooms
                and (name is None or folded(each.speaker) == name)
                and _holds(each.text, sought)
            )

        most = min(most, MOST_ROWS) if sought or words is None else 0
        # Imported messages are older than messages with lower ids.
        steps = self._search(fits, found, most if self._is_in_order or not most else inf)
        if self._searches is None:
            for _ in steps:
                pass
        else:
            await self._searches.cooperate(steps).whenDone()
        # Messages replaced or deleted meanwhile are left out.
        kept = [each for each in reversed(found) if await self.find(each.id) == each]
        if not self._is_in_order:
            kept.sort(key=_at)
        return kept[max(0, len(kept) - most) :]

    def _search(
        self, fits: Callable[[Stored], bool], found: list[Stored], most: float
    ) -> Iterator[None]:
        """Collect the newest `most` messages that fit, newest first; a slice of time each step."""
        below = inf
        while True:
            # Messages said or deleted since the last step have shifted the others.
            index = bisect_left(self._said, below, key=_id)
            until = monotonic() + SLICE
            while monotonic() < until:
                if not index or len(found) >= most:
                    return
                index -= 1
                each = self._said[index]
                below = each.id
                if fits(each):
                    found.append(each)
            yield

    async def forget(self, room: str | None, before: float, most: int) -> int:
        """Delete the oldest `most` messages from before a time, and return the number deleted."""
        if not self._said or (self._is_in_order and self._said[0].at >= before):
            return 0
        doomed = set(
            islice(
                (each.id for each in self._said if each.at < before and room in (None, each.room)),
                max(most, 0),
            )
        )
        await self.delete(doomed)
        return len(doomed)

    async def shrink(self, size: int) -> None:
        """Nothing: it has a size of its own, and no disk."""

    async def delete(self, ids: Collection[int]) -> None:
        """Delete the messages with these ids, if they exist."""
        doomed = set(ids)
        kept = [each for each in self._said if each.id not in doomed]
        self._said.clear()
        self._said.extend(kept)

    async def replace(self, entry_id: int, kind: str, text: str) -> bool:
        """Replace the kind and text of a message, and return whether it exists."""
        index = self._index(entry_id)
        if index is None:
            return False
        before = self._said[index]
        self._said[index] = before._replace(kind=kind, text=text)
        self._bytes += 2 * (len(text) - len(before.text))
        if self._bytes > self._size:
            self._forget_oldest(1)
        return True

    def _index(self, entry_id: int) -> int | None:
        """The index of the message with this id; None if there is none."""
        index = bisect_left(self._said, entry_id, key=_id)
        is_there = index < len(self._said) and self._said[index].id == entry_id
        return index if is_there else None

    async def records(self, prefix: str) -> dict[str, Record]:
        """All records whose names begin with the prefix."""
        found = self._records.items()
        return {name: record for name, record in found if name.startswith(prefix)}

    async def record(self, name: str) -> Record | None:
        """The record of that name; None if there is none."""
        return self._records.get(name)

    async def put(self, name: str, value: str | None, version: int) -> None:
        """Create, change or (with None) delete a record."""
        found = self._records.get(name)
        if version != (found.version if found else 0):
            raise Conflict(f"somebody else has changed {name}")
        size = -_size(name, found.value) if found else 0
        if value is not None:
            check_value(value)
            size += _size(name, value)
            if found is None and len(self._records) >= RECORDS:
                raise StoreError("there are too many records")
            if size > 0 and self._record_bytes + size > RECORD_BYTES:
                raise StoreError("the memory for it is full")
            self._records[name] = Record(value, version + 1)
        elif found:
            del self._records[name]
        self._record_bytes += size


def _size(name: str, value: str) -> int:
    """The bytes of a record, about; more beyond Latin-1."""
    return STORED_BYTES + len(name) + len(value)


def _some(said: Iterable[Stored], fits: Callable[[Stored], bool], most: int) -> list[Stored]:
    """The first `most` messages that fit."""
    return list(islice(filter(fits, said), min(max(most, 0), MOST_ROWS)))


def _holds(text: str, sought: Sequence[Term]) -> bool:
    found = f" {' '.join(words(text))} "
    return all(f" {phrase}" + " " * (not is_begun) in found for phrase, is_begun in sought)
