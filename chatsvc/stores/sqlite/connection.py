"""Connections to the database, and its errors in words."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger, LogLevel

from chatsvc.store import Unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUSY = 2.0  # seconds to wait for another process's lock
ROWS = 99  # of one INSERT; older versions of SQLite allow 999 parameters
PAGE = 200  # rows read, indexed or deleted at once, so that nobody waits long
LARGEST = 2**63 - 1  # the largest integer in SQLite
WAL_BYTES = 16 * 1024 * 1024  # to which a larger write-ahead log shrinks
# Pages of the log at which the writer merges it, and commits wait; see `SqliteStore`.
MOST_PAGES = 1900
QUIET = 60.0  # seconds between two warnings of the same kind
REASONS = {
    sqlite3.SQLITE_BUSY: "another process has locked the file",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk has an error",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_READONLY: "the file cannot be written to",
}
OS_REASONS = {
    errno.EACCES: "permission denied: the server's user has to own the file and its folder",
    errno.ENOENT: "its folder does not exist",
    errno.ENOSPC: REASONS[sqlite3.SQLITE_FULL],
}
LASTING_ERRORS = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}


class Gone(sqlite3.OperationalError):
    """The path no longer leads to the file that is open: what is written there would be lost."""

    def __init__(self) -> None:
        super().__init__("the file was moved, removed or replaced")


class Trouble:
    """Logs when something in the database begins to fail, and when it works again.

    what: the subject of the sentence in the log.
    """

    _log = Logger()

    def __init__(self, what: str) -> None:
        self._what = what
        self._reason = ""
        self._quiet_until = -inf

    def note(self, reason: str = "", level: Any = LogLevel.warn) -> None:
        """Note a failure with its reason, or a success."""
        if not reason and self._reason:
            self._log.info("{what} works again.", what=self._what)
        elif reason and reason != self._reason and monotonic() >= self._quiet_until:
            words = "{what} does not work: {reason}."
            self._log.emit(level, words, what=self._what, reason=reason)
            self._quiet_until = monotonic() + QUIET
        else:
            return
        self._reason = reason


def connect(path: str, how: str = "mode=rw") -> sqlite3.Connection:
    """Connect to an existing file; a missing one is not created."""
    return sqlite3.connect(
        f"{Path(os.path.realpath(path)).as_uri()}?{how}",
        uri=True,
        timeout=BUSY,
        isolation_level=None,  # transactions begin where we say so
        cached_statements=2 * ROWS,
    )


def connect_to_write(path: str, synchronous: str) -> sqlite3.Connection:
    """Connect to a file for its one writer.

    synchronous: as for SqliteStore.
    """
    db = connect(path)
    db.execute(f"PRAGMA synchronous = {synchronous}")
    db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}").fetchone()
    db.execute(f"PRAGMA wal_autocheckpoint = {MOST_PAGES}").fetchone()
    # Deleted and replaced texts are overwritten. (In Debian's SQLite that is the default.)
    db.execute("PRAGMA secure_delete = ON").fetchone()
    return db


@contextmanager
def synchronously(db: sqlite3.Connection, how: str, usual: str) -> Iterator[None]:
    """Let a change reach the disk at once ("full") or later, and the next ones as usual."""
    db.execute(f"PRAGMA synchronous = {how}")
    try:
        yield
    finally:
        with suppress(sqlite3.Error):  # it is about to be closed
            db.execute(f"PRAGMA synchronous = {usual}")


@contextmanager
def savepoint(db: sqlite3.Connection) -> Iterator[None]:
    """Make a change of several steps atomically within a batch, unless the database fails."""
    db.execute("SAVEPOINT one")
    try:
        yield
    except Exception as error:
        if not is_of_database(error):
            db.execute("ROLLBACK TO one")
            db.execute("RELEASE one")
        raise
    db.execute("RELEASE one")


def unusable(path: str, reason: str) -> Unusable:
    """The error for a file that cannot be a store."""
    return Unusable(f"cannot open {path}: {reason}")


def code_of(error: sqlite3.Error) -> int:
    """The primary error code; 0 for the module's own errors."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF  # without the extended code


def reason_of(error: sqlite3.Error, path: str) -> str:
    """The reason of a database error, in words."""
    if isinstance(error, Gone):
        return str(error)
    code = code_of(error)
    if code == sqlite3.SQLITE_IOERR and _is_full(path):  # the error for the -shm file then
        code = sqlite3.SQLITE_FULL
    return REASONS.get(code, f"the database has an error: {error}")


def os_reason_of(error: OSError) -> str:
    """The reason of a system error, in words."""
    return OS_REASONS.get(error.errno or 0, error.strerror or str(error))


def _is_full(path: str) -> bool:
    try:
        return os.statvfs(os.path.dirname(os.path.realpath(path))).f_bavail == 0
    except OSError:
        return False


def is_of_database(error: Exception) -> bool:
    """Whether the database is at fault, and not the values."""
    is_of_values = isinstance(error, sqlite3.DataError | sqlite3.IntegrityError)
    is_of_json = str(error) == "malformed JSON"  # which has no code of its own
    return isinstance(error, sqlite3.Error) and not is_of_values and not is_of_json


def raised_by(change: Callable[[], None]) -> Exception | None:
    """The error that a change raises, or None; errors of the database are raised."""
    try:
        change()
    except Exception as error:
        if is_of_database(error):
            raise
        return error
    return None
