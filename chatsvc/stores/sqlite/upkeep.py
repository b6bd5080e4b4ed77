"""Upkeep of the database in spare time: indexing, merging, clearing."""

from __future__ import annotations

import json
import sqlite3
from functools import lru_cache
from itertools import chain
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

from chatsvc.stores.sqlite import statements as sql
from chatsvc.stores.sqlite.connection import BUSY, LARGEST, PAGE
from chatsvc.stores.sqlite.query import word_of
from chatsvc.text.words import VERSION, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = tuple[int, str, str, str]  # an id, and the words of the text, the speaker and the room

INDEX_AFTER = 0.5  # seconds in which new messages gather: one by one, indexing takes longer
# Characters indexed at once, which takes 2 ms at most; commits wait meanwhile. Each word takes as
# long as A_WORD characters more.
PIECE = 32 * 1024
A_WORD = 16
# The pause before the next step, as a multiple of the last step's time: steps keep the writer, and
# the reactor's processor, busy for a quarter of the time at most. If something was said since the
# last step, it is 4 %, in which some five thousand messages a second are indexed.
REST = 3
REST_IN_TALK = 24
LONGEST_REST = 0.05  # seconds, however long a busy disk takes for a step
PARTS = 8  # parts of the index that gather before a merge; SQLite waits for 16
NAMES = 1000  # cached words of names: most messages are from the same few people and rooms
PAGES = 12  # pages of the file merged or given back at once
MERGED = 4  # parts of similar size in a merge: FTS5's default; 2 while traces are cleared

# Where traces of replaced texts may be left; see schema.sql.
NO_TRACES, IN_LOG, BEING_MERGED, IN_INDEX = range(4)


class Upkeep:
    """Maintains the full-text index and clears what was deleted, in small steps.

    is_importing: whether an import runs, whose messages are indexed after it.
    pause: seconds before the next step, in which others go first.
    new_at: when new messages are indexed next; inf if there are none.

    Each method takes the connection, and raises sqlite3.Error.
    """

    def __init__(self) -> None:
        self.is_importing = False
        self.pause = 0.0
        self.new_at = 0.0  # those from before the start
        self._is_talk = False  # whether something was said since the last step
        self._parts = 0  # parts of the index that are not merged, or more
        self._rows = PAGE  # to read for the next piece: hardly more than fit into it

    def renew_index(self, db: sqlite3.Connection) -> None:
        """Start a new index if the old one was made by other rules."""
        if db.execute("SELECT words FROM marks").fetchone() != (VERSION,):
            with db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("INSERT INTO words (words) VALUES ('delete-all')")
                db.execute(sql.SET_INDEX, ("usermerge", MERGED))
                db.execute(sql.INDEX_ANEW, (VERSION, IN_LOG))
                db.execute("UPDATE imports SET unindexed = last + 1")  # indexed with all others

    def note_new(self) -> float:
        """Note that there are new messages, and return when they are indexed; inf if known."""
        self._is_talk = True
        if self.new_at < inf:
            return inf
        self.new_at = monotonic() + INDEX_AFTER
        return self.new_at

    def goes_on(self, db: sqlite3.Connection) -> bool:
        """Do one small step, and return whether there is more to do, after `pause`."""
        began = monotonic()
        is_more = self._does_more(db)
        rest = REST_IN_TALK if self._is_talk else REST
        self._is_talk = False
        self.pause = min(rest * (monotonic() - began), LONGEST_REST)
        return is_more

    def _does_more(self, db: sqlite3.Connection) -> bool:
        if self._parts >= PARTS:
            self._merge(db)
            return True
        if self.new_at <= monotonic():
            with db:
                db.execute("BEGIN IMMEDIATE")
                is_done = self.index_new(db)
            if is_done:
                self.new_at = inf
            return True
        if self._index_older(db) or (not self.is_importing and self._index_imported(db)):
            return True
        traces = self._traces(db)
        if traces == IN_INDEX or (traces != BEING_MERGED and self.is_worn(db)):
            self._begin_to_clear(db)
        return not (self._merge(db) and self._give_back(db))

    def is_clean(self, db: sqlite3.Connection) -> bool:
        """Clear replaced texts out of the write-ahead log, and return whether none is left."""
        return not self._traces(db) or self._empty_log(db)

    def index_new(self, db: sqlite3.Connection) -> bool:
        """Index a few more of the new messages, and return whether all are indexed."""
        if ids := self._index_piece(db, sql.NEXT):
            db.execute("UPDATE marks SET indexed = ?", [ids[-1]])
        return db.execute(sql.IS_ANY_NEW, [LARGEST]).fetchone() is None

    def _index_older(self, db: sqlite3.Connection) -> bool:
        """Index a few more of the older messages, and return whether there were any."""
        with db:
            db.execute("BEGIN IMMEDIATE")
            if ids := self._index_piece(db, sql.OLDER, is_backwards=True):
                db.execute("UPDATE marks SET unindexed = ?", [ids[0] - 1])
        return bool(ids)

    def _index_imported(self, db: sqlite3.Connection) -> bool:
        """Index a few more of the imported messages, and return whether there were any."""
        found = db.execute(sql.UNINDEXED_IMPORTS).fetchone()
        if found is not None:
            first, unindexed, last = found
            with db:
                db.execute("BEGIN IMMEDIATE")
                ids = self._index_piece(db, sql.IMPORTED, unindexed, last)
                done = ids[-1] if ids else last
                db.execute("UPDATE imports SET unindexed = ? WHERE first = ?", [done + 1, first])
        return found is not None

    def _index_piece(
        self, db: sqlite3.Connection, query: str, *parameters: object, is_backwards: bool = False
    ) -> list[int]:
        """Index the first few messages that a query finds, and return their ids, lowest first."""
        [found] = db.execute(query, (*parameters, self._rows)).fetchone()
        while len(found) > 4 * PIECE and self._rows > 1:  # they are longer than those before
            self._rows = max(self._rows // 4, 1)
            [found] = db.execute(query, (*parameters, self._rows)).fetchone()
        texts = sorted(json.loads(found), reverse=is_backwards)
        rows: list[Row] = []
        size = 0
        for text in texts:
            rows.append(row := _row(text))
            size += len(text[1]) + A_WORD * row[1].count(" ")
            if size >= PIECE:
                break
        self._rows = min(PAGE, 2 * (self._rows if len(rows) == len(texts) else len(rows)))
        rows.sort()
        self._write(db, "NULL", rows)
        return [row[0] for row in rows]

    def index(self, db: sqlite3.Connection, ids: str) -> None:
        """Add the messages with these ids, in JSON, that are overdue."""
        self._write(db, "NULL", self._indexed(db, ids))

    def remove(self, db: sqlite3.Connection, ids: str) -> None:
        """Remove the messages with these ids, in JSON, as far as they are in the index."""
        rows = self._indexed(db, ids)
        self._write(db, "'delete'", rows)
        db.execute(sql.MARK_REMOVED, [sum([sum(map(len, row[1:])) for row in rows])])

    def _indexed(self, db: sqlite3.Connection, ids: str) -> list[Row]:
        [texts] = db.execute(sql.INDEXED, [ids]).fetchone()
        return sorted(map(_row, json.loads(texts)))

    def _write(self, db: sqlite3.Connection, command: str, rows: Sequence[Row]) -> None:
        """Add a page of rows at most to the index, or "delete" them; the lowest ids first."""
        if rows:
            # One statement: FTS5 begins another part of the index for each.
            values = ", ".join([sql.WORDS.format(command)] * len(rows))
            db.execute(sql.INDEX + values, list(chain.from_iterable(rows)))
            self._parts += 1

    def _merge(self, db: sqlite3.Connection) -> bool:
        """Merge a few pages of the index's small parts, and return whether all are merged."""
        changes = db.total_changes
        db.execute(sql.SET_INDEX, ("merge", PAGES))
        is_merged = db.total_changes - changes < 2  # see FTS5's manual, "merge"
        if is_merged:
            self._parts = 0
            if self._traces(db) == BEING_MERGED:
                with db:
                    db.execute("BEGIN IMMEDIATE")
                    db.execute(sql.SET_INDEX, ("usermerge", MERGED))
                    db.execute("UPDATE marks SET traces = ?, removed = 0", [IN_LOG])
        return is_merged

    def _traces(self, db: sqlite3.Connection) -> int:
        """Where traces of replaced texts may be left."""
        [traces] = db.execute("SELECT traces FROM marks").fetchone()
        return int(traces)

    def is_worn(self, db: sqlite3.Connection) -> bool:
        """Whether removed words are a notable part of the file.

        FTS5 drops them only from its largest part, in a merge that it has each time that four times
        as much was written as at the last one. Where as much is deleted as is said, the index would
        be several times as large as it has to be.
        """
        [is_worn] = db.execute(sql.IS_WORN).fetchone()
        return bool(is_worn)

    def _begin_to_clear(self, db: sqlite3.Connection) -> None:
        """Begin to merge the whole index into one part, which drops deleted words.

        Until then it contains them twice: in their own part, and as deleted in a newer part.

        The option "secure-delete" of FTS5 (3.42 and newer) would drop them at once, but then no
        older SQLite could read the file.
        """
        # A negative number merges all parts, not only those of similar size. Messages indexed
        # meanwhile make new parts. With three of them, FTS5 would wait for a fourth, and leave them
        # half merged, unless two are enough.
        with db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(sql.SET_INDEX, ("usermerge", 2))
            db.execute(sql.SET_INDEX, ("merge", -1))
            db.execute("UPDATE marks SET traces = ?", [BEING_MERGED])

    def _empty_log(self, db: sqlite3.Connection) -> bool:
        """Checkpoint and empty the write-ahead log, and return whether no reader prevented it."""
        db.execute("PRAGMA busy_timeout = 0")  # do not wait for readers
        [busy, *_] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        db.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
        if not busy:
            db.execute("UPDATE marks SET traces = ?", [NO_TRACES])
        return not busy

    def _give_back(self, db: sqlite3.Connection) -> bool:
        """Return a few free pages to the disk, and return whether none is left."""
        # `execute` would take only the first step, which gives back one page.
        db.executescript(f"PRAGMA incremental_vacuum({PAGES})")
        [free] = db.execute("PRAGMA freelist_count").fetchone()
        return bool(free == 0)


_word_of = lru_cache(NAMES)(word_of)


def _row(text: Sequence[Any]) -> Row:
    """A message as the index has it, from its id, text, speaker and room."""
    entry_id, said, speaker, room = text
    return entry_id, " ".join(words(said)), _word_of(speaker), _word_of(room)
