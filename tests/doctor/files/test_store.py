"""Stores that are damaged, old, too new, or another program's."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from chatsvc.doctor.files import store
from chatsvc.doctor.server import Server
from chatsvc.stores.sqlite import schema
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase

VERSION_3 = Path(__file__).parents[2] / "stores" / "version3.sqlite"


class StoreTests(DoctorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.keeps_something()
        self.server = Server(store=self.store)

    def becomes(self, statement: str) -> None:
        with closing(sqlite3.connect(self.store)) as database:
            database.execute(statement)
            database.commit()

    def test_whole(self) -> None:
        before = sorted(self.folder.iterdir())
        self.finds(store.check_file, self.server, OK, f"has version {len(schema.scripts())}")
        self.finds(store.check_whole, self.server, OK, "whole, with 199 messages and 0 records")
        self.assertEqual(list(store.check_log(self.server)), [])
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def test_while_a_server_uses_it(self) -> None:
        port, _ = self.serves_somewhere()
        ann = self.calls(port)
        ann.types("one more")
        ann.sees_some("one more")
        self.finds(store.check_file, self.server, OK, "has version")
        self.finds(store.check_whole, self.server, OK, "whole, with ")
        ann.types("and another")
        ann.sees_some("and another")

    def test_none_yet(self) -> None:
        server = Server(store=self.folder / "missing.sqlite")
        self.finds(store.check_file, server, OK, "there is no store at")
        self.assertEqual(list(store.check_whole(server)), [])

    def test_in_memory(self) -> None:
        self.finds(store.check_file, Server(), WARNING, "the store is in memory")
        self.assertEqual(list(store.check_whole(Server())), [])
        self.assertEqual(list(store.check_log(Server())), [])

    def test_damaged_in_the_middle(self) -> None:
        with self.store.open("r+b") as file:
            file.seek(4096 * 20)
            file.write(b"\xff" * 4096 * 5)
        found = self.finds(store.check_whole, self.server, FAULT, f"{self.store} ")
        self.assertIn("chatsvc-admin restore FILE", found.mend)

    def test_damaged_at_the_start(self) -> None:
        with self.store.open("r+b") as file:
            file.write(b"\xff" * 100)
        self.finds(store.check_file, self.server, FAULT, "the file is not a database")
        self.finds(store.check_whole, self.server, FAULT, "the file is not a database")

    def test_an_older_version(self) -> None:
        shutil.copy(VERSION_3, self.store)
        self.finds(store.check_file, self.server, WARNING, "has version 3, and the newest is")
        self.finds(store.check_whole, self.server, OK, "is whole")

    def test_a_newer_version(self) -> None:
        self.becomes("PRAGMA user_version = 99")
        found = self.finds(store.check_file, self.server, FAULT, "its schema has version 99")
        self.assertIn("Install the newer version", found.mend)

    def test_another_programs(self) -> None:
        self.becomes("PRAGMA application_id = 7")
        found = self.finds(store.check_file, self.server, FAULT, "another program made it")
        self.assertIn("--store", found.mend)

    def test_too_many_records(self) -> None:
        self.patch(store, "RECORDS", 10)
        self.becomes(
            "INSERT INTO records WITH RECURSIVE n (i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT 'r' || i, '', 1 FROM n"
        )
        self.finds(store.check_whole, self.server, WARNING, "holds 10 of at most 10")

    def test_a_log_that_nobody_empties(self) -> None:
        with Path(f"{self.store}-wal").open("wb") as file:
            os.truncate(file.fileno(), store.LARGE_LOG + 1)
        self.finds(store.check_log, self.server, WARNING, "has 256 MiB")
