"""The spool: messages to be imported, on the disk until they are in order."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from chatsvc.store import StoreError
from chatsvc.stores.disk import check_spare
from chatsvc.stores.sqlite.connection import reason_of

AT_ONCE = 2000  # rows written together
BATCH_ROWS = 100  # sent together
BATCH_CHARACTERS = 24_000  # of JSON, sent together; one message may have more

# The number of the room, the time, the kind, the speaker, the text, the account, the message's own
# reference, and that of the message that it answers; references are empty for none.
Row = tuple[int, float, int, str, str, str, str, str]


class Held(NamedTuple):
    """What is in the spool of a room."""

    number: int
    first_at: float
    last_at: float


def _folder() -> str:
    """The folder in which SQLite sorts (https://www.sqlite.org/tempfiles.html, section 5)."""
    named = os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR")
    for each in (*named, "/var/tmp", "/usr/tmp", "/tmp"):
        if each is not None and os.path.isdir(each) and os.access(each, os.W_OK | os.X_OK):
            return each
    return os.curdir


@contextmanager
def spooled() -> Iterator[Spool]:
    """A spool, until the block ends. Raises StoreError, and OSError."""
    try:
        with closing(Spool()) as spool:
            yield spool
    except sqlite3.Error as error:
        folder = _folder()
        why = reason_of(error, f"{folder}/")
        raise StoreError(f"what is to be imported cannot be kept in {folder}: {why}") from error


class Spool:
    """Messages on the disk, in a file that nobody else sees, and that ends with this process.

    All methods raise StoreError if the disk is nearly full.
    """

    def __init__(self) -> None:
        with TemporaryDirectory(prefix="chatsvc-import-", dir=_folder()) as folder:
            self._db = sqlite3.connect(Path(folder) / "spool", isolation_level=None)
            # It is unlinked, as it need not outlive this process; a journal would need its name.
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
                self._db.execute(f"PRAGMA {pragma}").fetchone()
            self._db.executescript(_TABLES)
        self._rows: list[Row] = []
        self._has_answers = False
        self._size = 0  # bytes of text in it

    def close(self) -> None:
        """Drop everything."""
        self._db.close()

    def add(self, row: Row) -> None:
        """Add a message; those of the same time stay in this order."""
        self._rows.append(row)
        self._has_answers = self._has_answers or row[-1] != ""
        if len(self._rows) >= AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        self._size += sum([len("".join(row[3:]).encode()) for row in rows])
        check_spare(_folder(), self._size)  # to put them in order takes as much again
        self._db.execute("BEGIN")
        self._db.executemany(_ADD, rows)
        self._db.execute("COMMIT")

    def rooms(self) -> dict[int, Held]:
        """What there is of each room, by number."""
        self._flush()
        return {room: Held(*held) for room, *held in self._db.execute(_ROOMS)}

    def note_there(self, rows: Sequence[Row]) -> None:
        """Note messages that are in a room already."""
        self._db.execute("BEGIN")
        self._db.executemany(_THERE, [row[:5] for row in rows])
        self._db.execute("COMMIT")

    def drop_there(self, redacted: int) -> int:
        """Drop the messages that are in their room already, and return their number.

        redacted: the kind of those that were removed there, and stay so.
        """
        self._flush()
        same = self._db.execute(_DROP).rowcount
        return same + self._db.execute(_DROP_REDACTED, [redacted]).rowcount

    def drop_loose(self, reactions: Sequence[int]) -> int:
        """Drop reactions to what is not in the spool, and return their number.

        reactions: the kinds of reactions.
        """
        self._flush()
        if not self._has_answers:
            return 0
        self._db.execute(_INDEX)
        return self._db.execute(_DROP_LOOSE, [json.dumps(reactions)]).rowcount

    def batches(self, first_id: int, rooms: Sequence[int]) -> Iterator[str]:
        """All messages in the order of time, as the server takes them; see `Importing.add`.

        rooms: their numbers here, in the order in which the server has them.
        """
        self._flush()
        if self._has_answers:
            self._db.execute("BEGIN")
            self._db.execute(_PLACE)
            self._db.execute("COMMIT")
        places = {room: place for place, room in enumerate(rooms)}
        positions = dict.fromkeys(rooms, 0)
        entry_id = first_id
        batch: list[str] = []
        size = 0
        for room, *rest, answered in self._db.execute(_IN_ORDER):
            positions[room] += 1
            reply_to = first_id + answered if answered is not None else 0
            row = json.dumps((entry_id, places[room], positions[room], *rest, reply_to))
            entry_id += 1
            if batch and (len(batch) >= BATCH_ROWS or size + len(row) > BATCH_CHARACTERS):
                yield f"[{','.join(batch)}]"
                batch, size = [], 0
            batch.append(row)
            size += len(row)
        if batch:
            yield f"[{','.join(batch)}]"


_TABLES = """
CREATE TABLE said (
    seq INTEGER PRIMARY KEY, room INTEGER, at REAL, kind INTEGER, speaker TEXT, text TEXT,
    account TEXT, ref TEXT, answers TEXT
);
CREATE TABLE placed (room INTEGER, ref TEXT, place INTEGER, PRIMARY KEY (room, ref)) WITHOUT ROWID;
CREATE TABLE there (room INTEGER, at REAL, kind INTEGER, speaker TEXT, text TEXT);
"""
_ADD = (
    "INSERT INTO said (room, at, kind, speaker, text, account, ref, answers)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_INDEX = "CREATE INDEX IF NOT EXISTS said_ref ON said (ref, room) WHERE ref > ''"
_THERE = "INSERT INTO there VALUES (?, ?, ?, ?, ?)"
_ROOMS = "SELECT room, count(*), min(at), max(at) FROM said GROUP BY room"
# Where the first of each reference stands: 0 is the first of all. A file may give one to thousands.
_PLACE = """
INSERT OR REPLACE INTO placed SELECT room, ref, min(place) FROM (
    SELECT room, ref, row_number() OVER (ORDER BY at, seq) - 1 AS place FROM said
) WHERE ref > '' GROUP BY room, ref
"""
_IN_ORDER = """
SELECT room, at, kind, speaker, text, account,
    (SELECT place FROM placed WHERE placed.room = said.room AND placed.ref = said.answers)
FROM said ORDER BY at, seq
"""
_DROP_LOOSE = """
DELETE FROM said WHERE kind IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (
        SELECT 1 FROM said AS other
        WHERE other.ref = said.answers AND other.ref > '' AND other.room = said.room
    )
"""
# Of messages that are the same in all respects, as many are dropped as are there.
_DROP = """
DELETE FROM said WHERE seq IN (
    SELECT seq FROM (
        SELECT seq, room, at, kind, speaker, text,
            row_number() OVER (PARTITION BY room, at, kind, speaker, text ORDER BY seq) AS number
        FROM said WHERE room IN (SELECT room FROM there)
    ) JOIN (
        SELECT room, at, kind, speaker, text, count(*) AS most FROM there GROUP BY 1, 2, 3, 4, 5
    ) USING (room, at, kind, speaker, text)
    WHERE number <= most
)
"""
_DROP_REDACTED = """
DELETE FROM said WHERE seq IN (
    SELECT seq FROM (
        SELECT seq, room, at, speaker,
            row_number() OVER (PARTITION BY room, at, speaker ORDER BY seq) AS number
        FROM said WHERE room IN (SELECT room FROM there)
    ) JOIN (
        SELECT room, at, speaker, count(*) AS most FROM there WHERE kind = ? GROUP BY 1, 2, 3
    ) USING (room, at, speaker)
    WHERE number <= most
)
"""
