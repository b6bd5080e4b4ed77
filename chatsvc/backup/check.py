"""Checking that a file is a whole store, before anybody relies on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.backup.pace import go_gently
from chatsvc.stores.sqlite.connection import connect, reason_of, unusable
from chatsvc.stores.sqlite.schema import check_owner, scripts

if TYPE_CHECKING:
    from pathlib import Path


class Contents(NamedTuple):
    """What a store holds.

    version: of its schema.
    messages, records: how many there are.
    newest: seconds since the epoch of the newest message; 0 without any.
    """

    version: int
    messages: int
    records: int
    newest: float


def contents(db: sqlite3.Connection) -> Contents:
    """What a store holds. Raises sqlite3.Error."""
    [version] = db.execute("PRAGMA user_version").fetchone()
    [messages] = db.execute("SELECT count(*) FROM said").fetchone()
    [records] = db.execute("SELECT count(*) FROM records").fetchone()
    return Contents(version, messages, records, newest(db))


def newest(db: sqlite3.Connection) -> float:
    """Seconds since the epoch of the newest message; 0 without any. Raises sqlite3.Error."""
    found = db.execute("SELECT at FROM said ORDER BY id DESC LIMIT 1").fetchone()
    return found[0] if found else 0.0


def checked(path: Path) -> Contents:
    """What a file holds that nobody writes to, read in full. Raises Unusable if it is not whole."""
    text = str(path)
    try:
        with closing(connect(text, "mode=ro&immutable=1")) as db:
            go_gently(db)
            is_new, version = check_owner(db, text)
            if is_new:
                raise unusable(text, "it is empty")
            if version > len(scripts()):
                raise unusable(text, "a newer chatsvc made it; install that version again")
            [found] = db.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise unusable(text, f"the file is damaged: {found}")
            return contents(db)
    except sqlite3.Error as error:
        raise unusable(text, reason_of(error, text)) from error
