"""Tests that look at the file of an SQLite store."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from chatsvc.store import Stored, StoreError, Unusable
from chatsvc.stores.sqlite import connection, schema
from chatsvc.stores.sqlite.file import File
from tests.processes import ProcessTestCase

VERSION = len(schema.scripts())

# Appends, and prints what was kept; on a disk that takes no more it prints why not.


class FileTestCase(ProcessTestCase):
    """Each test has a file."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.folder / "chat.sqlite"

    def opens(self, synchronous: str = "normal") -> File:
        file = File(str(self.path), synchronous)
        file.open()
        self.addCleanup(file.close)
        return file

    def database(self) -> sqlite3.Connection:
        """The file as another process would see it."""
        database = sqlite3.connect(self.path, isolation_level=None, timeout=0.01)
        self.addCleanup(database.close)
        return database

    def asks(self, query: str, *parameters: Any) -> Any:
        """The first value that the database answers."""
        with closing(self.database()) as database:
            return database.execute(query, parameters).fetchone()[0]

    def ids(self) -> list[int]:
        with closing(self.database()) as database:
            rows = database.execute("SELECT id FROM said ORDER BY id").fetchall()
        return [each for [each] in rows]

    def refuses(self, reason: str, path: Path | None = None) -> None:
        """See that a file is refused for a reason, and nothing of it changed."""
        path = path or self.path
        before = path.read_bytes() if path.is_file() else None
        with self.assertRaises(Unusable) as raised:
            File(str(path), "full").open()
        self.assertEqual(str(raised.exception), f"cannot open {path}: {reason}")
        self.assertEqual(path.read_bytes() if path.is_file() else None, before)

    def all_indexed(self, file: File) -> None:
        while file.in_spare_time() is not None:
            pass


def said(entry_id: int, text: str = "hi", room: str = "lobby") -> Stored:
    return Stored(entry_id, room, entry_id, float(entry_id), "said", "ann", text)


class FailingTestCase(FileTestCase):
    """Each test has something said in its file, and may have the next commit fail."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(connection, "BUSY", 0.01)
        self.file = self.opens("full")
        self.file.append([said(1, "one")])

    def fails(self, reason: str, work: Callable[..., object], *args: object) -> None:
        with self.assertRaises(StoreError) as raised:
            work(*args)
        self.assertEqual(str(raised.exception), reason)

    def breaks(self, is_written: bool) -> None:
        """The next commit fails; in truth it may be written."""

        class Connection(sqlite3.Connection):
            def execute(self, query: str, parameters: Any = ()) -> Any:
                is_step = query.startswith(("INSERT", "UPDATE", "DELETE"))
                if not is_step or self.in_transaction:
                    return super().execute(query, parameters)
                if is_written:
                    super().execute(query, parameters)
                raise self.broken()

            def __exit__(self, *exception: Any) -> Any:
                if not self.in_transaction:
                    return super().__exit__(*exception)
                if is_written:
                    super().__exit__(*exception)
                else:
                    self.rollback()
                raise self.broken()

            def broken(self) -> Exception:
                self_test.patches.pop().restore()
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                return error

        self_test = self
        connect = sqlite3.connect
        self.patches = [
            self.patch(
                sqlite3,
                "connect",
                lambda *args, **how: connect(*args, factory=Connection, **how),
            )
        ]
        self.file._disconnect()
