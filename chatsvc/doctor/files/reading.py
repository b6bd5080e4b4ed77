"""Reading a store that a server may be using, without writing to it or its folder."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chatsvc.backup import check
from chatsvc.backup.pace import go_gently
from chatsvc.stores.sqlite.connection import connect


@contextmanager
def reading(store: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads. Raises sqlite3.Error."""
    path = str(store)
    wal = f"{os.path.realpath(path)}-wal"
    is_alone = not os.path.exists(wal) or not os.stat(wal).st_size
    # Without a log there is nobody to agree with, and SQLite would leave files behind.
    with closing(connect(path, "mode=ro&immutable=1" if is_alone else "mode=ro")) as db:
        go_gently(db)
        yield db


def newest(store: Path) -> float:
    """Seconds since the epoch of the newest message in a store; 0 if that is not known."""
    try:
        with reading(store) as db:
            return check.newest(db)
    except sqlite3.Error:
        return 0.0
