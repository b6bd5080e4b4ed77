"""Copying a store while a server writes to it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from time import monotonic, sleep
from typing import TYPE_CHECKING

from chatsvc.backup import check, files
from chatsvc.backup.acting import acting_for
from chatsvc.store import StoreError
from chatsvc.stores.sqlite.connection import connect, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from chatsvc.backup.check import Contents
    from chatsvc.backup.files import Beside

PAGES = 256  # of the database, copied at once
REST = 1.0  # seconds of rest for each second of work, so that the server's commits find room
MOST_REST = 0.25  # seconds at once


def copy(store: Path, to: Path, beside: Iterable[Beside]) -> Contents:
    """Copy a store, as it is at one moment, to an empty file; returns what the copy has to hold.

    It reads everything in one transaction, which keeps no writer waiting. Each piece reaches the
    disk before the next is read: a commit of the server, which has to wait for the disk, waits for
    one piece at most.

    store: the file of the store; it is opened as by any reader, and not changed.
    to: an existing empty file on any disk.
    beside: the files to put into the copy.

    Raises StoreError.
    """
    try:
        with acting_for(store), closing(connect(str(store))) as source:
            source.execute("BEGIN")
            expected = check.contents(source)  # it has opened all that it needs
            with acting_for(to), closing(connect(str(to))) as target:
                _copy(source, target, to, beside)
            return expected
    except sqlite3.Error as error:
        why = reason_of(error, str(to))
        raise StoreError(f"cannot copy {store} to {to.parent}: {why}") from error


def _copy(
    source: sqlite3.Connection, target: sqlite3.Connection, to: Path, beside: Iterable[Beside]
) -> None:
    """Copy one database to another, and put files into that."""
    target.execute("PRAGMA synchronous = OFF")  # this file waits for the disk by itself
    target.execute("PRAGMA journal_mode = OFF").fetchone()
    descriptor = os.open(to, os.O_RDWR)
    try:
        source.backup(target, pages=PAGES, progress=_Pace(descriptor).rest, sleep=0)
        # A single file: it needs no other files beside it, and a read-only disk is enough.
        target.execute("PRAGMA journal_mode = DELETE").fetchone()
        files.put(target, beside)
        os.fsync(descriptor)
        # What is checked later comes from the disk, as far as the system can tell.
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


class _Pace:
    """Waits for the disk after each piece, and rests in proportion."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._began = monotonic()

    def rest(self, _status: int, _left: int, _all: int) -> None:
        """Rest after a piece."""
        os.fdatasync(self._descriptor)
        sleep(min(REST * (monotonic() - self._began), MOST_REST))
        self._began = monotonic()
