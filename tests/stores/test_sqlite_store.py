"""The SQLite store: its threads, who reads while it is locked, and what waits to be written."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest_twisted  # type: ignore[import-untyped]  # it has no annotations
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred

from chatsvc.store import Record, StoreError, StoreState, Unusable
from chatsvc.stores.sqlite import connection, query, store, upkeep
from chatsvc.stores.sqlite import statements as sql
from chatsvc.stores.sqlite.store import SqliteStore
from tests.patience import PATIENCE
from tests.stores.files import FileTestCase, said
from tests.stores.keeper import Keeper, Turns

reactor: Any = _reactor


class StoreTests(FileTestCase):
    def setUp(self) -> None:
        super().setUp()
        turns = Turns()
        self.keeper = Keeper(SqliteStore(str(self.path), turns.from_thread), turns)

    def threads(self) -> list[str]:
        return [each.name for each in threading.enumerate() if each.name.startswith("chatsvc-")]

    def wait_for_the_end_of_threads(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.threads():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def test_threads_end(self) -> None:
        self.keeper.opens()
        threads = ["chatsvc-merger", "chatsvc-reader", "chatsvc-writer"]
        self.assertEqual(sorted(self.threads()), threads)
        self.keeper.closes()
        self.wait_for_the_end_of_threads()

    def test_threads_end_when_it_cannot_be_opened(self) -> None:
        self.path.write_bytes(b"x")
        with self.assertRaises(Unusable):
            self.keeper.opens()
        self.wait_for_the_end_of_threads()
        self.keeper.closes()
        self.path.write_bytes(b"")
        self.keeper.opens()
        self.keeper.says("lobby", "hi")
        self.keeper.closes()

    def test_more_answers_than_are_looked_at_take_no_longer(self) -> None:
        self.keeper.opens()
        self.keeper.closes()
        db = sqlite3.connect(self.path)
        steps: list[int] = []
        insert = "INSERT INTO said VALUES (?, 'lobby', ?1, 0, ?, 'eve', 'x', '', '', ?)"
        for first, kind in (1, "Reacted"), (3000, "Reacted"), (30_000, "Said"):
            last = max(3000, min(10 * first, 60_000))
            db.executemany(insert, [(each, kind, each // 10 + 1) for each in range(first, last)])
            done: list[None] = []
            db.set_progress_handler(partial(done.append, None), 100)
            db.execute(sql.ANSWERS, ("lobby", 1, 2**60, '["Reacted"]', 400)).fetchall()
            db.set_progress_handler(None, 0)
            steps.append(len(done))
        db.close()
        self.assertLess(max(steps), 2 * steps[0])

    def test_a_lock_does_not_keep_anybody_from_reading(self) -> None:
        self.patch(connection, "BUSY", 0.01)
        keeper = self.keeper
        keeper.opens()
        self.addCleanup(keeper.closes)
        keeper.says("lobby", "a")
        other = self.database()
        other.execute("BEGIN EXCLUSIVE")
        with self.assertRaisesRegex(StoreError, "another process has locked the file"):
            keeper.says("lobby", "b")
        self.assertEqual(keeper.reads("lobby"), ["a"])
        other.execute("ROLLBACK")
        keeper.says("lobby", "c")
        self.assertEqual(keeper.reads("lobby"), ["a", "c"])

    def test_a_reader_that_fails_begins_anew(self) -> None:
        keeper = self.keeper
        keeper.opens()
        self.addCleanup(keeper.closes)
        keeper.says("lobby", "a")
        elsewhere = self.folder / "elsewhere"
        self.path.rename(elsewhere)
        with self.assertRaisesRegex(StoreError, "the file cannot be opened"):
            keeper.reads("lobby")
        elsewhere.rename(self.path)
        self.assertEqual(keeper.reads("lobby"), ["a"])

    def merges_often(self) -> Any:
        """The store, which has its log merged every few changes."""
        self.patch(store, "MERGE_AFTER", 3 * store.A_CHANGE)
        return self.keeper.store

    def merged(self) -> int:
        """How many messages are in the file itself; 0 if even its tables are not yet."""
        with closing(sqlite3.connect(f"{self.path.as_uri()}?immutable=1", uri=True)) as db:
            try:
                [number] = db.execute("SELECT count(*) FROM said").fetchone()
            except sqlite3.DatabaseError:  # or it is read while something is merged into it
                return 0
        return int(number)

    def test_the_log_is_merged_long_before_the_writer_has_to(self) -> None:
        self.merges_often()
        self.keeper.opens()
        self.addCleanup(self.keeper.closes)
        for _ in range(10):
            self.keeper.says("lobby", "hi")
        deadline = time.monotonic() + PATIENCE
        while not self.merged():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def test_nobody_waits_while_the_log_is_merged(self) -> None:
        any_store = self.merges_often()
        begun, go_on = threading.Event(), threading.Event()

        def merge(*_: object) -> None:
            begun.set()
            go_on.wait(PATIENCE)

        any_store._merger.rows = merge
        self.keeper.opens()
        self.addCleanup(self.keeper.closes)
        self.addCleanup(go_on.set)
        for _ in range(10):
            self.keeper.says("lobby", "hi")
        self.assertTrue(begun.wait(PATIENCE))
        for _ in range(20):
            self.keeper.says("lobby", "hi")
        self.assertFalse(go_on.is_set())
        self.assertEqual(any_store._merging.waiting(), 1)

    def test_a_log_that_cannot_be_merged_disturbs_nobody(self) -> None:
        any_store = self.merges_often()
        asked: list[None] = []

        def fail(*_: object) -> None:
            asked.append(None)
            raise StoreError("the disk is full")

        any_store._merger.rows = fail
        self.keeper.opens()
        for _ in range(10):
            self.keeper.says("lobby", "hi")
        self.keeper.closes()
        self.assertGreater(len(asked), 1)
        self.assertEqual(self.ids(), list(range(1, 11)))

    def test_no_search_takes_forever(self) -> None:
        self.patch(upkeep, "INDEX_AFTER", 0.0)
        self.patch(store, "MOST_PAGES", 2)
        keeper = self.keeper
        keeper.opens()
        self.addCleanup(keeper.closes)
        many = ["\u2603", *map(str, range(query.ROOMS))]
        keeper.says("\u2603", "hello old")
        keeper.says("lobby", *["hello"] * 300)
        keeper.says("\u2603", "hello middle")
        keeper.says("lobby", *["hello"] * 300)
        keeper.says("end", "marker")
        keeper.waits_for("marker", "end")
        self.assertEqual(keeper.finds("hello", *many), ["hello middle"])
        self.assertEqual(keeper.finds("old", *many), ["hello old"])
        self.assertEqual(keeper.finds("hello", "\u2603"), ["hello old", "hello middle"])

    def test_records_that_wait_are_one_commit(self) -> None:
        keeper = self.keeper
        begin, go_on = threading.Event(), threading.Event()
        keeper.opens()
        self.addCleanup(keeper.closes)
        sizes: list[int] = []
        writing = keeper.store._writing  # type: ignore[attr-defined]  # it is a SqliteStore
        together = writing._together

        def note(works: Sequence[Callable[[], None]]) -> Any:
            sizes.append(len(works))
            return together(works)

        writing._together = note
        writing.does(begin.set)
        writing.does(go_on.wait, PATIENCE)
        self.assertTrue(begin.wait(PATIENCE))
        waiting = [keeper.begins(keeper.store.put(f"n{each}", "x", 0)) for each in range(5)]
        go_on.set()
        for each in waiting:
            keeper.gets(each)
        self.assertEqual(sizes, [5])
        self.assertEqual(self.asks("SELECT count(*) FROM records"), 5)


@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]  # it has no annotations
async def test_with_the_reactor(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "chat.sqlite"), reactor.callFromThread)
    assert await store.open() == StoreState(0, {})
    both = [said(1, "a"), said(2, "b")]
    appending = Deferred.fromCoroutine(store.append(both))
    putting = Deferred.fromCoroutine(store.put("name", "value", 0))
    await appending
    await putting
    assert await store.after("lobby", 0, 10) == both
    assert await store.records("") == {"name": Record("value", 1)}
    await store.close()
