"""The file of the SQLite store: opening it, its size, and who reads it meanwhile."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest_twisted  # type: ignore[import-untyped]  # it has no annotations
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred

from chatsvc.store import Record, StoreError, StoreState, Unusable
from chatsvc.stores.sqlite import connection, file, query, statements, store, worker
from chatsvc.stores.sqlite.file import File
from chatsvc.stores.sqlite.store import SqliteStore
from chatsvc.stores.sqlite.worker import Thread
from tests.patience import PATIENCE
from tests.stores.files import VERSION, FileTestCase, said
from tests.stores.keeper import Keeper, Turns

reactor: Any = _reactor


class OpeningTests(FileTestCase):
    def test_new(self) -> None:
        self.addCleanup(os.umask, os.umask(0))
        self.opens("full")
        self.assertEqual(self.asks("PRAGMA application_id"), int.from_bytes(b"chat", "big"))
        self.assertEqual(self.asks("PRAGMA user_version"), VERSION)
        self.assertEqual(self.asks("PRAGMA journal_mode"), "wal")
        self.assertEqual(self.asks("PRAGMA auto_vacuum"), 2)
        self.assertEqual(self.asks("PRAGMA integrity_check"), "ok")
        for path in self.folder.iterdir():
            self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)

    def test_nothing_but_the_file_and_its_lock_is_left(self) -> None:
        file = self.opens()
        file.append([said(1)])
        file.close()
        names = {path.name for path in self.folder.iterdir()}
        self.assertEqual(names, {"chat.sqlite", "chat.sqlite-lock"})

    def test_synchronous(self) -> None:
        for word, number in {"normal": 1, "full": 2}.items():
            file = self.opens(word)
            file.append([said(number)])
            self.all_indexed(file)
            found = file._connected().execute("PRAGMA synchronous").fetchone()
            self.assertEqual(found, (number,))
            file.close()
        with self.assertRaisesRegex(ValueError, "'off' is neither full nor normal"):
            File(str(self.path), "off")

    def test_an_empty_file_is_taken(self) -> None:
        self.path.touch()
        self.opens()
        self.assertEqual(self.asks("PRAGMA user_version"), VERSION)

    def test_no_database(self) -> None:
        for content in (b"x", b"Dear diary,\n" * 1000, bytes(8192)):
            self.path.write_bytes(content)
            self.refuses("the file is not a database")

    def test_another_applications_database(self) -> None:
        for pragma in ("application_id = 1", "user_version = 3", "encoding = 'UTF-8'"):
            with closing(sqlite3.connect(self.path)) as database:
                database.execute(f"PRAGMA {pragma}")
                database.execute("CREATE TABLE things (name)")
            self.refuses("another program made it; choose another file")
            self.path.unlink()

    def test_what_is_no_file_of_ours_is_left_as_it_was(self) -> None:
        other = self.folder / "other"
        with closing(sqlite3.connect(other)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE things (name)")  # is in the log only
            for end in ("", "-wal", "-shm"):
                shutil.copy(f"{other}{end}", f"{self.path}{end}")
        (self.folder / "passwd").write_text("root:x:0:0\n")
        (self.folder / "link").symlink_to("passwd")
        (self.folder / "loop").symlink_to("loop")
        (self.folder / "folder").mkdir()
        os.mkfifo(self.folder / "pipe")
        with closing(socket.socket(socket.AF_UNIX)) as unix:
            unix.bind(str(self.folder / "socket"))

        def looks() -> dict[str, tuple[int, int, bytes]]:
            return {
                path.name: (path.lstat().st_mode, path.lstat().st_size, content(path))
                for path in self.folder.iterdir()
            }

        def content(path: Path) -> bytes:
            return path.read_bytes() if path.is_file() and path.suffix != ".sqlite-shm" else b""

        before = looks()
        odd = "it is no ordinary file"
        for name, why in {
            "chat.sqlite": "another program made it",
            "passwd": "the file is not a database",
            "link": "the file is not a database",
            "loop": "Too many levels of symbolic links",
            "folder": "Is a directory",
            "pipe": odd,
            "socket": odd,
            "/dev/null": odd,
            "/dev/zero": odd,
        }.items():
            for do in (File.open, File.check):
                with self.assertRaisesRegex(Unusable, f"cannot open .*: {why}"):
                    do(File(str(self.folder / name), "full"))
            self.assertEqual(looks(), before, name)
        self.assertFalse(Path("/dev/null-lock").exists())

    def test_newer(self) -> None:
        self.opens().close()
        with closing(self.database()) as database:
            database.execute(f"PRAGMA user_version = {VERSION + 1}")
        self.refuses("a newer chatsvc made it; install that version again")

    def fills(self) -> None:
        file = self.opens()
        file.append([said(number, "hello " * 100) for number in range(1, 501)])
        self.all_indexed(file)
        file.close()

    def test_cut_off(self) -> None:
        self.fills()
        os.truncate(self.path, self.path.stat().st_size // 2)
        self.refuses("the file is damaged")

    def test_damaged(self) -> None:
        tables = ["sqlite_master", "heads", "marks", "said", "said_position", "words_data"]
        self.fills()
        whole = self.path.read_bytes()
        pages = dict.fromkeys(tables, 1)
        with closing(self.database()) as database:
            pages.update(database.execute("SELECT name, rootpage FROM sqlite_master").fetchall())
            newest = database.execute("SELECT max(rowid) FROM said").fetchone()
        self.assertEqual(newest, (500,))
        for table in tables:
            start = (pages[table] - 1) * 4096
            start += 100 if table == "sqlite_master" else 0  # behind the header
            self.path.write_bytes(whole[:start] + b"\xa5" * 3000 + whole[start + 3000 :])
            self.refuses("the file is damaged")
        self.path.write_bytes(whole)
        self.opens()

    def test_damaged_where_nothing_is_read(self) -> None:
        self.fills()
        with closing(self.database()) as database:
            query = "SELECT rootpage FROM sqlite_master WHERE name = 'heads'"
            [page] = database.execute(query).fetchone()
        whole = bytearray(self.path.read_bytes())
        whole[(page - 1) * 4096 + 7] = 9  # bytes that are said to be free in fragments
        self.path.write_bytes(whole)
        self.refuses("the file is damaged")

    def test_no_folder(self) -> None:
        self.refuses("its folder does not exist", self.folder / "none" / "chat.sqlite")

    def test_a_folder_or_a_file_in_its_place(self) -> None:
        folder = self.folder / "folder"
        folder.mkdir()
        self.refuses("Is a directory", folder)
        file = self.folder / "file"
        file.touch()
        self.refuses("Not a directory", file / "chat.sqlite")

    def test_not_allowed(self) -> None:
        self.fills()
        self.path.chmod(0o400)
        reason = "permission denied: whoever runs the server has to own the file and its folder"
        self.refuses(reason)
        self.path.chmod(0o600)
        self.folder.chmod(0o500)
        self.addCleanup(self.folder.chmod, 0o700)
        self.refuses(reason, self.folder / "other.sqlite")

    if os.geteuid() == 0:
        test_not_allowed.skip = "root may do all"  # type: ignore[attr-defined]  # trial reads it

    def test_used_by_another_server(self) -> None:
        file = self.opens()
        self.refuses("another server uses it; stop that one first")
        link = self.folder / "link.sqlite"
        link.symlink_to(self.path)
        with self.assertRaisesRegex(Unusable, "another server uses it; stop that one first"):
            File(str(link), "full").open()
        file.append([said(1)])
        file.close()
        self.opens()

    def test_locked_by_another_process(self) -> None:
        self.patch(connection, "BUSY", 0.01)
        self.opens().close()
        other = self.database()
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE marks SET mended = 0")
        other.execute("COMMIT")
        with self.assertRaises(StoreError) as raised:
            File(str(self.path), "full").open()
        self.assertNotIsInstance(raised.exception, Unusable)
        reason = f"cannot open {self.path}: another process has locked the file"
        self.assertEqual(str(raised.exception), reason)
        other.close()
        self.opens()


class SpaceTests(FileTestCase):
    def test_a_step_indexes_no_more_than_a_commit_can_wait_for(self) -> None:
        file = self.opens()
        file.append(
            [said(number, "\N{COMBINING CYRILLIC MILLIONS SIGN}" * 3000) for number in range(1, 11)]
        )
        file.append([said(number) for number in range(11, 1001)])
        file._due = 0.0
        indexed: list[Any] = []
        while not indexed or indexed[-1] < 1000:
            file.in_spare_time()
            indexed.append(self.asks("SELECT indexed FROM marks"))
        self.assertEqual(indexed[:4], [3, 6, 9, 9 + connection.PAGE])
        self.assertEqual(indexed[-1], 1000)

    def test_no_statement_reads_all_messages(self) -> None:
        database = self.opens()._connected()
        for name, text in vars(statements).items():
            is_whole = name.isupper() and text.startswith(("SELECT", "WITH", "UPDATE", "DELETE"))
            if not is_whole or "{" in text or name == "OLDEST_OF_ALL":  # which has a limit
                continue
            numbers = [int(number) for number in re.findall(r"\?(\d)", text)]
            parameters = [None] * max(len(re.findall(r"\?(?!\d)", text)), *numbers, 0)
            for *_, step in database.execute(f"EXPLAIN QUERY PLAN {text}", parameters):
                self.assertNotRegex(step, r"SCAN said\b", name)

    def test_what_is_forgotten_gives_its_space_back_and_its_words_are_gone(self) -> None:
        file = self.opens()
        texts = [f"word{number} " + "more words " * 20 for number in range(1, 3001)]
        for start in range(0, 3000, 100):
            several = range(start, start + 100)
            file.append([said(number + 1, texts[number]) for number in several])
        self.all_indexed(file)
        file.append([said(3001, "newest")])
        size = file._connected().execute("PRAGMA page_count").fetchone()[0]
        while file.forget("lobby", 2900.0, 200):
            pass
        while file.forget(None, 10_000.0, 200):
            pass
        self.all_indexed(file)
        left = file._connected().execute("PRAGMA page_count").fetchone()[0]
        self.assertLess(left, size / 3)
        file._connected().execute("INSERT INTO words (words) VALUES ('integrity-check')")
        self.assertEqual(self.asks("SELECT count(*) FROM words WHERE words MATCH 'more'"), 0)
        file.close()
        self.assertLess(self.path.stat().st_size, size * 4096 / 3)
        self.assertEqual(file.open(), StoreState(3001, {"lobby": 3001}))

    def test_the_log_does_not_grow_without_end(self) -> None:
        file = self.opens()
        for number in range(1, 2001):
            file.append([said(number, "x" * 5000)])
        self.assertLess((self.folder / "chat.sqlite-wal").stat().st_size, 8 * 1024 * 1024)


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
        self.assertEqual(sorted(self.threads()), ["chatsvc-reader", "chatsvc-writer"])
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

    def test_no_search_takes_forever(self) -> None:
        self.patch(file, "INDEX_AFTER", 0.0)
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

    def test_what_fails_in_a_threads_spare_time_is_logged(self) -> None:
        turns = Turns()
        for module in (file, worker):
            self.patch(module, "AGAIN", 0.01)
        called: list[int] = []

        def in_spare_time() -> float | None:
            called.append(1)
            if len(called) == 1:
                raise ZeroDivisionError
            return None

        thread = Thread("test", turns.from_thread, in_spare_time)
        thread.start()
        self.assertEqual(turns.result_of(thread.does(divmod, 7, 3)), (2, 1))
        deadline = time.monotonic() + PATIENCE
        while len(called) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with self.assertRaises(ZeroDivisionError):
            turns.result_of(thread.does(divmod, 1, 0))
        thread.stop()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_what_waits_is_done_together_and_in_its_order(self) -> None:
        turns = Turns()
        self.patch(worker, "MOST_TOGETHER", 3)
        order: list[object] = []

        def together(works: Sequence[Callable[[], None]]) -> list[Exception | None]:
            for work in works:
                work()
            order.append(len(works))
            if "g" in order:
                raise ZeroDivisionError
            return [None, *[StoreError("no")] * (len(works) - 1)]

        thread = Thread("test", turns.from_thread, lambda: None, together)
        waiting = [thread.does_jointly(order.append, each) for each in "abcd"]
        waiting += [thread.does(order.append, "e")]
        waiting += [thread.does_jointly(order.append, each) for each in "fg"]
        thread.stop()
        outcomes: list[str] = []
        thread.start()  # all of it waits by now
        for each in waiting:
            try:
                turns.result_of(each)
                outcomes.append("done")
            except Exception as error:
                outcomes.append(type(error).__name__)
        self.assertEqual(order, ["a", "b", "c", 3, "d", "e", "f", "g", 2])
        self.assertEqual(
            outcomes, ["done", *["StoreError"] * 2, *["done"] * 2, *["ZeroDivisionError"] * 2]
        )

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
