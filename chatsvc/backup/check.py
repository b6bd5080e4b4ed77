"""Checking that a file is a complete store, before anybody relies on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.backup import files
from chatsvc.backup.pace import go_gently
from chatsvc.stores.sqlite.connection import connect, reason_of, unusable
from chatsvc.stores.sqlite.schema import check_owner, scripts

if TYPE_CHECKING:
    from pathlib import Path


SHOWN = 80  # characters of a name
MOST_ADDED = 10  # indexes that an administrator has added; each message goes into all of them
# The definitions of tables, indexes and the like, except SQLite's own, which have none or are
# statistics.
_OBJECTS = (
    "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    " AND NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4'))"
)
# Indexes that an administrator may add: of columns alone, so that nothing is computed for them, and
# nothing is refused because of them.
_HARMLESS = """
SELECT type, name, sql FROM sqlite_master AS made WHERE type = 'index' AND sql IS NOT NULL
    AND EXISTS (
        SELECT 1 FROM pragma_index_list(made.tbl_name) AS listed
        WHERE listed.name = made.name AND NOT listed."unique" AND NOT listed.partial
    )
    AND NOT EXISTS (SELECT 1 FROM pragma_index_xinfo(made.name) WHERE cid = -2)
"""


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


def _strange(db: sqlite3.Connection, version: int) -> str:
    """Something in a store that no store of its version has; empty for nothing.

    It might be a trigger or a view, which a server would run; a few indexes of columns are
    harmless. Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(":memory:")) as pattern:
        for step in scripts()[:version]:
            pattern.executescript(step)
        pattern.execute(files.CREATE)
        usual = set(pattern.execute(_OBJECTS))
    strange = {*db.execute(_OBJECTS)} - usual
    if len(strange) <= MOST_ADDED:
        strange -= {*db.execute(_HARMLESS)}
    return min([name[:SHOWN] for _, name, _ in strange], default="")


def checked(path: Path) -> Contents:
    """The contents of a file that nobody writes to, read in full. Raises Unusable if damaged."""
    text = str(path)
    try:
        with closing(connect(text, "mode=ro&immutable=1")) as db:
            go_gently(db)
            is_new, version = check_owner(db, text)
            if is_new:
                raise unusable(text, "it is empty")
            if version > len(scripts()):
                raise unusable(text, "a newer chatsvc made it; install that version again")
            if strange := _strange(db, version):
                raise unusable(text, f"chatsvc has not made all that is in it, such as {strange}")
            [found] = db.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise unusable(text, f"the file is damaged: {found}")
            return contents(db)
    except sqlite3.Error as error:
        raise unusable(text, reason_of(error, text)) from error
