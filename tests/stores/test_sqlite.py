"""The file of the SQLite store: opening it, and its size."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from chatsvc.store import StoreError, StoreState, Unusable
from chatsvc.stores.sqlite import connection, statements, upkeep
from chatsvc.stores.sqlite import file as file_module
from chatsvc.stores.sqlite.file import File
from tests.stores.files import VERSION, FileTestCase, said


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
        reason = "permission denied: the server's user has to own the file and its folder"
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
        file.append([said(number, "x" * 8192) for number in range(11, 21)])
        file.append([said(number) for number in range(21, 1001)])
        file._due = file._upkeep.new_at = 0.0
        self.patch(upkeep, "REST", 0)
        indexed: list[Any] = []
        while not indexed or indexed[-1] < 1000:
            file.in_spare_time()
            indexed.append(self.asks("SELECT indexed FROM marks"))
        indexed = list(dict.fromkeys(indexed))  # without the steps that merge
        # It reads at most twice as many as the last piece had, as it cannot know how long they are.
        of_long_lines = [*range(1, 11), 12, 16, 20]
        self.assertEqual(indexed, [*of_long_lines, 28, 44, 76, 140, 268, 468, 668, 868, 1000])

    def test_a_step_reads_hardly_more_than_it_indexes(self) -> None:
        file = self.opens()
        file.append([said(number, "x" * 8192) for number in range(1, 101)])
        file._due = file._upkeep.new_at = 0.0
        read: list[int] = []

        def loads(text: str) -> Any:
            read.append(len(text))
            return json.loads(text)

        self.patch(upkeep, "json", SimpleNamespace(loads=loads))
        file.in_spare_time()
        self.assertLessEqual(max(read), 4 * upkeep.PIECE)

    def test_new_messages_gather_and_older_ones_are_indexed_meanwhile(self) -> None:
        file = self.opens()
        file.append([said(number) for number in range(1, 1001)])
        file._connected().execute("UPDATE marks SET indexed = 1000, unindexed = 1000")
        self.patch(upkeep, "REST", 0)
        now = 100.0
        for module in (file_module, upkeep):
            self.patch(module, "monotonic", lambda: now)
        indexed: list[Any] = []
        for number in range(1001, 1013):  # people talk all the time
            file.append([said(number)])
            now += 0.125
            file.in_spare_time()
            indexed.append(self.asks("SELECT indexed FROM marks"))
        # Those from before the start are not waited for.
        self.assertEqual(indexed, [1001] * 4 + [1005] * 4 + [1009] * 4)
        self.assertEqual(self.asks("SELECT unindexed FROM marks"), 0)

    def test_others_have_the_file_for_several_times_as_long_as_a_step(self) -> None:
        file = self.opens()
        file.append([said(number) for number in range(1, 1001)])
        looks = iter(range(1000))
        length = 0.001
        for module in (file_module, upkeep):
            self.patch(module, "monotonic", lambda: length * next(looks))
        file._due = file._upkeep.new_at = 0.0
        self.assertGreater(file.in_spare_time() or 0.0, 0.01)
        self.assertAlmostEqual(
            file._upkeep.pause, 2 * length * upkeep.REST_IN_TALK
        )  # it looks at the clock twice in a step
        file._due = 0.0
        self.assertGreater(file.in_spare_time() or 0.0, 0.0)
        self.assertAlmostEqual(file._upkeep.pause, 0.006)  # nothing was said since
        length = 1.0  # the disk is busy, and the index is to be ready soon all the same
        file._due = 0.0
        file.in_spare_time()
        self.assertEqual(file._upkeep.pause, upkeep.LONGEST_REST)

    def test_the_words_of_so_many_names_are_kept(self) -> None:
        upkeep._word_of.cache_clear()
        found = [upkeep._row((1, "hi", f"Guest {each}", "#Lobby")) for each in range(upkeep.NAMES)]
        self.assertEqual(found[-1], (1, "hi", f"_guest_{upkeep.NAMES - 1}", "_#lobby"))
        self.assertEqual(upkeep._word_of.cache_info().currsize, upkeep.NAMES)

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
