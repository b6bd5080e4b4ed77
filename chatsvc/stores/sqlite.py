"""Keeps what is said, and records, in a file of SQLite's."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import sqlite3
import stat
import threading
from bisect import bisect_left
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib.resources import files
from itertools import chain
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.store import (
    MOST,
    RECORDS,
    Conflict,
    Kept,
    Record,
    Stored,
    StoreError,
    Unusable,
    check_value,
)
from chatsvc.text.words import VERSION, terms, words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

APPLICATION = 0x63686174  # the application_id of our files: "chat"
BUSY = 2.0  # seconds for which another process may hold a lock
PAGE = 200  # rows that are read, indexed or deleted at once, so that nobody waits long
ROWS = 100  # that one INSERT takes: older versions of SQLite have no more than 999 parameters
INDEX_AFTER = 0.5  # seconds that are gathered to be indexed together
QUIET = 60.0  # seconds between two complaints about the same
AGAIN = 1.0  # seconds until something that failed is tried again
WAL_BYTES = 16 * 1024 * 1024  # that the log may keep of the disk when it has been larger
PARTS = 8  # of the index of words that gather before they are merged; SQLite waits for 16
PAGES = 50  # of the file that are merged or given back at once
MERGED = 4  # parts of a like size that are merged; so many by default, 2 to be rid of traces
MAGIC = b"SQLite format 3\0"  # with which every database begins (its file format, 1.3.1)
HEADER_BYTES = 72  # of the file, up to the end of its application_id (the same, 1.3)
NEW_BYTES = 128 * 1024  # that a new file and what belongs to it take of the disk
RECENT = 2000  # things said in a room whose times are looked at one by one
LARGEST = 2**63 - 1  # whole number in SQLite
LOOKS = 50  # pages of the index that one search reads at most
ROOMS = 100  # that a search has the index look for; for more, it looks at all

# The traces of texts that were replaced; see sqlite.sql.
NO_TRACES, IN_LOG, BEING_MERGED, IN_INDEX = range(4)

_COLUMNS = "said.id, said.room, position, at, kind, said.speaker, said.text, nonce"
_AFTER = f"SELECT {_COLUMNS} FROM said WHERE room = ? AND position > ? ORDER BY position LIMIT ?"
_BEFORE = (
    f"SELECT {_COLUMNS} FROM said WHERE room = ? AND position < ? ORDER BY position DESC LIMIT ?"
)
_FIND = f"SELECT {_COLUMNS} FROM said WHERE id = ?"
_NEWEST = f"SELECT {_COLUMNS} FROM said WHERE id < ? ORDER BY id DESC LIMIT ?"
_ENDS = (
    "SELECT (SELECT min(position) FROM said WHERE room = ?1),"
    " (SELECT max(position) FROM said WHERE room = ?1)"
)
_NEAREST = (
    "SELECT position, at, id FROM said WHERE room = ? AND position <= ?"
    " ORDER BY position DESC LIMIT 1"
)
_NEWEST_BEFORE = (
    "SELECT max(position) FROM"
    " (SELECT position, at FROM said WHERE room = ? ORDER BY position DESC LIMIT ?) WHERE at < ?"
)
# The index is walked from its newest, and only as far as it takes.
_SEARCH = (
    f"SELECT {_COLUMNS} FROM words CROSS JOIN said ON said.id = words.rowid"
    " WHERE words MATCH ? AND words.rowid < ? ORDER BY words.rowid DESC LIMIT ?"
)
_SAY = "INSERT INTO said VALUES "
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?)"
# Goes from room to room in the index, not through all of it.
_HEADS = (
    "WITH RECURSIVE rooms (room) AS (SELECT min(room) FROM said UNION ALL"
    " SELECT (SELECT min(room) FROM said WHERE said.room > rooms.room)"
    " FROM rooms WHERE room IS NOT NULL)"
    " SELECT room, (SELECT max(position) FROM said WHERE said.room = rooms.room)"
    " FROM rooms WHERE room IS NOT NULL"
)
_LAST_ID = "SELECT max(deleted, coalesce((SELECT max(id) FROM said), 0)) FROM marks"
# All in one row: each row costs everybody a little.
_TEXTS = (
    "SELECT json_group_array(json_array(id, text, speaker, room)) FROM"
    " (SELECT id, text, speaker, room FROM said, marks WHERE {} LIMIT ?)"
)
_NEXT_PIECE = _TEXTS.format("id > indexed ORDER BY id")
_OLDER_PIECE = _TEXTS.format("id <= unindexed ORDER BY id DESC")
_INDEXED = _TEXTS.format(
    "id IN (SELECT value FROM json_each(?)) AND id > unindexed AND id <= indexed"
)
_INDEX = "INSERT INTO words (words, rowid, text, speaker, room) VALUES "
_WORDS = "(?, ?, ?, ?, ?)"
_INDEX_ANEW = (
    f"UPDATE marks SET indexed = ({_LAST_ID}), unindexed = ({_LAST_ID}), words = ?,"
    " traces = min(traces, ?)"
)
_OLDEST = "SELECT json_group_array(id), count(*) FROM (SELECT id, at FROM said {}) WHERE at < ?"
_OLDEST_OF_ALL = _OLDEST.format("ORDER BY id LIMIT ?")
_OLDEST_IN_ROOM = _OLDEST.format("WHERE room = ? ORDER BY position LIMIT ?")
_MARK_DELETED = (
    "UPDATE marks SET deleted = max(deleted, (SELECT coalesce(max(value), 0) FROM json_each(?)))"
)
_HEAD = (
    "INSERT INTO heads SELECT room, max(position) FROM said"
    " WHERE id IN (SELECT value FROM json_each(?)) GROUP BY room"
    " ON CONFLICT (room) DO UPDATE SET head = max(head, excluded.head)"
)
_DELETE = "DELETE FROM said WHERE id IN (SELECT value FROM json_each(?))"
_REPLACE = "UPDATE said SET kind = ?2, text = ?3 WHERE id = ?1"
_MARK_TRACES = "UPDATE marks SET traces = max(traces, iif(? > unindexed AND ?1 <= indexed, ?, ?))"
_SET_INDEX = "INSERT INTO words (words, rank) VALUES (?, ?)"
_RECORDS = (
    "SELECT name, value, version FROM records"
    " WHERE name >= ? AND name < ? || char(0x10ffff) ORDER BY name LIMIT ?"
)
_RECORD = "SELECT value, version FROM records WHERE name = ?"

_REASONS = {
    sqlite3.SQLITE_BUSY: "another process has locked the file",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk has an error",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_READONLY: "the file cannot be written to",
}
_OS_REASONS = {
    errno.EACCES: "permission denied: whoever runs the server has to own the file and its folder",
    errno.ENOENT: "its folder does not exist",
    errno.ENOSPC: _REASONS[sqlite3.SQLITE_FULL],
}
_LASTING = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}

AT, ID = 1, 2  # where they stand in what is nearest to a position

T = TypeVar("T")


class SqliteStore:
    """One thread writes to the file, another reads it; each goes from one thing to the next.

    path: the file. It is made when it is not there, for its owner only. Beside it are more that
        belong to it: with -wal and -shm behind its name as long as it is open, and with -lock.
    from_thread: makes a call in the thread that uses this object, as the reactor's callFromThread
        does.
    synchronous: "full": what was appended survives a loss of power; "normal": the last of it may
        not, but it survives the end of this process, and an append takes less time.
    """

    keeps_more = True

    def __init__(
        self, path: str, from_thread: Callable[..., object], synchronous: str = "full"
    ) -> None:
        self._file = File(path, synchronous)
        self._reader = Reader(path)
        self._writing = Thread("chatsvc-writer", from_thread, self._file.in_spare_time)
        self._reading = Thread("chatsvc-reader", from_thread, lambda: None)
        self._is_open = False
        self._asked_for = 0  # calls that are not done
        self._all_done: Deferred[None] | None = None

    async def open(self) -> Kept:
        """Begin. Raises Unusable when what is there is no store of this kind, damaged or newer."""
        self._writing.start()
        try:
            kept = await self._writing.does(self._file.open)
        except BaseException:
            self._writing.stop()
            raise
        self._reading.start()
        self._is_open = True
        self._all_done = None
        return kept

    async def close(self) -> None:
        """End, when everything that was asked for is done."""
        if not self._is_open:
            return
        self._is_open = False
        if self._asked_for:
            self._all_done = Deferred()
            await self._all_done
        await self._reading.does(self._reader.close)
        self._reading.stop()
        await self._writing.does(self._file.close)
        self._writing.stop()

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Have the end wait for something that is asked for."""
        if not self._is_open:
            raise StoreError("the store is closed")
        self._asked_for += 1
        try:
            yield
        finally:
            self._asked_for -= 1
            if self._all_done is not None and not self._asked_for:
                self._all_done.callback(None)

    async def append(self, said: Sequence[Stored]) -> None:
        """Keep these, all or none of them; when this returns, they survive a crash."""
        with self._asked():
            if said:
                await self._writing.does(self._file.append, list(said))

    async def after(self, room: str, position: int, most: int) -> list[Stored]:
        """The first so many of a room that stand behind a position, oldest first."""
        return await self._page_by_page(_AFTER, room, position, most)

    async def before(self, room: str, position: int, most: int) -> list[Stored]:
        """The last so many of a room that stand before a position, oldest first."""
        said = await self._page_by_page(_BEFORE, room, position, most)
        return said[::-1]

    async def newest(self, below: int, most: int) -> list[Stored]:
        """The last so many in all rooms whose ids are below that, oldest first."""
        said: list[Stored] = []
        below = min(max(below, 0), LARGEST)
        with self._asked():
            while (count := min(most, MOST) - len(said)) > 0:
                page = await self._said(_NEWEST, below, min(count, PAGE))
                said += page
                if len(page) < PAGE:
                    break
                below = page[-1].id
        return said[::-1]

    async def _page_by_page(self, query: str, room: str, position: int, most: int) -> list[Stored]:
        said: list[Stored] = []
        position = min(max(position, 0), LARGEST)
        with self._asked():
            while (count := min(most, MOST) - len(said)) > 0:
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
        """What has that id; None when nothing has, or no longer."""
        with self._asked():
            found = await self._said(_FIND, min(max(entry_id, 0), LARGEST))
        return found[0] if found else None

    async def position_at(self, room: str, at: float) -> int:
        """The position of the last that was said in a room before that time; 0 when nothing was."""
        with self._asked():
            return await self._reading.does(self._reader.position_at, room, at)

    async def position_of(self, room: str, entry_id: int) -> int:
        """The position of the last in a room whose id is not above that; 0 when there is none."""
        with self._asked():
            return await self._reading.does(self._reader.position_below, room, ID, entry_id + 1)

    async def search(
        self,
        words: str,
        rooms: Collection[str],
        *,
        speaker: str | None = None,
        since: float = 0.0,
        most: int,
    ) -> list[Stored]:
        """The newest so many in these rooms that hold all of these words, oldest first.

        So that nobody can keep the reader busy, what it looks at has an end: it may miss old things
        where there are more than a hundred rooms.
        """
        sought = _sought(words, rooms, speaker)
        name = None if speaker is None else speaker.casefold()
        most = min(max(most, 0), MOST)
        found: list[Stored] = []
        below = LARGEST
        with self._asked():
            for _ in range(LOOKS if sought and rooms else 0):
                page = await self._said(_SEARCH, sought, below, PAGE)
                found += (
                    each
                    for each in page
                    if each.room in rooms
                    and each.at >= since
                    and (name is None or each.speaker.casefold() == name)
                )
                # What has a lower id was said before, give or take a clock that was put right.
                if len(found) >= most or len(page) < PAGE or page[-1].at < since:
                    break
                below = page[-1].id
        return found[:most][::-1]

    async def forget(self, room: str | None, before: float, most: int) -> int:
        """Delete the oldest so many that were said before a time; how many there were to delete."""
        deleted = 0
        with self._asked():
            while (count := min(most - deleted, PAGE)) > 0:
                done = await self._writing.does(self._file.forget, room, before, count)
                deleted += done
                if done < count:
                    break
        return deleted

    async def replace(self, entry_id: int, kind: str, text: str) -> bool:
        """Put another kind and text in the place of something said; whether it is there.

        It takes more until nothing of the old text is left in the files: the log is to be emptied,
        and all of the index of words to be merged, if it was in there. That is done a little at a
        time, and goes on where it was when the file is opened again.

        One thing is SQLite's: where it moves rows to other pages, as it may when rows near them are
        deleted or become longer, it can leave copies of them in what is free of a page, which
        "secure_delete" does not reach. Only VACUUM is sure to be rid of these.
        """
        entry_id = min(max(entry_id, 0), LARGEST)
        with self._asked():
            return await self._writing.does(self._file.replace, entry_id, kind, text)

    async def records(self, prefix: str) -> dict[str, Record]:
        """All records whose names begin so."""
        found: dict[str, Record] = {}
        start = prefix
        with self._asked():
            while True:
                query = (start, prefix, PAGE)
                rows = await self._reading.does(self._reader.rows, _RECORDS, query)
                found.update((name, Record(value, version)) for name, value, version in rows)
                if len(rows) < PAGE:
                    return found
                start = rows[-1][0] + "\0"  # the next that there can be

    async def put(self, name: str, value: str | None, version: int) -> None:
        """Make, change or (with None) delete a record, which survives a crash when this returns."""
        if value is not None:
            check_value(value)
        with self._asked():
            await self._writing.does(self._file.put, name, value, version)


class Thread:
    """Does one thing after another away from the reactor, which is handed the results.

    from_thread: makes a call in the reactor's thread.
    in_spare_time: called when nothing is waiting to be done; does a little of what can wait, and
        returns in how many seconds it should be called again: 0 when there is more of it, None when
        there will be nothing before something else has been done.
    """

    _log = Logger()

    def __init__(
        self,
        name: str,
        from_thread: Callable[..., object],
        in_spare_time: Callable[[], float | None],
    ) -> None:
        self._name = name
        self._from_thread = from_thread
        self._in_spare_time = in_spare_time
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def start(self) -> None:
        """Begin with what there is to do."""
        # If the process ends without `stop`, what is not done by then was promised to nobody.
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """End, when all that was asked for is done."""
        self._work.put(None)

    def does(self, work: Callable[..., T], *args: object) -> Deferred[T]:
        """Do this next, after all that was asked for before; what it returns or raises."""
        done: Deferred[T] = Deferred()

        def do() -> None:
            try:
                result = work(*args)
            except Exception:
                self._from_thread(done.errback, Failure())
            else:
                self._from_thread(done.callback, result)

        self._work.put(do)
        return done

    def _run(self) -> None:
        wait: float | None = 0
        while True:
            try:
                work = self._work.get(timeout=wait)
            except Empty:
                wait = self._spare_time()
                continue
            if work is None:
                return
            work()
            wait = 0

    def _spare_time(self) -> float | None:
        try:
            return self._in_spare_time()
        except Exception:
            self._log.failure("What {thread} does in its spare time failed.", thread=self._name)
            return AGAIN


class Trouble:
    """Logs what the database has against something, and when that works again.

    Both are logged once, and at most once a minute if it changes all the time.

    what: that it is about.
    """

    _log = Logger()

    def __init__(self, what: str) -> None:
        self._what = what
        self._reason = ""
        self._quiet_until = -inf

    def note(self, reason: str = "") -> None:
        """It has failed for a reason; or it has worked."""
        if not reason and self._reason:
            self._log.info("{what} works again.", what=self._what)
        elif reason and reason != self._reason and monotonic() >= self._quiet_until:
            self._log.warn("{what} does not work: {reason}.", what=self._what, reason=reason)
            self._quiet_until = monotonic() + QUIET
        else:
            return
        self._reason = reason


class Reader:
    """The database as it is read; a page at a time, as each row costs everybody a little."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._trouble = Trouble(f"Reading {path}")

    def rows(self, query: str, parameters: Sequence[object]) -> list[Any]:
        """What the database answers. Raises StoreError."""
        try:
            if self._db is None:
                self._db = _connect(self._path)
            rows = self._db.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            self.close()  # the next call tries it anew
            reason = _reason(error, self._path)
            self._trouble.note(reason)
            raise StoreError(reason) from error
        self._trouble.note()
        return rows

    def position_at(self, room: str, at: float) -> int:
        """The position of the last that was said in a room before that time; 0 if nothing was.

        Among the newest, it is found even where a clock that was ahead was put right.
        """
        [(found,)] = self.rows(_NEWEST_BEFORE, [room, RECENT, at])
        return self.position_below(room, AT, at) if found is None else int(found)

    def position_below(self, room: str, column: int, bound: float) -> int:
        """The position of the last in a room whose time or id is below that; 0 if there is none.

        What has a higher position has a higher id, and was said later, give or take a clock that
        was put right.
        """
        [(first, last)] = self.rows(_ENDS, [room])
        if first is None:
            return 0

        def nearest(position: int) -> tuple[int, float, int]:
            [row] = self.rows(_NEAREST, [room, position])
            return row  # type: ignore[no-any-return]

        positions = range(first, last + 1)
        index = bisect_left(positions, bound, key=lambda position: nearest(position)[column])
        return nearest(positions[index - 1])[0] if index else 0

    def close(self) -> None:
        """End; or begin anew with the next call."""
        if self._db is not None:
            self._db.close()
            self._db = None


class File:
    """The database as it is written, by one thread.

    path, synchronous: as for SqliteStore.

    Raises StoreError wherever the database does not do what it should, and goes on by itself when
    it does.
    """

    def __init__(self, path: str, synchronous: str) -> None:
        if synchronous not in ("full", "normal"):
            raise ValueError(f"{synchronous!r} is neither full nor normal")
        self._path = os.path.realpath(path)
        self._synchronous = synchronous
        self._lock: int | None = None
        self._db: sqlite3.Connection | None = None
        self._last_id = 0  # of what was kept, as far as those who asked for it know
        self._in_doubt = False  # whether something may be left of a call that failed
        self._due = inf  # when there is something to be done in spare time
        self._parts = 0  # of the index of words, at most, that are to be merged
        self._trouble = Trouble(f"Writing to {self._path}")
        self._trouble_in_spare_time = Trouble(f"Tidying {self._path}")

    def open(self) -> Kept:
        """Begin; make the file, or bring it up to this version, if need be. Raises Unusable, too.

        Not the whole file is looked at, which would take long, but what it takes to begin: its
        size, the tables there are, the newest thing said, and all of the smaller tables.
        """
        try:
            with ExitStack() as undo:
                undo.callback(self.close)
                self._take()
                db = self._connected()
                self._upgrade(db)
                self._renew_index(db)
                kept = self._kept(db)
                undo.pop_all()
        except OSError as error:
            raise self._unusable(_os_reason(error)) from error
        except sqlite3.Error as error:
            if _code(error) in _LASTING:
                raise self._unusable(_reason(error, self._path)) from error
            raise StoreError(f"cannot open {self._path}: {_reason(error, self._path)}") from error
        self._last_id = kept.last_id
        self._due = 0.0
        return kept

    def check(self) -> None:
        """See whether it can be opened, and make nothing that was not there. Raises Unusable, too.

        One that is there is brought up to this version.
        """
        lock = f"{self._path}-lock"
        is_locked = os.path.exists(lock)
        try:
            if self._is_there():
                self.open()
                self.close()
            else:
                with TemporaryFile(dir=os.path.dirname(self._path)) as probe:
                    probe.write(bytes(NEW_BYTES))
        except OSError as error:
            raise self._unusable(_os_reason(error)) from error
        except Unusable:
            if not is_locked:
                with suppress(OSError):
                    os.unlink(lock)
            raise

    def _unusable(self, reason: str) -> Unusable:
        return Unusable(f"cannot open {self._path}: {reason}")

    def _is_there(self) -> bool:
        """Whether there is a file. Raises OSError, and Unusable when it is of another kind."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return False
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(found.st_mode):
            raise self._unusable("it is no ordinary file")
        return True

    def _look(self) -> None:
        """See whose the file is, if there is one, before anything is made or changed."""
        if not self._is_there():
            return
        with open(self._path, "rb") as file:
            header = file.read(HEADER_BYTES)
        # SQLite takes for empty what is shorter than its header.
        if header[: len(MAGIC)] not in (MAGIC, b""):
            raise self._unusable(_REASONS[sqlite3.SQLITE_NOTADB])
        if header.endswith(APPLICATION.to_bytes(4, "big")):
            return  # a part of it may be in its log only
        # Who may write to a database brings what its log holds into it, whoever made it.
        how = "mode=ro" if os.path.exists(f"{self._path}-wal") else "mode=ro&immutable=1"
        with suppress(sqlite3.Error), closing(_connect(self._path, how)) as db:
            self._check_owner(db)

    def _check_owner(self, db: sqlite3.Connection) -> tuple[bool, int]:
        """See whether we have made it, and in which version; and whether it is empty."""
        [application] = db.execute("PRAGMA application_id").fetchone()
        [version] = db.execute("PRAGMA user_version").fetchone()
        [tables] = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        is_new = application == version == tables == 0
        if application != APPLICATION and not is_new:
            raise self._unusable("another program made it; choose another file")
        return is_new, version

    def _take(self) -> None:
        """Lock out other servers; see that there is a file, which may be empty."""
        self._look()
        # Not the file itself is locked: closing that would drop the locks that SQLite has on it.
        # The kernel drops ours when this process ends, whatever ends it.
        self._lock = os.open(f"{self._path}-lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._unusable("another server uses it; stop that one first") from None
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))

    def _upgrade(self, db: sqlite3.Connection) -> None:
        scripts = schema()
        is_new, version = self._check_owner(db)
        if version > len(scripts):
            raise self._unusable("a newer chatsvc made it; install that version again")
        if is_new:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # possible only before all else
        elif version < len(scripts):
            self._back_up(db, version)
        db.execute("PRAGMA journal_mode = WAL")
        for number, script in enumerate(scripts[version:], version + 1):
            db.executescript(
                f"BEGIN IMMEDIATE;\n{script};\nPRAGMA application_id = {APPLICATION};"
                f"PRAGMA user_version = {number}; COMMIT"
            )

    def _renew_index(self, db: sqlite3.Connection) -> None:
        """Have the index be made anew if it was made by other rules."""
        if db.execute("SELECT words FROM marks").fetchone() != (VERSION,):
            with db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("INSERT INTO words (words) VALUES ('delete-all')")
                db.execute(_SET_INDEX, ("usermerge", MERGED))
                db.execute(_INDEX_ANEW, (VERSION, IN_LOG))

    def _back_up(self, db: sqlite3.Connection, version: int) -> None:
        copy = f"{self._path}.v{version}-backup"
        # Whatever ends us on the way, what has that name is complete.
        part = f"{copy}.part"
        with suppress(FileNotFoundError):
            os.unlink(part)  # which others might read
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(_connect(part)) as target:
            db.backup(target)
        os.replace(part, copy)

    def _kept(self, db: sqlite3.Connection) -> Kept:
        for table in ("heads", "marks"):
            if db.execute(f"PRAGMA quick_check({table})").fetchone() != ("ok",):
                raise self._unusable("the file is damaged")
        db.execute(_NEWEST, (LARGEST, 1)).fetchone()
        db.execute(_SEARCH, ("nothing", LARGEST, 1)).fetchone()
        [last_id] = db.execute(_LAST_ID).fetchone()
        heads = dict(db.execute("SELECT room, head FROM heads"))
        heads.update(db.execute(_HEADS))  # not below what they are where something was deleted
        return Kept(last_id, heads)

    def close(self) -> None:
        """End."""
        if self._in_doubt:
            with suppress(sqlite3.Error):
                self._mend()
        self._due = inf
        self._disconnect()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _connected(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = _connect(self._path)
            self._db.execute(f"PRAGMA synchronous = {self._synchronous}")
            self._db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}").fetchone()
            # What is deleted or replaced is overwritten. (Debian's SQLite does so by itself.)
            self._db.execute("PRAGMA secure_delete = ON").fetchone()
        return self._db

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    @contextmanager
    def _change(
        self, is_made: Callable[[sqlite3.Connection], bool]
    ) -> Iterator[sqlite3.Connection]:
        """Make a change as a whole or not at all.

        is_made: whether it is found in the database; asked when it is not sure.
        """
        may_be_made = False
        try:
            if self._in_doubt:
                self._mend()
            with self._connected() as db:
                db.execute("BEGIN IMMEDIATE")
                yield db
                may_be_made = True
        except (sqlite3.DataError, sqlite3.IntegrityError):
            raise  # it is not the database that is wrong, and nothing is changed
        except sqlite3.Error as error:
            self._in_doubt = True
            self._due = 0.0
            self._disconnect()
            if may_be_made:
                with suppress(sqlite3.Error):
                    if is_made(self._connected()):
                        return
            reason = _reason(error, self._path)
            self._trouble.note(reason)
            raise StoreError(reason) from error
        self._trouble.note()

    def _mend(self) -> None:
        """Clear away what is left of calls that failed, so that nothing of it comes back.

        If only the last step of a commit fails, all of it may be in the log on the disk, where it
        is not seen before the log is read anew after a crash. What is written next takes its place
        there; so something is written even when nothing is to be seen.
        """
        with self._connected() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("UPDATE marks SET mended = mended + 1")
            db.execute("DELETE FROM said WHERE id > ?", [self._last_id])
        self._in_doubt = False

    def append(self, said: Sequence[Stored]) -> None:
        """Keep these, at least one."""
        newest = said[-1].id

        def is_made(db: sqlite3.Connection) -> bool:
            return db.execute("SELECT 1 FROM said WHERE id = ?", [newest]).fetchone() is not None

        with self._change(is_made) as db:
            # Each step of SQLite's gives up the interpreter lock and has to get it back, which the
            # reactor would feel; so there are few: one for many rows.
            for start in range(0, len(said), ROWS):
                rows = said[start : start + ROWS]
                values = list(chain.from_iterable(rows))
                db.execute(_SAY + ", ".join([_ROW] * len(rows)), values)
        self._last_id = newest
        self._due = min(self._due, monotonic() + INDEX_AFTER)

    def forget(self, room: str | None, before: float, most: int) -> int:
        """Delete the oldest so many that were said before a time; how many there were to delete."""
        count = 0
        with self._change(lambda db: False) as db:
            if room is None:
                oldest = db.execute(_OLDEST_OF_ALL, (most, before))
            else:
                oldest = db.execute(_OLDEST_IN_ROOM, (room, most, before))
            ids, count = oldest.fetchone()
            db.execute(_MARK_DELETED, [ids])
            db.execute(_HEAD, [ids])
            self._index(db, "delete", _INDEXED, ids, PAGE)
            db.execute(_DELETE, [ids])
            if before == inf and count < most:  # the room has ended
                db.execute("DELETE FROM heads WHERE room = ?", (room,))
        self._due = 0.0
        return int(count)

    def replace(self, entry_id: int, kind: str, text: str) -> bool:
        """Put another kind and text in the place of something said; whether it is there."""
        count = 0

        def is_made(db: sqlite3.Connection) -> bool:
            query = "SELECT kind, text FROM said WHERE id = ?"
            found: object = db.execute(query, [entry_id]).fetchone()
            return found == ((kind, text) if count else None)

        with self._change(is_made) as db:
            ids = f"[{entry_id}]"
            self._index(db, "delete", _INDEXED, ids, 1)
            count = db.execute(_REPLACE, (entry_id, kind, text)).rowcount
            self._index(db, None, _INDEXED, ids, 1)
            if count:
                db.execute(_MARK_TRACES, (entry_id, IN_INDEX, IN_LOG))
        self._parts += 1
        self._due = 0.0
        return bool(count)

    def put(self, name: str, value: str | None, version: int) -> None:
        """Make, change or delete a record. Raises Conflict, too."""
        wanted = None if value is None else (value, version + 1)

        def is_made(db: sqlite3.Connection) -> bool:
            found: object = db.execute(_RECORD, [name]).fetchone()
            return found == wanted

        with self._change(is_made) as db:
            found = db.execute(_RECORD, [name]).fetchone()
            if version != (found[1] if found else 0):
                raise Conflict(f"somebody else has changed {name}")
            if value is None:
                db.execute("DELETE FROM records WHERE name = ?", [name])
            elif found:
                db.execute(
                    "UPDATE records SET value = ?, version = version + 1 WHERE name = ?",
                    [value, name],
                )
            elif db.execute("SELECT count(*) FROM records").fetchone()[0] >= RECORDS:
                raise StoreError("there are too many records")
            else:
                db.execute("INSERT INTO records VALUES (?, ?, 1)", [name, value])

    def in_spare_time(self) -> float | None:
        """Mend what failed, index what was said, clear away what is not wanted; see Thread."""
        if self._due <= monotonic():
            self._due = inf
            try:
                if self._in_doubt:
                    self._mend()
                db = self._connected()
                # What follows need not be on the disk at once: it can be made again.
                db.execute("PRAGMA synchronous = NORMAL")
                is_indexed = self._index_more(db)
                if is_indexed and self._traces(db) == IN_INDEX:
                    self._begin_to_clear(db)
                is_merged = (is_indexed or self._parts >= PARTS) and self._merge(db)
                if not (is_indexed and is_merged and self._give_back(db)):
                    self._due = 0.0
                elif self._traces(db) and not self._empty_log(db):
                    self._due = monotonic() + AGAIN
                db.execute(f"PRAGMA synchronous = {self._synchronous}")
                self._trouble_in_spare_time.note()
            except sqlite3.Error as error:
                self._in_doubt = True
                self._due = monotonic() + AGAIN
                self._disconnect()
                self._trouble_in_spare_time.note(_reason(error, self._path))
        return None if self._due == inf else max(0.0, self._due - monotonic())

    def _index_more(self, db: sqlite3.Connection) -> bool:
        """Index the words of a few more things; whether all are."""
        with db:
            db.execute("BEGIN IMMEDIATE")
            if ids := self._index(db, None, _NEXT_PIECE, PAGE):
                db.execute("UPDATE marks SET indexed = ?", [ids[-1]])
            elif ids := self._index(db, None, _OLDER_PIECE, PAGE):
                db.execute("UPDATE marks SET unindexed = ?", [ids[0] - 1])
        self._parts += bool(ids)
        return not ids

    def _index(
        self, db: sqlite3.Connection, command: str | None, query: str, *parameters: object
    ) -> list[int]:
        """Put the words of some things in the index, or "delete" them; the ids, lowest first."""
        [texts] = db.execute(query, parameters).fetchone()
        rows = [
            (command, entry_id, " ".join(words(text)), _word(speaker), _word(room))
            for entry_id, text, speaker, room in sorted(json.loads(texts))
        ]
        for start in range(0, len(rows), ROWS):
            some = rows[start : start + ROWS]
            values = list(chain.from_iterable(some))
            db.execute(_INDEX + ", ".join([_WORDS] * len(some)), values)
        return [row[1] for row in rows]

    def _merge(self, db: sqlite3.Connection) -> bool:
        """Merge a few pages of the index, which is made of many small parts; whether all are."""
        changes = db.total_changes
        db.execute(_SET_INDEX, ("merge", PAGES))
        is_merged = db.total_changes - changes < 2  # so says the manual of FTS5, in "merge"
        if is_merged:
            self._parts = 0
            if self._traces(db) == BEING_MERGED:
                with db:
                    db.execute("BEGIN IMMEDIATE")
                    db.execute(_SET_INDEX, ("usermerge", MERGED))
                    db.execute("UPDATE marks SET traces = ?", [IN_LOG])
        return is_merged

    def _traces(self, db: sqlite3.Connection) -> int:
        """Where there are traces of texts that were replaced."""
        [traces] = db.execute("SELECT traces FROM marks").fetchone()
        return int(traces)

    def _begin_to_clear(self, db: sqlite3.Connection) -> None:
        """Begin to merge all of the index into one part, which makes an end of words deleted.

        Until then they stand in it twice: where they were, and as deleted in a newer part.

        FTS5 (3.42 and newer) could take them out at once, with its option "secure-delete"; but
        then no older SQLite could read the file.
        """
        # A negative number has all parts merged, and not only parts of a like size. What is indexed
        # meanwhile makes new parts: were there three, FTS5 would wait for a fourth and leave those
        # half merged, unless two are enough.
        with db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(_SET_INDEX, ("usermerge", 2))
            db.execute(_SET_INDEX, ("merge", -1))
            db.execute("UPDATE marks SET traces = ?", [BEING_MERGED])

    def _empty_log(self, db: sqlite3.Connection) -> bool:
        """Bring all of the log into the file, and leave nothing in it; whether nobody reads it."""
        db.execute("PRAGMA busy_timeout = 0")  # who reads is not waited for here
        [busy, *_] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        db.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
        if not busy:
            db.execute("UPDATE marks SET traces = ?", [NO_TRACES])
        return not busy

    def _give_back(self, db: sqlite3.Connection) -> bool:
        """Give a few pages that are free back to the disk; whether all are."""
        # `execute` would take only the first of its steps, each of which gives back one page.
        db.executescript(f"PRAGMA incremental_vacuum({PAGES})")
        [free] = db.execute("PRAGMA freelist_count").fetchone()
        return bool(free == 0)


def schema() -> list[str]:
    """The scripts that make a database: the first an empty one, each other the next version."""
    folder = files("chatsvc.stores")
    found = [folder / "sqlite.sql"]
    while (script := folder / f"sqlite.{len(found) + 1}.sql").is_file():
        found.append(script)
    return [script.read_text("utf-8") for script in found]


def _connect(path: str, how: str = "mode=rw") -> sqlite3.Connection:
    """Connect to a file that is there; one that has gone is not made anew."""
    return sqlite3.connect(
        f"{Path(os.path.realpath(path)).as_uri()}?{how}",
        uri=True,
        timeout=BUSY,
        isolation_level=None,  # transactions begin where we say so
        cached_statements=2 * ROWS,
    )


def _code(error: sqlite3.Error) -> int:
    """What kind of error it is; the module's own have none."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF  # without the details


def _reason(error: sqlite3.Error, path: str) -> str:
    code = _code(error)
    if code == sqlite3.SQLITE_IOERR and _is_full(path):  # as for what belongs to -shm
        code = sqlite3.SQLITE_FULL
    return _REASONS.get(code, f"the database has an error: {error}")


def _os_reason(error: OSError) -> str:
    return _OS_REASONS.get(error.errno or 0, error.strerror or str(error))


def _is_full(path: str) -> bool:
    try:
        return os.statvfs(os.path.dirname(os.path.realpath(path))).f_bavail == 0
    except OSError:
        return False


def _sought(query: str, rooms: Collection[str], speaker: str | None) -> str:
    """What to ask the index for; empty if there is nothing to be found.

    It is asked for words in quotes only, where nothing has a meaning. It finds names in any case,
    so it may find too much.
    """
    sought = [_quoted(phrase) + " *" * is_begun for phrase, is_begun in terms(query)]
    if not sought:
        return ""
    parts = [f"text : ({' '.join(sought)})"]
    if len(rooms) <= ROOMS:
        parts.append(f"room : ({' OR '.join(map(_quoted, map(_word, rooms)))})")
    if speaker is not None:
        parts.append(f"speaker : {_quoted(_word(speaker))}")
    return " AND ".join(parts)


def _word(name: str) -> str:
    """A name, which may be empty, as one word."""
    return "_" + "_".join(name.casefold().split())


def _quoted(text: str) -> str:
    return '"' + text.replace("\0", " ").replace('"', '""') + '"'
