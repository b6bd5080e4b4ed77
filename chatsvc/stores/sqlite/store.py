"""A store in an SQLite file."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from heapq import merge
from math import inf
from operator import attrgetter
from threading import Lock
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatsvc.store import (
    MOST_ROWS,
    Figures,
    Record,
    Stored,
    StoreError,
    StoreState,
    Usage,
    check_value,
)
from chatsvc.stores.sqlite import statements as sql
from chatsvc.stores.sqlite.connection import LARGEST, PAGE
from chatsvc.stores.sqlite.file import File
from chatsvc.stores.sqlite.query import full_text_query
from chatsvc.stores.sqlite.reader import ID, Reader
from chatsvc.stores.sqlite.worker import Thread, at_once
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

MOST_PAGES = 50  # of the index, for one search
# Pages of the write-ahead log, about, after which it is merged into the file: before the writer has
# to, and not so often that a page that changes all the time is written many times.
MERGE_AFTER = 1000
A_CHANGE, MESSAGES = 2, 10  # pages that are written for a change, and messages that take one more
A_PIECE = 80  # pages that are written when the store shrinks by a piece
# Characters of JSON in an import: a million messages or so. The log grows by four times that. While
# it is merged, the disk is slow for everybody.
MERGE_EVERY = 100_000_000
MERGE = "PRAGMA wal_checkpoint(PASSIVE)"


class _Asked:
    """The calls that are not done, each within a `with`; `close` waits for them.

    is_open: whether more may begin.
    """

    def __init__(self, is_open: bool = False) -> None:
        self.is_open = is_open
        self._number = 0
        self._all_done: Deferred[None] | None = None

    def __enter__(self) -> None:
        if not self.is_open:
            raise StoreError("the store is closed")
        self._number += 1

    def __exit__(self, *_: object) -> None:
        self._number -= 1
        if self._all_done is not None and not self._number:
            self._all_done.callback(None)

    async def close(self) -> None:
        """Let no more begin, and wait until all are done."""
        self.is_open = False
        if self._number:
            self._all_done = Deferred()
            await self._all_done


class SqliteStore:
    """Writes to a file in one thread and reads it in another, one call after the other.

    A third thread merges the write-ahead log into the file now and then. In the writer's thread,
    everybody who speaks would wait until these pages are written, and for two more syncs.

    path: the file, which is created if it is missing, readable only by its owner. While it is open,
        the files -wal, -shm and -lock beside it belong to it.
    from_thread: makes a call in the reactor's thread, as callFromThread does.
    queue: makes one there in a turn that has time for it.
    synchronous: with "full", appended messages survive a power failure; with "normal", the last
        ones may not, but they survive the end of this process, and appending is faster.
    """

    keeps_more = True

    def __init__(
        self,
        path: str,
        from_thread: Callable[..., object],
        synchronous: str = "full",
        queue: Callable[[Callable[[], object]], object] = at_once,
    ) -> None:
        self.figures = Figures()
        self._file = File(path, synchronous, self.figures)
        self._reader = Reader(path, self.figures)
        urgent = Lock()
        self._writing = Thread(
            "chatsvc-writer", from_thread, self._file.in_spare_time, self._file.together,
            urgent=urgent, queue=queue,
        )  # fmt: skip
        self._reading = Thread(
            "chatsvc-reader", from_thread, lambda: None, is_patient=True, urgent=urgent,
            queue=queue,
        )  # fmt: skip
        self._merger = Reader(path, Figures(), "Merging the log of")
        self._merging = Thread("chatsvc-merger", from_thread, lambda: None, queue=queue)
        self._unmerged = 0  # pages of the log, about
        self._asked = _Asked()
        self._is_importing = False
        self._imported = 0  # characters of JSON since the log was merged

    def reads_waiting(self) -> int:
        """The number of reads that have not begun."""
        return self._reading.waiting()

    def give_way(self) -> None:
        """Wait for a moment until what was appended last is kept, and `append` returns."""
        self._writing.give_way()

    async def usage(self) -> Usage:
        """How much of its disk it uses."""
        with self._asked:
            return await self._reading.does(self._reader.usage)

    async def open(self) -> StoreState:
        """Open it. Raises Unusable if it is damaged, of a newer version, or something else."""
        self._writing.start()
        try:
            kept = await self._writing.does(self._file.open)
        except BaseException:
            self._writing.stop()
            raise
        self._reading.start()
        self._merging.start()
        self._asked = _Asked(is_open=True)
        return kept

    async def close(self) -> None:
        """Close it once all earlier calls are done."""
        if not self._asked.is_open:
            return
        await self._asked.close()
        await self.end_import()
        for thread, reader in ((self._reading, self._reader), (self._merging, self._merger)):
            await thread.does(reader.close)
            thread.stop()
        await self._writing.does(self._file.close)
        self._writing.stop()

    async def append(self, said: Sequence[Stored]) -> None:
        """Store messages, all or none; when this returns, they survive a crash."""
        with self._asked:
            if said:
                await self._writing.does_urgently(self._file.append, list(said))
                self._note_written(A_CHANGE + len(said) // MESSAGES)

    def _note_written(self, pages: int = A_CHANGE) -> None:
        """Note a change of so many pages, and merge the log after many."""
        self._unmerged += pages
        if self._unmerged >= MERGE_AFTER and not self._is_importing:
            self._unmerged = 0
            if not self._merging.waiting():
                merged = self._merging.does(self._merger.rows, MERGE, ())
                merged.addErrback(Failure.trap, StoreError)  # the writer merges it in the end

    async def begin_import(self, first: int, last: int) -> None:
        """Begin an import of messages with these ids."""
        with self._asked:
            while not await self._writing.does(self._file.begin_import, first, last):
                pass
            self._is_importing = True
            self._imported = 0

    async def add_imported(self, rooms: Sequence[str], kinds: Sequence[str], rows: str) -> None:
        """Store messages of the import, all or none."""
        with self._asked:
            places = json.dumps(rooms), json.dumps(kinds)
            try:
                await self._writing.does(self._file.add_imported, *places, rows)
            except sqlite3.Error as error:  # of the rows
                raise ValueError(str(error)) from error
            self._imported += len(rows)
            if self._imported > MERGE_EVERY:
                self._imported = 0
                await self._merging.does(self._merger.rows, MERGE, ())

    async def end_import(self) -> None:
        """End the import, if one runs."""
        if self._is_importing:
            self._is_importing = False
            with suppress(StoreError):  # the writer merges it in the end
                await self._merging.does(self._merger.rows, MERGE, ())
            await self._writing.does(self._file.end_import)

    async def after(self, room: str, position: int, most: int) -> list[Stored]:
        """The first `most` messages of a room after a position, oldest first."""
        return await self._page_by_page(sql.AFTER, room, position, most)

    async def before(self, room: str, position: int, most: int) -> list[Stored]:
        """The last `most` messages of a room before a position, oldest first."""
        said = await self._page_by_page(sql.BEFORE, room, position, most)
        return said[::-1]

    async def newest(self, below: int, most: int) -> list[Stored]:
        """The last `most` messages of all rooms with ids below that, oldest first."""
        said: list[Stored] = []
        below = min(max(below, 0), LARGEST)
        with self._asked:
            while (count := min(most, MOST_ROWS) - len(said)) > 0:
                page = await self._said(sql.NEWEST, below, min(count, PAGE))
                said += page
                if len(page) < PAGE:
                    break
                below = page[-1].id
        return said[::-1]

    async def _page_by_page(self, query: str, room: str, position: int, most: int) -> list[Stored]:
        said: list[Stored] = []
        position = min(max(position, 0), LARGEST)
        with self._asked:
            while (count := min(most, MOST_ROWS) - len(said)) > 0:
                page = await self._said(query, room, position, min(count, PAGE))
                said += page
                if len(page) < PAGE:
                    break
                position = page[-1].position
        return said

    async def _said(self, query: str, *parameters: object) -> list[Stored]:
        rows = await self._reading.does(self._reader.rows, query, parameters)
        return [Stored._make(row) for row in rows]

    async def find(self, entry_id: int) -> Stored | None:
        """The message with that id; None if there is none any longer."""
        with self._asked:
            found = await self._said(sql.FIND, min(max(entry_id, 0), LARGEST))
        return found[0] if found else None

    async def answering(
        self, room: str, first: int, last: int, kinds: Collection[str], most: int
    ) -> list[Stored]:
        """The newest `most` of some kinds that answer messages of a room, oldest first."""
        with self._asked:
            most = min(max(most, 0), MOST_ROWS)
            bounds = [min(max(each, 0), LARGEST) for each in (first, last)]
            said = await self._said(sql.ANSWERS, room, *bounds, json.dumps(list(kinds)), most)
        return said[::-1]

    async def position_at(self, room: str, at: float) -> int:
        """The position of a room's last message before a time; 0 if there is none."""
        with self._asked:
            return await self._reading.does(self._reader.position_at, room, at)

    async def position_of(self, room: str, entry_id: int) -> int:
        """The position of a room's last message up to an id; 0 if there is none."""
        with self._asked:
            return await self._reading.does(self._reader.position_below, room, ID, entry_id + 1)

    async def last_ids(self, rooms: Collection[str]) -> dict[str, int]:
        """The ids of the last messages of some rooms; without those that have none."""
        found: list[tuple[str, int | None]] = []
        rooms = list(rooms)
        with self._asked:
            for start in range(0, len(rooms), PAGE):
                query = (json.dumps(rooms[start : start + PAGE]),)
                [[page]] = await self._reading.does(self._reader.rows, sql.LAST_IDS, query)
                found += json.loads(page)
        return {room: last_id for room, last_id in found if last_id is not None}

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
        """The newest `most` messages in these rooms with all of these words, oldest first.

        It reads only a bounded part of the index, so that nobody can keep the reader busy: in more
        than a hundred rooms, it may miss old messages.
        """
        phrase = full_text_query(words, rooms, speaker)
        name = None if speaker is None else folded(speaker)
        most = min(max(most, 0), MOST_ROWS)
        found: list[list[Stored]] = []
        pages = MOST_PAGES if phrase and rooms else 0
        with self._asked:
            for first, last in await self._reading.does(self._reader.segments):
                of_segment: list[Stored] = []
                unread = last + 1  # the id above those of the index that are left
                if until < inf:
                    unread = await self._reading.does(self._reader.id_after, until, (first, last))
                while pages:
                    pages -= 1
                    page = await self._said(sql.SEARCH, phrase, first, unread, PAGE)
                    of_segment += (
                        each
                        for each in page
                        if each.room in rooms
                        and since <= each.at
                        and (each.at, each.id) < (until, below)
                        and (name is None or folded(each.speaker) == name)
                    )
                    # A lower id means an earlier time, unless a clock was set back.
                    if len(of_segment) >= most or len(page) < PAGE or page[-1].at < since:
                        break
                    unread = page[-1].id
                found.append(of_segment[:most][::-1])
        newest = list(merge(*found, key=attrgetter("at")))
        return newest[max(0, len(newest) - most) :]

    async def forget(self, room: str | None, before: float, most: int) -> int:
        """Delete the oldest `most` messages from before a time, and return the number deleted."""
        deleted = 0
        with self._asked:
            while (count := min(most - deleted, PAGE)) > 0:
                done = await self._writing.does(self._file.forget, room, before, count)
                deleted += done
                if done < count:
                    break
        return deleted

    async def shrink(self, size: int) -> dict[str, int] | None:
        """Delete a few of the oldest messages of all if it takes more space than it may.

        The write-ahead log is not counted: it has a bound of its own, and deleting fills it.
        """
        with self._asked:
            deleted = await self._writing.does(self._file.shrink, size)
            if deleted is not None:
                self._note_written(A_PIECE)
        return deleted

    async def delete(self, ids: Collection[int]) -> None:
        """Delete the messages with these ids, if they exist."""
        doomed = list(ids)
        with self._asked:
            for start in range(0, len(doomed), PAGE):
                await self._writing.does(self._file.delete, doomed[start : start + PAGE])

    async def replace(self, entry_id: int, kind: str, text: str) -> bool:
        """Replace the kind and text of a message, and return whether it exists.

        The old text is cleared out of the files later: the write-ahead log has to be emptied, and
        the whole index merged if the text was in it. That happens in spare time, in small steps,
        and goes on after a restart.

        When rows near it are deleted or grow, SQLite may move a row to another page, and leave a
        copy in free space, which "secure_delete" does not reach. Only VACUUM removes those for
        sure.
        """
        entry_id = min(max(entry_id, 0), LARGEST)
        with self._asked:
            return await self._writing.does(self._file.replace, entry_id, kind, text)

    async def records(self, prefix: str) -> dict[str, Record]:
        """All records whose names begin with the prefix."""
        found: dict[str, Record] = {}
        start = prefix
        with self._asked:
            while True:
                query = (start, prefix, PAGE)
                rows = await self._reading.does(self._reader.rows, sql.RECORDS, query)
                found.update((name, Record(value, version)) for name, value, version in rows)
                if len(rows) < PAGE:
                    return found
                start = rows[-1][0] + "\0"  # the next possible name

    async def record(self, name: str) -> Record | None:
        """The record of that name; None if there is none."""
        with self._asked:
            rows = await self._reading.does(self._reader.rows, sql.RECORD, [name])
        return Record(*rows[0]) if rows else None

    async def put(self, name: str, value: str | None, version: int) -> None:
        """Create, change or (with None) delete a record; when this returns, it survives a crash."""
        if value is not None:
            check_value(value)
        with self._asked:
            await self._writing.does_jointly(self._file.put, name, value, version)
            self._note_written()
