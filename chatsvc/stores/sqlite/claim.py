"""Claiming a database file, for one server at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import stat
from contextlib import closing, suppress

from chatsvc.stores.sqlite.connection import REASONS, connect, unusable
from chatsvc.stores.sqlite.schema import APPLICATION, check_owner

MAGIC = b"SQLite format 3\0"  # the start of every database (SQLite's file format, 1.3.1)
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
