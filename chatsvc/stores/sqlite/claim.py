"""Claiming the database's file: whether it is one of this server's, and nobody else's now."""

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
HEADER_BYTES = 72  # of the file, up to the end of its application_id (the same, 1.3)


def is_there(path: str) -> bool:
    """Whether the file exists. Raises OSError, and Unusable if it is no ordinary file."""
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
    """Lock out other servers, and make sure that there is a file, perhaps empty.

    Returns the descriptor of the lock, which holds until that is closed. Raises OSError, and
    Unusable when another server has it, or the file is of another program.
    """
    _look(path)
    # Locking the file itself would not do: closing it drops SQLite's locks on it. The kernel drops
    # this lock when the process ends, whatever ends it.
    lock = os.open(f"{path}-lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            raise unusable(path, "another server uses it; stop that one first") from None
        raise
    return lock


def _look(path: str) -> None:
    """Check whose an existing file is, before anything is created or changed."""
    if not is_there(path):
        return
    with open(path, "rb") as file:
        header = file.read(HEADER_BYTES)
    # SQLite takes a file shorter than its header for empty.
    if header[: len(MAGIC)] not in (MAGIC, b""):
        raise unusable(path, REASONS[sqlite3.SQLITE_NOTADB])
    if header.endswith(APPLICATION.to_bytes(4, "big")):
        return  # a part of it may be only in its log
    # Opened for writing, SQLite would bring the log into the file, whoever made it.
    how = "mode=ro" if os.path.exists(f"{path}-wal") else "mode=ro&immutable=1"
    with suppress(sqlite3.Error), closing(connect(path, how)) as db:
        check_owner(db, path)
