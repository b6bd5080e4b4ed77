"""What is done in spare time: indexing, merging, clearing away."""

from __future__ import annotations

import json
import sqlite3
from itertools import chain

from chatsvc.stores.sqlite import statements as sql
from chatsvc.stores.sqlite.connection import BUSY, PAGE, ROWS
from chatsvc.stores.sqlite.query import word_of
from chatsvc.text.words import VERSION, words

PARTS = 8  # of the index of words that gather before they are merged; SQLite waits for 16
PAGES = 50  # of the file that are merged or given back at once
MERGED = 4  # parts of a like size that are merged; so many by default, 2 to be rid of traces

# The traces of texts that were replaced; see schema.sql.
NO_TRACES, IN_LOG, BEING_MERGED, IN_INDEX = range(4)


class Upkeep:
    """Keeps the index of words, and clears away what is not wanted, a little at a time.

    Each method is handed the connection, and raises sqlite3.Error.
    """

    def __init__(self) -> None:
        self._parts = 0  # of the index, at most, that are to be merged

    def renew_index(self, db: sqlite3.Connection) -> None:
        """Have the index be made anew if it was made by other rules."""
        if db.execute("SELECT words FROM marks").fetchone() != (VERSION,):
            with db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("INSERT INTO words (words) VALUES ('delete-all')")
                db.execute(sql.SET_INDEX, ("usermerge", MERGED))
                db.execute(sql.INDEX_ANEW, (VERSION, IN_LOG))

    def goes_on(self, db: sqlite3.Connection) -> bool:
        """Do a little of what there is to do; whether there is more of it."""
        is_indexed = self._index_more(db)
        if is_indexed and self._traces(db) == IN_INDEX:
            self._begin_to_clear(db)
        is_merged = (is_indexed or self._parts >= PARTS) and self._merge(db)
        return not (is_indexed and is_merged and self._give_back(db))

    def is_clean(self, db: sqlite3.Connection) -> bool:
        """Clear what was replaced out of the log, if it is there; whether nothing is left of it."""
        return not self._traces(db) or self._empty_log(db)

    def _index_more(self, db: sqlite3.Connection) -> bool:
        """Index the words of a few more things; whether all are."""
        with db:
            db.execute("BEGIN IMMEDIATE")
            if ids := self.index(db, None, sql.NEXT_PIECE, PAGE):
                db.execute("UPDATE marks SET indexed = ?", [ids[-1]])
            elif ids := self.index(db, None, sql.OLDER_PIECE, PAGE):
                db.execute("UPDATE marks SET unindexed = ?", [ids[0] - 1])
        return not ids

    def index(
        self, db: sqlite3.Connection, command: str | None, query: str, *parameters: object
    ) -> list[int]:
        """Put the words of some things in the index, or "delete" them; the ids, lowest first."""
        [texts] = db.execute(query, parameters).fetchone()
        rows = [
            (command, entry_id, " ".join(words(text)), word_of(speaker), word_of(room))
            for entry_id, text, speaker, room in sorted(json.loads(texts))
        ]
        for start in range(0, len(rows), ROWS):
            some = rows[start : start + ROWS]
            values = list(chain.from_iterable(some))
            db.execute(sql.INDEX + ", ".join([sql.WORDS] * len(some)), values)
        self._parts += bool(rows)
        return [row[1] for row in rows]

    def _merge(self, db: sqlite3.Connection) -> bool:
        """Merge a few pages of the index, which is made of many small parts; whether all are."""
        changes = db.total_changes
        db.execute(sql.SET_INDEX, ("merge", PAGES))
        is_merged = db.total_changes - changes < 2  # so says the manual of FTS5, in "merge"
        if is_merged:
            self._parts = 0
            if self._traces(db) == BEING_MERGED:
                with db:
                    db.execute("BEGIN IMMEDIATE")
                    db.execute(sql.SET_INDEX, ("usermerge", MERGED))
                    db.execute("UPDATE marks SET traces = ?", [IN_LOG])
        return is_merged

    def _traces(self, db: sqlite3.Connection) -> int:
        """Where there are traces of texts that were replaced."""
        [traces] = db.execute("SELECT traces FROM marks").fetchone()
        return int(traces)

    def _begin_to_clear(self, db: sqlite3.Connection) -> None:
        """Begin to merge all of the index into one part, which makes an end of words deleted.

        Until then they stand in it twice: where they were, and as deleted in a newer part.

        FTS5 (3.42 and newer) could take them out at once, with its option "secure-delete"; but
        then no older SQLite could read the file.
        """
        # A negative number has all parts merged, and not only parts of a like size. What is indexed
        # meanwhile makes new parts: were there three, FTS5 would wait for a fourth and leave those
        # half merged, unless two are enough.
        with db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(sql.SET_INDEX, ("usermerge", 2))
            db.execute(sql.SET_INDEX, ("merge", -1))
            db.execute("UPDATE marks SET traces = ?", [BEING_MERGED])

    def _empty_log(self, db: sqlite3.Connection) -> bool:
        """Bring all of the log into the file, and leave nothing in it; whether nobody reads it."""
        db.execute("PRAGMA busy_timeout = 0")  # who reads is not waited for here
        [busy, *_] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        db.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
        if not busy:
            db.execute("UPDATE marks SET traces = ?", [NO_TRACES])
        return not busy

    def _give_back(self, db: sqlite3.Connection) -> bool:
        """Give a few pages that are free back to the disk; whether all are."""
        # `execute` would take only the first of its steps, each of which gives back one page.
        db.executescript(f"PRAGMA incremental_vacuum({PAGES})")
        [free] = db.execute("PRAGMA freelist_count").fetchone()
        return bool(free == 0)
