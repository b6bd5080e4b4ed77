"""Claiming a database file, for one server at a time, and noticing its loss."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import stat
from contextlib import closing, suppress
from math import inf
from time import monotonic

from chatsvc.stores.sqlite.connection import REASONS, Gone, connect, unusable
from chatsvc.stores.sqlite.schema import APPLICATION, check_owner

MAGIC = b"SQLite format 3\0"  # the start of every database (SQLite's file format, 1.3.1)
LOOK_EVERY = 2.0  # seconds in which nobody looks whether the file is still there
HEADER_BYTES = 72  # of the file, up to the end of its application_id (section 1.3)


def is_there(path: str) -> bool:
    """Whether the file exists. Raises OSError, and Unusable if it is not an ordinary file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise unusable(path, "it is no ordinary file")
    return True


class Place:
    """The place of an open file, from which somebody may move or remove it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._taken: tuple[int, int] | None = None
        self._look_at = 0.0

    def take(self) -> None:
        """Note which file is there."""
        self._taken = self._found()

    def check(self, now: float = inf) -> None:
        """Check, every LOOK_EVERY seconds, that the same file is there. Raises Gone.

        now: by the monotonic clock; to check in any case, inf.
        """
        if now >= self._look_at:
            self._look_at = monotonic() + LOOK_EVERY
            if self._found() != self._taken:
                raise Gone

    def _found(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino


def lock_out(path: str) -> int:
    """Lock other servers out, and create the file, empty, if it does not exist.

    Returns a descriptor; closing it ends the lock. Raises OSError, and Unusable if another server
    has the lock, or another program has made the file.
    """
    _look(path)
    lock = claim(path)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError:
        os.close(lock)
        raise
    return lock


def claim(path: str) -> int:
    """Lock other servers out of any file, even if it does not exist.

    Returns a descriptor; closing it ends the lock. Raises OSError, and Unusable if another server
    has the lock.
    """
    # A lock on the file itself would not do: closing the file drops SQLite's own locks on it. This
    # lock ends with the process, however that ends.
    lock = os.open(f"{path}-lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            raise unusable(path, "another server uses it; stop that one first") from None
        raise
    return lock


def _look(path: str) -> None:
    """Check who made an existing file, before anything is created or changed."""
    if not is_there(path):
        return
    with open(path, "rb") as file:
        header = file.read(HEADER_BYTES)
    # SQLite takes a file shorter than its header for an empty one.
    if header[: len(MAGIC)] not in (MAGIC, b""):
        raise unusable(path, REASONS[sqlite3.SQLITE_NOTADB])
    if header.endswith(APPLICATION.to_bytes(4, "big")):
        return  # parts of it may be only in its write-ahead log
    # Opened for writing, SQLite would merge the log into the file, even another program's.
    how = "mode=ro" if os.path.exists(f"{path}-wal") else "mode=ro&immutable=1"
    with suppress(sqlite3.Error), closing(connect(path, how)) as db:
        check_owner(db, path)
