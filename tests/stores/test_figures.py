"""What the SQLite store counts, and what it takes of its disk."""

from __future__ import annotations

import os
import time
from math import inf
from pathlib import Path

from chatsvc.store import StoreError
from chatsvc.stores.sqlite import connection, reader, upkeep
from chatsvc.stores.sqlite.store import SqliteStore
from tests.stores.files import FileTestCase, said
from tests.stores.keeper import Keeper, Turns


class FiguresTests(FileTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(connection, "BUSY", 0.01)
        self.patch(upkeep, "INDEX_AFTER", 3600.0)  # or else some would be indexed meanwhile
        turns = Turns()
        self.store = SqliteStore(str(self.path), turns.from_thread, "full")
        self.keeper = Keeper(self.store, turns)
        self.keeper.opens()
        self.addCleanup(self.keeper.closes)
        while self.store._file._upkeep.new_at < inf:  # what is new at the start is indexed at once
            time.sleep(0.001)
        self.figures = self.store.figures

    def test_each_transaction_is_counted_with_its_sync(self) -> None:
        before = sum(self.figures.transactions.counts)
        self.keeper.gets(self.store.append([said(1), said(2)]))
        self.keeper.gets(self.store.put("name", "value", 0))
        self.assertEqual(sum(self.figures.transactions.counts), before + 2)
        self.assertEqual(sum(self.figures.syncs.counts), before + 2)
        self.assertGreater(self.figures.syncs.seconds, 0)
        self.assertGreater(self.figures.transactions.seconds, self.figures.syncs.seconds)

    def test_what_fails_is_counted_and_has_no_duration(self) -> None:
        before = sum(self.figures.transactions.counts)
        self.database().execute("BEGIN EXCLUSIVE")
        for number in (1, 2):
            with self.assertRaises(StoreError):
                self.keeper.gets(self.store.put("name", "value", 0))
            self.assertEqual(self.figures.failed_writes, number)
        self.assertEqual(sum(self.figures.transactions.counts), before)
        self.assertEqual(self.figures.failed_reads, 0)

    def test_what_is_refused_is_no_failure(self) -> None:
        with self.assertRaises(StoreError):
            self.keeper.gets(self.store.put("name", "value", 7))  # somebody else has changed it
        self.assertEqual(self.figures.failed_writes, 0)

    def test_a_read_that_fails(self) -> None:
        self.patch(reader, "connect", lambda path: connection.connect(f"{path}-missing"))
        self.store._reader.close()
        with self.assertRaises(StoreError):
            self.keeper.gets(self.store.find(1))
        self.assertEqual((self.figures.failed_writes, self.figures.failed_reads), (0, 1))

    def test_usage(self) -> None:
        self.keeper.gets(self.store.append([said(number, "x" * 1000) for number in range(1, 101)]))
        usage = self.keeper.gets(self.store.usage())
        log = Path(f"{self.path}-wal")
        self.assertEqual(usage.size, self.path.stat().st_size + log.stat().st_size)
        self.assertGreater(usage.size, 100_000)
        disk = os.statvfs(self.path)
        self.assertLess(abs(usage.free - disk.f_bavail * disk.f_frsize), disk.f_blocks)
        self.assertEqual(usage.unindexed, 100)

    def test_the_count_of_what_is_to_be_indexed_has_a_bound(self) -> None:
        self.patch(reader, "MOST_COUNTED", 7)
        self.keeper.gets(self.store.append([said(number) for number in range(1, 21)]))
        self.assertEqual(self.keeper.gets(self.store.usage()).unindexed, 7)
        self.database().execute("UPDATE marks SET indexed = 0, unindexed = 20")
        self.assertEqual(self.keeper.gets(self.store.usage()).unindexed, 14)

    def test_usage_without_its_file(self) -> None:
        os.unlink(self.path)
        with self.assertRaisesRegex(StoreError, "its folder does not exist|cannot be opened"):
            self.keeper.gets(self.store.usage())
