"""The reading side of the database."""

from __future__ import annotations

import json
import os
import sqlite3
from bisect import bisect_left, bisect_right
from contextlib import suppress
from heapq import merge
from typing import TYPE_CHECKING

from chatsvc.store import StoreError, StoreState, Usage
from chatsvc.stores.segments import Segment, segments
from chatsvc.stores.sqlite import statements as sql
from chatsvc.stores.sqlite.connection import (
    LARGEST,
    PAGE,
    Trouble,
    connect,
    os_reason_of,
    reason_of,
    unusable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from chatsvc.store import Figures


AT, ID = 1, 2  # columns of sql.NEAREST
MOST_COUNTED = 10_000  # messages that are not indexed: the newer, and the older
PIECE = 64 * 1024  # characters of messages that are deleted at once, about: 5 ms
RECENT = 2000  # newest messages of a room, whose times are compared one by one


def state_of(db: sqlite3.Connection, path: str) -> StoreState:
    """The state of a database that is opened. Raises Unusable if it is damaged."""
    for table in ("heads", "marks"):
        if db.execute(f"PRAGMA quick_check({table})").fetchone() != ("ok",):
            raise unusable(path, "the file is damaged")
    db.execute(sql.NEWEST, (LARGEST, 1)).fetchone()
    db.execute(sql.SEARCH, ("nothing", 0, LARGEST, 1)).fetchone()
    [last_id] = db.execute(sql.LAST_ID).fetchone()
    heads = dict(db.execute("SELECT room, head FROM heads"))
    heads.update(db.execute(sql.HEADS))  # never below those of deleted messages
    return StoreState(last_id, heads)


def oldest_before(db: sqlite3.Connection, room: str | None, at: float, most: int) -> list[int]:
    """The ids of the oldest messages from before a time, at most `most`.

    room: only of that room; None for all.
    """
    if room is not None:
        return _ids(db, sql.OLDEST_IN_ROOM, room, most, at)
    found: list[int] = []
    for first, last in _segments(db):
        found += _ids(db, sql.OLDEST_OF_ALL, first, last, most - len(found), at)
    return found


def oldest_piece(db: sqlite3.Connection) -> dict[int, str]:
    """A piece of the oldest messages of all, those of imports included: their rooms by their ids.

    It is a page at most, and as little as takes no long time; empty if there are no messages.
    """
    found: dict[int, str] = {}
    left = PIECE
    by_age = merge(*[db.execute(sql.BY_AGE, segment) for segment in _segments(db)])
    for _, entry_id, room, length in by_age:
        found[entry_id] = room
        left -= length
        if left <= 0 or len(found) >= PAGE:
            break
    return found


def _segments(db: sqlite3.Connection) -> list[Segment]:
    return segments(db.execute(sql.IMPORTS).fetchall())


def _ids(db: sqlite3.Connection, query: str, *parameters: object) -> list[int]:
    [ids] = db.execute(query, parameters).fetchone()
    found: list[int] = json.loads(ids)
    return found


class Reader:
    """Reads the database, a page at a time, as each row delays others a little.

    what: its task, for the log.
    """

    def __init__(self, path: str, figures: Figures, what: str = "Reading") -> None:
        self._path = path
        self._figures = figures
        self._db: sqlite3.Connection | None = None
        self._trouble = Trouble(f"{what} {path}")

    def rows(self, query: str, parameters: Sequence[object]) -> list[Any]:
        """The rows that a query returns. Raises StoreError."""
        try:
            if self._db is None:
                self._db = connect(self._path)
            rows = self._db.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            self.close()  # the next call reconnects
            reason = reason_of(error, self._path)
            self._trouble.note(reason)
            self._figures.failed_reads += 1
            raise StoreError(reason) from error
        self._trouble.note()
        return rows

    def position_at(self, room: str, at: float) -> int:
        """The position of a room's last message before a time; 0 if there is none.

        Among the newest messages, this is right even if a clock was set back.
        """
        [(found,)] = self.rows(sql.NEWEST_BEFORE, [room, RECENT, at])
        return self.position_below(room, AT, at) if found is None else int(found)

    def position_below(self, room: str, column: int, bound: float) -> int:
        """The position of a room's last message with a time or id below a bound; 0 for none.

        A higher position means a higher id; and a later time, unless a clock was set back.
        """
        [(first, last)] = self.rows(sql.ENDS, [room])
        if first is None:
            return 0

        def nearest(position: int) -> tuple[int, float, int]:
            [row] = self.rows(sql.NEAREST, [room, position])
            return row  # type: ignore[no-any-return]  # as the query has it

        positions = range(first, last + 1)
        index = bisect_left(positions, bound, key=lambda position: nearest(position)[column])
        return nearest(positions[index - 1])[0] if index else 0

    def segments(self) -> list[Segment]:
        """The segments of ids, highest first."""
        return segments(self.rows(sql.IMPORTS, []))[::-1]

    def id_after(self, at: float, segment: Segment) -> int:
        """An id above those of all messages of a segment up to a time, and of no later ones.

        A higher id means a later time but for a clock that was corrected.
        """
        [(first, last)] = self.rows(sql.IDS, segment)
        if first is None:
            return 0

        def time_of(entry_id: int) -> float:
            [(when,)] = self.rows(sql.NEAREST_ID, [entry_id])
            return float(when)

        ids = range(first, last + 1)
        return int(first) + bisect_right(ids, at, key=time_of)

    def usage(self) -> Usage:
        """How much of their disk the files use, and how much is unindexed. Raises StoreError."""
        [(unindexed,)] = self.rows(sql.UNINDEXED, [MOST_COUNTED])
        path = os.path.realpath(self._path)
        try:
            size = os.stat(path).st_size
            with suppress(FileNotFoundError):  # while the write-ahead log is empty
                size += os.stat(f"{path}-wal").st_size
            disk = os.statvfs(path)
        except OSError as error:
            raise StoreError(os_reason_of(error)) from error
        return Usage(size, disk.f_bavail * disk.f_frsize, unindexed)

    def close(self) -> None:
        """Disconnect; a later call reconnects."""
        if self._db is not None:
            self._db.close()
            self._db = None
