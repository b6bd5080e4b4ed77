"""The writing side of the database."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from itertools import chain
from math import inf
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING

from twisted.logger import LogLevel

from chatsvc.store import RECORDS, Conflict, Figures, StoreError, StoreState, Unusable
from chatsvc.stores.disk import check_spare, size
from chatsvc.stores.segments import MOST_IMPORTS
from chatsvc.stores.sqlite import statements as sql
from chatsvc.stores.sqlite.claim import Place, is_there, lock_out
from chatsvc.stores.sqlite.connection import (
    LASTING_ERRORS,
    ROWS,
    Gone,
    Trouble,
    code_of,
    connect_to_write,
    is_of_database,
    os_reason_of,
    raised_by,
    reason_of,
    savepoint,
    synchronously,
    unusable,
)
from chatsvc.stores.sqlite.reader import oldest_before, oldest_piece, state_of
from chatsvc.stores.sqlite.schema import upgrade
from chatsvc.stores.sqlite.upkeep import IN_INDEX, IN_LOG, Upkeep
from chatsvc.stores.sqlite.worker import AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chatsvc.store import Stored

    IsMade = Callable[[sqlite3.Connection], bool]

NEW_BYTES = 128 * 1024  # of disk space for a new file and the files beside it
_NOTHING = nullcontext()


class File:
    """Writes to the database, in one thread.

    path, synchronous: as for SqliteStore.
    figures: where it counts; None to count for itself.

    Raises StoreError whenever the database fails, and recovers by itself.
    """

    def __init__(self, path: str, synchronous: str, figures: Figures | None = None) -> None:
        if synchronous not in ("full", "normal"):
            raise ValueError(f"{synchronous!r} is neither full nor normal")
        self._path = os.path.realpath(path)
        self._synchronous = synchronous
        self._figures = figures or Figures()
        self._lock: int | None = None
        self._place = Place(self._path)
        self._db: sqlite3.Connection | None = None
        self._last_id = 0  # the last one that callers know to be stored
        self._in_doubt = False  # whether a failed call may have left something behind
        # During a batch: for each change made, the check that finds it; None otherwise.
        self._joined: list[IsMade] | None = None
        self._due = inf  # when there is work in spare time
        self._upkeep = Upkeep()
        self._trouble = Trouble(f"Writing to {self._path}")
        self._trouble_in_spare_time = Trouble(f"Tidying {self._path}")

    def open(self) -> StoreState:
        """Open the file; create or upgrade it if need be. Raises Unusable, too.

        As checking the whole file would take long, this checks only the size, the tables and the
        newest message, and the smaller tables in full.
        """
        try:
            with ExitStack() as undo:
                undo.callback(self.close)
                self._lock = lock_out(self._path)
                self._place.take()
                db = self._connected()
                upgrade(db, self._path)
                db.execute(sql.DROP_IMPORTS)
                self._upkeep.renew_index(db)
                kept = state_of(db, self._path)
                undo.pop_all()
        except OSError as error:
            raise unusable(self._path, os_reason_of(error)) from error
        except sqlite3.Error as error:
            if code_of(error) in LASTING_ERRORS:
                raise unusable(self._path, reason_of(error, self._path)) from error
            raise StoreError(f"cannot open {self._path}: {reason_of(error, self._path)}") from error
        self._last_id = kept.last_id
        self._due = 0.0
        return kept

    def check(self) -> None:
        """Check that the file can be opened or created. Raises Unusable, too.

        An existing file is upgraded; a missing one is not created.
        """
        lock = f"{self._path}-lock"
        is_locked = os.path.exists(lock)
        try:
            if is_there(self._path):
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

    def close(self) -> None:
        """Close the file, and unlock it."""
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
            self._place.check()
            self._db = connect_to_write(self._path, self._synchronous)
        return self._db

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    @contextmanager
    def _change(
        self, is_made: IsMade, is_step: bool = False, synchronous: str = ""
    ) -> Iterator[sqlite3.Connection]:
        """Make a change atomically.

        is_made: returns whether the change is in the database; called in doubt.
        is_step: whether it is one statement, and so a transaction by itself. Each step of SQLite's
            releases the interpreter's lock and takes it again, for which it waits if others work.
        synchronous: if not as usual.
        """
        if self._joined is not None:
            yield self._connected()
            self._joined.append(is_made)
            return
        may_be_made = False
        began = monotonic()
        try:
            self._place.check(began)
            if self._in_doubt:
                self._mend()
            db = self._connected()
            with synchronously(db, synchronous, self._synchronous) if synchronous else _NOTHING, db:
                syncing, may_be_made = monotonic(), is_step
                if is_step:
                    yield db
                else:
                    db.execute("BEGIN IMMEDIATE")
                    yield db
                    syncing, may_be_made = monotonic(), True
        except sqlite3.Error as error:
            if not is_of_database(error):
                raise  # nothing has changed
            self._in_doubt = True
            self._due = 0.0
            self._disconnect()
            if may_be_made:
                with suppress(sqlite3.Error):
                    if is_made(self._connected()):
                        return
            reason = reason_of(error, self._path)
            is_gone = isinstance(error, Gone)
            self._trouble.note(reason, LogLevel.critical if is_gone else LogLevel.warn)
            self._figures.failed_writes += 1
            raise StoreError(reason) from error
        done = monotonic()
        if not synchronous:
            self._figures.syncs.note(done - syncing)
        self._figures.transactions.note(done - began)
        self._trouble.note()

    def together(self, changes: Sequence[Callable[[], None]]) -> list[Exception | None]:
        """Make a batch of changes in one transaction, and return what each raised, or None.

        Each is atomic, even if others fail; but if the database fails, none is made.

        changes: calls of `append` or `put`.
        """
        raised: list[Exception | None] = []
        joined: list[IsMade] = []
        last_id = self._last_id

        def is_made(db: sqlite3.Connection) -> bool:
            return bool(joined) and joined[-1](db)

        try:
            with self._change(is_made) as db:
                self._joined = joined
                try:
                    for change in changes:
                        error = raised_by(change)
                        raised.append(error)
                        if error is not None and not db.in_transaction:
                            raise sqlite3.OperationalError("the transaction has ended")
                finally:
                    self._joined = None
        except StoreError as failed:
            self._last_id = last_id
            raised += [None] * (len(changes) - len(raised))
            return [error or failed for error in raised]
        return raised

    def _mend(self) -> None:
        """Clear what failed calls have left behind, so that nothing of it comes back.

        If only the last step of a commit fails, all of it may be in the write-ahead log, unseen
        until the log is read after a crash. The next write overwrites it there; so this writes in
        any case.
        """
        with self._connected() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("UPDATE marks SET mended = mended + 1")
            db.execute("DELETE FROM said WHERE id > ?", [self._last_id])
        self._in_doubt = False

    def append(self, said: Sequence[Stored]) -> None:
        """Store messages, at least one."""
        newest = said[-1].id

        def is_made(db: sqlite3.Connection) -> bool:
            return db.execute("SELECT 1 FROM said WHERE id = ?", [newest]).fetchone() is not None

        is_step = len(said) <= ROWS
        with self._change(is_made, is_step) as db, _NOTHING if is_step else savepoint(db):
            for start in range(0, len(said), ROWS):
                rows = said[start : start + ROWS]
                db.execute(sql.say(len(rows)), list(chain.from_iterable(rows)))
        self._last_id = newest
        self._due = min(self._due, self._upkeep.note_new())

    def begin_import(self, first: int, last: int) -> bool:
        """Begin an import, and return whether it has begun; if not, this has to be called again."""
        with self._change(lambda db: False) as db:
            if db.execute(sql.IS_ANY_NEW, [first]).fetchone():
                self._upkeep.index_new(db)
                return False
            db.execute(sql.DROP_IMPORTS)
            if db.execute(sql.COUNT_IMPORTS).fetchone()[0] >= MOST_IMPORTS:
                raise StoreError(f"messages of {MOST_IMPORTS} imports are kept, which is the most")
            db.execute(sql.ADD_IMPORT, (first, last))
            db.execute("UPDATE marks SET indexed = max(indexed, ?)", [last])
        self._last_id = max(self._last_id, last)
        self._upkeep.is_importing = True
        # Others would have to wait for checkpoints; see `SqliteStore`.
        self._connected().execute("PRAGMA wal_autocheckpoint = 0")
        return True

    def add_imported(self, rooms: str, kinds: str, rows: str) -> None:
        """Store some messages of an import; `rooms` and `kinds` in JSON, too."""
        check_spare(os.path.dirname(self._path), size(f"{self._path}-wal"))  # which is to be merged
        with self._change(lambda db: False, synchronous="normal") as db:
            db.execute(sql.ADD_IMPORTED, (rooms, kinds, rows))

    def end_import(self) -> None:
        """End the import."""
        self._upkeep.is_importing = False
        self._due = 0.0
        self._disconnect()  # the next connection makes checkpoints again

    def forget(self, room: str | None, before: float, most: int) -> int:
        """Delete the oldest `most` messages from before a time, and return the number deleted."""
        with self._change(lambda db: False) as db:
            ids = oldest_before(db, room, before, most)
            if ids:
                self._delete(db, json.dumps(ids))
            if before == inf and len(ids) < most:  # the room has ended
                db.execute("DELETE FROM heads WHERE room = ?", (room,))
        self._due = 0.0
        return len(ids)

    def shrink(self, size: int) -> dict[str, int] | None:
        """Delete a piece of the oldest messages of all if more bytes are used; see Store.

        What is deleted leaves the index later: without waiting for that, others would be deleted in
        its place.
        """
        with self._change(lambda db: False) as db:
            [used] = db.execute(sql.USED).fetchone()
            if used <= size:
                return None
            is_worn = self._upkeep.is_worn(db)
            doomed = {} if is_worn else oldest_piece(db)
            if doomed:
                self._delete(db, json.dumps(list(doomed)))
        if not (is_worn or doomed):
            return None
        self._due = 0.0
        if is_worn:
            self.in_spare_time()
        return {room: entry_id for entry_id, room in doomed.items()}

    def delete(self, ids: Sequence[int]) -> None:
        """Delete the messages with these ids, a page of them at most."""
        with self._change(lambda db: False) as db:
            self._delete(db, json.dumps(ids))
        self._due = 0.0

    def _delete(self, db: sqlite3.Connection, ids: str) -> None:
        db.execute(sql.MARK_DELETED, [ids])
        db.execute(sql.HEAD, [ids])
        self._upkeep.remove(db, ids)
        db.execute(sql.DELETE, [ids])

    def replace(self, entry_id: int, kind: str, text: str) -> bool:
        """Replace the kind and text of a message, and return whether it exists."""
        count = 0

        def is_made(db: sqlite3.Connection) -> bool:
            query = "SELECT kind, text FROM said WHERE id = ?"
            found: object = db.execute(query, [entry_id]).fetchone()
            return found == ((kind, text) if count else None)

        with self._change(is_made) as db:
            ids = f"[{entry_id}]"
            self._upkeep.remove(db, ids)
            count = db.execute(sql.REPLACE, (entry_id, kind, text)).rowcount
            self._upkeep.index(db, ids)
            if count:
                db.execute(sql.MARK_TRACES, (entry_id, IN_INDEX, IN_LOG))
        self._due = 0.0
        return bool(count)

    def put(self, name: str, value: str | None, version: int) -> None:
        """Create, change or delete a record. Raises Conflict, too."""
        wanted = None if value is None else (value, version + 1)

        def is_made(db: sqlite3.Connection) -> bool:
            found: object = db.execute(sql.RECORD, [name]).fetchone()
            return found == wanted

        with self._change(is_made, is_step=True) as db:
            if value is None:
                done = db.execute(sql.DELETE_RECORD, (name, version))
            elif version:
                done = db.execute(sql.CHANGE_RECORD, (value, name, version))
            else:
                done = db.execute(sql.ADD_RECORD, (name, value, RECORDS))
            if not done.rowcount:
                found = db.execute(sql.RECORD, [name]).fetchone()
                if version != (found[1] if found else 0):
                    raise Conflict(f"somebody else has changed {name}")
                if value is not None:
                    raise StoreError("there are too many records")

    def in_spare_time(self) -> float | None:
        """Clear failed calls, index messages, clear what was deleted; see Thread."""
        if self._due <= monotonic():
            self._due = monotonic() + AGAIN  # unless it succeeds
            try:
                if self._in_doubt:
                    self._mend()
                db = self._connected()
                # The rest need not reach the disk at once: it can be redone.
                with synchronously(db, "normal", self._synchronous):
                    if self._upkeep.goes_on(db):
                        self._due = monotonic() + self._upkeep.pause
                    else:
                        again = inf if self._upkeep.is_clean(db) else monotonic() + AGAIN
                        self._due = min(self._upkeep.new_at, again)
                self._trouble_in_spare_time.note()
            except sqlite3.Error as error:
                self._in_doubt = True
                self._due = monotonic() + AGAIN
                self._disconnect()
                self._trouble_in_spare_time.note(reason_of(error, self._path))
        return None if self._due == inf else max(0.0, self._due - monotonic())
