"""The database as it is written."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import stat
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import chain
from math import inf
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING

from chatsvc.store import RECORDS, Conflict, Kept, StoreError, Unusable
from chatsvc.stores.sqlite import statements as sql
from chatsvc.stores.sqlite.connection import (
    LARGEST,
    LASTING,
    PAGE,
    REASONS,
    ROWS,
    Trouble,
    code_of,
    connect,
    os_reason_of,
    reason_of,
    unusable,
)
from chatsvc.stores.sqlite.schema import APPLICATION, check_owner, upgrade
from chatsvc.stores.sqlite.upkeep import IN_INDEX, IN_LOG, Upkeep
from chatsvc.stores.sqlite.worker import AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chatsvc.store import Stored

INDEX_AFTER = 0.5  # seconds that are gathered to be indexed together
WAL_BYTES = 16 * 1024 * 1024  # that the log may keep of the disk when it has been larger
MAGIC = b"SQLite format 3\0"  # with which every database begins (its file format, 1.3.1)
HEADER_BYTES = 72  # of the file, up to the end of its application_id (the same, 1.3)
NEW_BYTES = 128 * 1024  # that a new file and what belongs to it take of the disk


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
        # While several changes are made together: how each that is made is found; else None.
        self._joined: list[Callable[[sqlite3.Connection], bool]] | None = None
        self._due = inf  # when there is something to be done in spare time
        self._upkeep = Upkeep()
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
                upgrade(db, self._path)
                self._upkeep.renew_index(db)
                kept = self._kept(db)
                undo.pop_all()
        except OSError as error:
            raise unusable(self._path, os_reason_of(error)) from error
        except sqlite3.Error as error:
            if code_of(error) in LASTING:
                raise unusable(self._path, reason_of(error, self._path)) from error
            raise StoreError(f"cannot open {self._path}: {reason_of(error, self._path)}") from error
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
            raise unusable(self._path, os_reason_of(error)) from error
        except Unusable:
            if not is_locked:
                with suppress(OSError):
                    os.unlink(lock)
            raise

    def _is_there(self) -> bool:
        """Whether there is a file. Raises OSError, and Unusable when it is of another kind."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return False
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(found.st_mode):
            raise unusable(self._path, "it is no ordinary file")
        return True

    def _look(self) -> None:
        """See whose the file is, if there is one, before anything is made or changed."""
        if not self._is_there():
            return
        with open(self._path, "rb") as file:
            header = file.read(HEADER_BYTES)
        # SQLite takes for empty what is shorter than its header.
        if header[: len(MAGIC)] not in (MAGIC, b""):
            raise unusable(self._path, REASONS[sqlite3.SQLITE_NOTADB])
        if header.endswith(APPLICATION.to_bytes(4, "big")):
            return  # a part of it may be in its log only
        # Who may write to a database brings what its log holds into it, whoever made it.
        how = "mode=ro" if os.path.exists(f"{self._path}-wal") else "mode=ro&immutable=1"
        with suppress(sqlite3.Error), closing(connect(self._path, how)) as db:
            check_owner(db, self._path)

    def _take(self) -> None:
        """Lock out other servers; see that there is a file, which may be empty."""
        self._look()
        # Not the file itself is locked: closing that would drop the locks that SQLite has on it.
        # The kernel drops ours when this process ends, whatever ends it.
        self._lock = os.open(f"{self._path}-lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise unusable(self._path, "another server uses it; stop that one first") from None
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))

    def _kept(self, db: sqlite3.Connection) -> Kept:
        for table in ("heads", "marks"):
            if db.execute(f"PRAGMA quick_check({table})").fetchone() != ("ok",):
                raise unusable(self._path, "the file is damaged")
        db.execute(sql.NEWEST, (LARGEST, 1)).fetchone()
        db.execute(sql.SEARCH, ("nothing", LARGEST, 1)).fetchone()
        [last_id] = db.execute(sql.LAST_ID).fetchone()
        heads = dict(db.execute("SELECT room, head FROM heads"))
        heads.update(db.execute(sql.HEADS))  # not below what they are where something was deleted
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
            self._db = connect(self._path)
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
        if self._joined is not None:
            with self._savepoint() as db:
                yield db
            self._joined.append(is_made)
            return
        may_be_made = False
        try:
            if self._in_doubt:
                self._mend()
            with self._connected() as db:
                db.execute("BEGIN IMMEDIATE")
                yield db
                may_be_made = True
        except sqlite3.Error as error:
            if not _is_of_database(error):
                raise  # and nothing is changed
            self._in_doubt = True
            self._due = 0.0
            self._disconnect()
            if may_be_made:
                with suppress(sqlite3.Error):
                    if is_made(self._connected()):
                        return
            reason = reason_of(error, self._path)
            self._trouble.note(reason)
            raise StoreError(reason) from error
        self._trouble.note()

    @contextmanager
    def _savepoint(self) -> Iterator[sqlite3.Connection]:
        """Make one of several changes as a whole or not at all, unless the database fails."""
        db = self._connected()
        db.execute("SAVEPOINT one")
        try:
            yield db
        except Exception as error:
            if not _is_of_database(error):
                db.execute("ROLLBACK TO one")
                db.execute("RELEASE one")
            raise
        db.execute("RELEASE one")

    def together(self, changes: Sequence[Callable[[], None]]) -> list[Exception | None]:
        """Make several changes in one transaction; what each raised, or None.

        Each is made as a whole or not at all, whatever becomes of the others; but if the database
        fails, none is.

        changes: calls of `append` or `put`.
        """
        raised: list[Exception | None] = []
        joined: list[Callable[[sqlite3.Connection], bool]] = []
        last_id = self._last_id

        def is_made(db: sqlite3.Connection) -> bool:
            return bool(joined) and joined[-1](db)

        try:
            with self._change(is_made):
                self._joined = joined
                try:
                    for change in changes:
                        error = _raised_by(change)
                        raised.append(error)
                finally:
                    self._joined = None
        except StoreError as failed:
            self._last_id = last_id
            raised += [None] * (len(changes) - len(raised))
            return [error or failed for error in raised]
        return raised

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
                db.execute(sql.SAY + ", ".join([sql.ROW] * len(rows)), values)
        self._last_id = newest
        self._due = min(self._due, monotonic() + INDEX_AFTER)

    def forget(self, room: str | None, before: float, most: int) -> int:
        """Delete the oldest so many that were said before a time; how many there were to delete."""
        count = 0
        with self._change(lambda db: False) as db:
            if room is None:
                oldest = db.execute(sql.OLDEST_OF_ALL, (most, before))
            else:
                oldest = db.execute(sql.OLDEST_IN_ROOM, (room, most, before))
            ids, count = oldest.fetchone()
            db.execute(sql.MARK_DELETED, [ids])
            db.execute(sql.HEAD, [ids])
            self._upkeep.index(db, "delete", sql.INDEXED, ids, PAGE)
            db.execute(sql.DELETE, [ids])
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
            self._upkeep.index(db, "delete", sql.INDEXED, ids, 1)
            count = db.execute(sql.REPLACE, (entry_id, kind, text)).rowcount
            self._upkeep.index(db, None, sql.INDEXED, ids, 1)
            if count:
                db.execute(sql.MARK_TRACES, (entry_id, IN_INDEX, IN_LOG))
        self._due = 0.0
        return bool(count)

    def put(self, name: str, value: str | None, version: int) -> None:
        """Make, change or delete a record. Raises Conflict, too."""
        wanted = None if value is None else (value, version + 1)

        def is_made(db: sqlite3.Connection) -> bool:
            found: object = db.execute(sql.RECORD, [name]).fetchone()
            return found == wanted

        with self._change(is_made) as db:
            found = db.execute(sql.RECORD, [name]).fetchone()
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
                if self._upkeep.goes_on(db):
                    self._due = 0.0
                elif not self._upkeep.is_clean(db):
                    self._due = monotonic() + AGAIN
                db.execute(f"PRAGMA synchronous = {self._synchronous}")
                self._trouble_in_spare_time.note()
            except sqlite3.Error as error:
                self._in_doubt = True
                self._due = monotonic() + AGAIN
                self._disconnect()
                self._trouble_in_spare_time.note(reason_of(error, self._path))
        return None if self._due == inf else max(0.0, self._due - monotonic())


def _is_of_database(error: Exception) -> bool:
    """Whether it is the database that is wrong, and not what it was given."""
    is_of_values = isinstance(error, sqlite3.DataError | sqlite3.IntegrityError)
    return isinstance(error, sqlite3.Error) and not is_of_values


def _raised_by(change: Callable[[], None]) -> Exception | None:
    """What a change raises. Raises what the database does."""
    try:
        change()
    except Exception as error:
        if _is_of_database(error):
            raise
        return error
    return None
