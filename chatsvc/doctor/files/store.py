"""The store: damage, and its owner."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from chatsvc.backup.check import contents
from chatsvc.doctor.files.reading import reading
from chatsvc.doctor.finding import Finding, fault, ok, warning
from chatsvc.doctor.server import Server
from chatsvc.store import RECORDS, Unusable
from chatsvc.stores.sqlite.connection import reason_of
from chatsvc.stores.sqlite.schema import check_owner, scripts
from chatsvc.text.numbers import counted

LARGE_LOG = 256 * 1024 * 1024  # bytes; it shrinks to 16 MiB by itself
MANY = 0.9  # of the most records
RESTORE = (
    "Stop the server, and restore the last backup: chatsvc-admin restore FILE; the damaged file is"
    ' kept. Without one, see what can be saved: docs/operating.md, "If the file is damaged".'
)


def check_file(server: Server) -> Iterator[Finding]:
    """Whether there is a store of ours, of a version that we know."""
    store = server.store
    if store is None:
        yield warning(
            "the store is in memory: all that was said is gone when the server ends.",
            "Set --store sqlite:chatsvc.sqlite if it is to be kept.",
        )
        return
    if not store.exists():
        yield ok(f"there is no store at {store} yet; the server makes one.")
        return
    path = str(store)
    try:
        with reading(store) as db:
            is_new, version = check_owner(db, path)
    except Unusable as error:
        yield fault(f"{error}.", "Name the file of the server's own store with --store.")
        return
    except sqlite3.Error as error:
        yield fault(f"cannot open {store}: {reason_of(error, path)}.", RESTORE)
        return
    newest = len(scripts())
    if version > newest:
        yield fault(
            f"a newer chatsvc made {store}: its schema has version {version}, and this one knows"
            f" {newest}.",
            "Install the newer version again: pip install --upgrade chatsvc",
        )
    elif version < newest and not is_new:
        yield warning(
            f"the schema of {store} has version {version}, and the newest is {newest}.",
            "Start the server, which upgrades it after a copy. If it runs, restart it.",
        )
    else:
        yield ok(f"{store} has version {newest} of the schema.")


def check_whole(server: Server) -> Iterator[Finding]:
    """Whether the store is damaged; this reads all of it, and keeps nobody from writing."""
    store = server.store
    if store is None or not store.exists():
        return
    path = str(store)
    try:
        with reading(store) as db:
            [found] = db.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                yield fault(f"{store} is damaged: {found}.", RESTORE)
                return
            held = contents(db)
    except sqlite3.Error as error:
        yield fault(f"{store} cannot be read: {reason_of(error, path)}.", RESTORE)
        return
    if held.records > MANY * RECORDS:
        yield warning(
            f"{store} holds {held.records} of at most {RECORDS} accounts, rooms and other records.",
            "Remove accounts and rooms that nobody uses any more.",
        )
    messages, records = counted(held.messages, "message"), counted(held.records, "record")
    yield ok(f"{store} is whole, with {messages} and {records}.")


def check_log(server: Server) -> Iterator[Finding]:
    """Whether something keeps the write-ahead log from being emptied."""
    if server.store is None:
        return
    log = Path(f"{os.path.realpath(server.store)}-wal")
    if log.exists() and (size := log.stat().st_size) > LARGE_LOG:
        yield warning(
            f"{log}, the log of what is not in the store yet, has {size // 2**20} MiB.",
            f"Some program reads the store for a long time; see which, and end it: fuser -v {log}",
        )
