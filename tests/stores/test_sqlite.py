"""The file of the SQLite store: whatever happens to it, and to the disk."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
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
from twisted.logger import capturedLogs, formatEvent

from chatsvc.store import Kept, Record, Stored, StoreError, Unusable
from chatsvc.stores.sqlite import connection, file, query, schema, store, upkeep, worker
from chatsvc.stores.sqlite.connection import Trouble
from chatsvc.stores.sqlite.file import File
from chatsvc.stores.sqlite.store import SqliteStore
from chatsvc.stores.sqlite.worker import Thread
from chatsvc.text.words import VERSION as VERSION_OF_WORDS
from tests.patience import PATIENCE
from tests.processes import ProcessTestCase
from tests.stores.keeper import Keeper, Turns

reactor: Any = _reactor

VERSION = len(schema.scripts())

# Appends, and prints what was kept; on a disk that takes no more it prints why not.
APPENDING = """
import resource, sys
from chatsvc.store import Stored, StoreError
from chatsvc.stores.sqlite.file import File

path, limit = sys.argv[1], int(sys.argv[2])
file = File(path, "full")
number = file.open().last_id
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
failed = 0
while True:
    number += 1
    said = Stored(number, "lobby", number, float(number), "said", "ann", f"word{number} " * 20)
    try:
        file.append([said])
    except StoreError as error:
        print(error, flush=True)
        failed += 1
        if failed == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        continue
    print(number, flush=True)
    if failed >= 3:
        break
file.close()
"""


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
        test_not_allowed.skip = "root may do all"  # type: ignore[attr-defined]

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


class UpgradingTests(FileTestCase):
    SECOND = "ALTER TABLE said ADD COLUMN mood TEXT; UPDATE marks SET mended = 7"
    THIRD = "DROP INDEX said_position; -- to be made anew"

    def setUp(self) -> None:
        super().setUp()
        file = self.opens()
        file.append([said(1), said(2)])
        file.close()

    def knows(self, *more: str) -> None:
        scripts = [*schema.scripts(), *more]
        self.patch(schema, "scripts", lambda: scripts)

    def test_scripts_are_found_by_their_names(self) -> None:
        folder = Path(schema.__file__).parent
        self.assertEqual(len(schema.scripts()), len(list(folder.glob("schema*.sql"))))
        shutil.copy(folder / "schema.sql", self.folder)
        for number, script in ((2, self.SECOND), (3, self.THIRD), (5, "not reached")):
            (self.folder / f"schema.{number}.sql").write_text(script)
        self.patch(schema, "files", lambda package: self.folder)
        self.assertEqual(schema.scripts()[1:], [self.SECOND, self.THIRD])

    def test_an_older_file_is_brought_up_to_date(self) -> None:
        self.knows(self.SECOND, self.THIRD)
        part = self.folder / f"chat.sqlite.v{VERSION}-backup.part"
        part.touch()  # of a server that was killed on the way, and changed since
        part.chmod(0o644)
        self.addCleanup(os.umask, os.umask(0))
        self.opens()
        self.assertEqual(self.asks("PRAGMA user_version"), VERSION + 2)
        self.assertEqual(self.asks("SELECT count(*) FROM said WHERE mood IS NULL"), 2)
        backup = self.folder / f"chat.sqlite.v{VERSION}-backup"
        self.assertEqual(backup.stat().st_mode & 0o777, 0o600)
        with closing(sqlite3.connect(backup)) as database:
            self.assertEqual(database.execute("PRAGMA user_version").fetchone(), (VERSION,))
            self.assertEqual(database.execute("SELECT count(*) FROM said").fetchone(), (2,))
        self.assertFalse(list(self.folder.glob("*.part*")))

    def test_a_file_from_before_nonces_were_kept(self) -> None:
        self.path.unlink()
        with closing(self.database()) as database:
            database.executescript(schema.scripts()[0])
            database.execute(f"PRAGMA application_id = {schema.APPLICATION}")
            database.execute("PRAGMA user_version = 1")
            old = (1, "lobby", 1, 1.0, "said", "ann", "hi")
            database.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?)", old)
        self.opens().append([said(2)._replace(nonce="n")])
        self.assertTrue((self.folder / "chat.sqlite.v1-backup").exists())
        with closing(self.database()) as database:
            rows = database.execute("SELECT * FROM said").fetchall()
        self.assertEqual(rows, [(*old, "", ""), said(2)._replace(nonce="n")])

    def old(self, count: int) -> None:
        """A file in whose index are so many things, as SQLite split them into words."""
        self.path.unlink()
        with closing(self.database()) as database:
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
            database.executescript(";".join(schema.scripts()[:2]))
            database.execute(f"PRAGMA application_id = {schema.APPLICATION}")
            database.execute("PRAGMA user_version = 2")
            things = [said(number, f"caf\u00e9 {number} c++") for number in range(1, count + 1)]
            database.executemany(
                "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [each[:8] for each in things]
            )
            database.execute(
                "INSERT INTO words (rowid, text, speaker, room)"
                " SELECT id, text, speaker, room FROM said"
            )
            database.execute("UPDATE marks SET indexed = ?", [count])

    def found(self, phrase: str) -> list[int]:
        query = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid"
        with closing(self.database()) as database:
            return [each for [each] in database.execute(query, [f'text : "{phrase}"'])]

    def test_a_file_from_before_we_split_the_words_is_indexed_anew_from_its_newest(self) -> None:
        self.old(count=1000)
        file = self.opens()
        self.assertEqual(self.found("c + +"), [])
        file.append([said(1001, "c++ after")])
        file.in_spare_time()
        file.in_spare_time()
        self.assertEqual(self.found("c + +"), list(range(1001 - connection.PAGE, 1002)))
        # What is not in the index yet is forgotten and replaced as well.
        self.assertEqual(file.forget(None, 6.0, 100), 5)
        for entry_id in (6, 999):
            self.assertTrue(file.replace(entry_id, "redacted", "gone"))
        file.close()
        file = self.opens()
        self.all_indexed(file)
        self.assertEqual(self.found("c + +"), [*range(7, 999), 1000, 1001])
        self.assertEqual(self.found("gone"), [6, 999])
        self.assertEqual(self.asks("SELECT traces FROM marks"), 0)
        with closing(self.database()) as database:
            database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)")
            [count] = database.execute("SELECT doc FROM terms WHERE term = 'cafe'").fetchone()
        self.assertEqual(count, 993)

    def test_indexed_anew_when_words_are_other_ones(self) -> None:
        file = self.opens()
        self.all_indexed(file)
        self.assertEqual(self.found("hi"), [1, 2])
        file.close()
        for version in ("another Unicode", VERSION_OF_WORDS):
            self.patch(upkeep, "VERSION", version)
            file = self.opens()
            self.assertEqual(self.found("hi"), [])
            self.all_indexed(file)
            self.assertEqual(self.found("hi"), [1, 2])
            file.close()
        self.opens()
        self.assertEqual(self.found("hi"), [1, 2])

    def test_a_new_file_is_made_by_all_scripts_without_a_copy(self) -> None:
        self.path.unlink()
        self.knows(self.SECOND)
        self.opens()
        self.assertEqual(self.asks("PRAGMA user_version"), VERSION + 1)
        self.assertEqual(self.asks("SELECT mended FROM marks"), 7)
        self.assertFalse(list(self.folder.glob("*backup*")))

    def test_a_step_that_fails_leaves_the_version_before(self) -> None:
        (self.folder / f"chat.sqlite.v{VERSION}-backup.part").write_bytes(b"of an earlier attempt")
        self.knows(self.SECOND, "UPDATE marks SET mended = 8; UPDATE missing SET mended = 9")
        with self.assertRaisesRegex(StoreError, "cannot open .*: .*no such table: missing"):
            self.opens()
        self.assertEqual(self.asks("PRAGMA user_version"), VERSION + 1)
        self.assertEqual(self.asks("SELECT mended FROM marks"), 7)
        self.assertTrue((self.folder / f"chat.sqlite.v{VERSION}-backup").exists())


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
            def __exit__(self, *exception: Any) -> Any:
                if is_written:
                    super().__exit__(*exception)
                else:
                    self.rollback()
                self_test.patches.pop().restore()
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error

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


class FailingTests(FailingTestCase):
    """What fails leaves nothing behind, and what comes after it goes on."""

    def test_locked(self) -> None:
        other = self.database()
        other.execute("BEGIN EXCLUSIVE")
        locked = "another process has locked the file"
        for _ in range(2):
            self.fails(locked, self.file.append, [said(2)])
        self.fails(locked, self.file.put, "name", "value", 0)
        self.fails(locked, self.file.forget, None, 100.0, 10)
        self.fails(locked, self.file.replace, 1, "redacted", "new")
        other.execute("ROLLBACK")
        self.file.append([said(3)])
        self.file.put("name", "value", 0)
        self.assertEqual(self.ids(), [1, 3])

    def test_nothing_of_a_failed_call_comes_back(self) -> None:
        other = self.database()
        other.execute("BEGIN IMMEDIATE")
        self.fails(
            "another process has locked the file",
            self.file.append,
            [said(2), said(3, room="new"), said(4)],
        )
        # As if it had been written all the same.
        for each in (said(2), said(3, room="new"), said(4)):
            other.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", each)
        other.execute("COMMIT")
        self.assertEqual(self.ids(), [1, 2, 3, 4])
        self.all_indexed(self.file)
        self.assertEqual(self.ids(), [1])
        self.assertEqual(self.asks("SELECT count(*) FROM words WHERE words MATCH 'hi'"), 0)
        self.file.append([said(5)])
        self.assertEqual(self.ids(), [1, 5])

    def test_a_room_that_began_with_a_failed_call_is_not_there(self) -> None:
        other = self.database()
        other.execute("BEGIN IMMEDIATE")
        first = said(2, room="new")._replace(position=1)
        self.fails("another process has locked the file", self.file.append, [first])
        other.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", first)
        other.execute("COMMIT")
        self.file.close()
        self.assertEqual(self.file.open().heads, {"lobby": 1})

    def test_closed_in_doubt_while_locked(self) -> None:
        other = self.database()
        other.execute("BEGIN IMMEDIATE")
        self.fails("another process has locked the file", self.file.append, [said(2)])
        self.file.close()
        other.execute("ROLLBACK")
        self.assertEqual(self.file.open(), Kept(1, {"lobby": 1}))

    def test_a_commit_that_failed_but_is_written_is_a_success(self) -> None:
        self.breaks(is_written=True)
        self.file.append([said(2)])
        self.all_indexed(self.file)
        self.breaks(is_written=True)
        self.file.put("name", "value", 0)
        self.all_indexed(self.file)
        self.breaks(is_written=True)
        self.file.put("name", None, 1)
        self.file.append([said(3)])
        self.assertEqual(self.ids(), [1, 2, 3])
        self.assertEqual(self.asks("SELECT count(*) FROM records"), 0)
        for entry_id in (1, 3, 9):
            self.breaks(is_written=True)
            self.assertEqual(self.file.replace(entry_id, "redacted", "new"), entry_id != 9)
            self.all_indexed(self.file)
        self.assertEqual(self.asks("SELECT count(*) FROM words WHERE words MATCH 'new'"), 2)
        self.assertEqual(self.asks("SELECT traces FROM marks"), 0)

    def test_a_commit_that_failed_and_is_not_written(self) -> None:
        for work in (
            lambda: self.file.append([said(2)]),
            lambda: self.file.put("name", "value", 0),
            lambda: self.file.forget(None, 100.0, 10),
            lambda: self.file.replace(1, "redacted", "new"),
        ):
            self.breaks(is_written=False)
            self.fails("the disk has an error", work)
        mended = self.asks("SELECT mended FROM marks")
        self.all_indexed(self.file)
        self.assertEqual(self.asks("SELECT mended FROM marks"), mended + 1)
        self.file.append([said(3)])
        self.assertEqual(self.ids(), [1, 3])
        self.assertEqual(self.asks("SELECT text FROM said WHERE id = 1"), "one")
        self.assertEqual(self.asks("SELECT rowid FROM words WHERE words MATCH 'one'"), 1)
        self.file._connected().execute("INSERT INTO words (words) VALUES ('integrity-check')")

    def test_full(self) -> None:
        count = self.asks("PRAGMA page_count")
        self.file._connected().execute(f"PRAGMA max_page_count = {count}")
        self.fails("the disk is full", self.file.append, [said(2, "much " * 10_000)])
        self.file.append([said(3)])
        self.assertEqual(self.ids(), [1, 3])

    def test_an_error_without_words_of_ours(self) -> None:
        self.file._connected().execute("DROP TABLE records")
        why = "the database has an error: no such table: records"
        self.fails(why, self.file.put, "name", "value", 0)
        self.file.append([said(4)])
        self.assertEqual(self.ids(), [1, 4])

    def test_what_breaks_a_rule_is_our_mistake(self) -> None:
        with self.assertRaises(sqlite3.IntegrityError):
            self.file.append([said(2), said(3)._replace(position=2)])
        self.file.append([said(4)])
        self.assertEqual(self.ids(), [1, 4])

    def test_a_file_that_has_gone_is_not_made_anew(self) -> None:
        other = self.database()
        other.execute("BEGIN IMMEDIATE")
        self.path.rename(self.folder / "elsewhere.sqlite")
        self.fails("another process has locked the file", self.file.append, [said(2)])
        self.fails("the file cannot be opened", self.file.append, [said(3)])
        self.assertFalse(self.path.exists())
        other.close()
        (self.folder / "elsewhere.sqlite").rename(self.path)
        self.file.append([said(4)])
        self.assertEqual(self.ids(), [1, 4])

    def test_what_fails_in_spare_time_is_logged_once_and_tried_again(self) -> None:
        for module in (file, worker):
            self.patch(module, "AGAIN", 0.001)
        self.patch(file, "INDEX_AFTER", 0.0)
        self.file.append([said(2, "two")])
        other = self.database()
        other.execute("BEGIN IMMEDIATE")
        with capturedLogs() as logs:
            for _ in range(3):
                time.sleep(0.002)
                self.assertIsNotNone(self.file.in_spare_time())
        self.assertEqual(len(logs), 1)
        self.assertEqual(logs[0]["reason"], "another process has locked the file")
        other.execute("ROLLBACK")
        time.sleep(0.002)
        with capturedLogs() as logs:
            self.all_indexed(self.file)
        self.assertEqual([formatEvent(log) for log in logs], [f"Tidying {self.path} works again."])
        self.assertEqual(self.asks("SELECT count(*) FROM words WHERE words MATCH 'two'"), 1)


class TogetherTests(FailingTestCase):
    """Several changes are one commit, and each has an outcome of its own."""

    def together(self, *works: Callable[[], None]) -> list[str]:
        return [str(each) if each else "" for each in self.file.together(works)]

    def append(self, *all_said: Stored) -> Callable[[], None]:
        return partial(self.file.append, all_said)

    def put(self, name: str, version: int = 0) -> Callable[[], None]:
        return partial(self.file.put, name, "value", version)

    def test_in_their_order_by_one_commit(self) -> None:
        statements: list[str] = []
        self.file._connected().set_trace_callback(statements.append)
        outcomes = self.together(
            self.put("a"), self.append(said(2), said(3)), self.put("b"), self.put("a", 1)
        )
        self.assertEqual(outcomes, [""] * 4)
        self.assertEqual(statements.count("COMMIT"), 1)
        self.assertEqual(self.ids(), [1, 2, 3])
        self.assertEqual(self.asks("SELECT version FROM records WHERE name = 'a'"), 2)
        self.file.close()
        self.assertEqual(self.file.open(), Kept(3, {"lobby": 3}))

    def test_one_that_is_refused_costs_no_other(self) -> None:
        self.file.put("taken", "value", 0)
        rule = "UNIQUE constraint failed: said.room, said.position"
        outcomes = self.together(
            self.append(said(2)),
            self.put("taken"),
            self.append(said(3), said(4)._replace(position=3)),
            self.put("b"),
            self.append(said(5)),
        )
        conflict = "somebody else has changed taken"
        self.assertEqual(outcomes, ["", conflict, rule, "", ""])
        self.assertEqual(self.ids(), [1, 2, 5])
        self.file.close()
        self.assertEqual(self.file.open().last_id, 5)
        self.assertEqual(self.asks("SELECT count(*) FROM records"), 2)

    def test_a_commit_that_fails_is_all_of_theirs(self) -> None:
        self.file.put("taken", "value", 0)
        works = [self.append(said(2)), self.put("taken"), self.put("b")]
        conflict, broken = "somebody else has changed taken", "the disk has an error"
        self.breaks(is_written=False)
        self.assertEqual(self.together(*works), [broken, conflict, broken])
        self.all_indexed(self.file)
        self.assertEqual(self.ids(), [1])
        self.breaks(is_written=True)
        self.assertEqual(self.together(*works), ["", conflict, ""])
        self.all_indexed(self.file)
        self.assertEqual(self.ids(), [1, 2])
        self.assertEqual(self.asks("SELECT count(*) FROM records"), 2)

    def test_when_the_database_fails_none_is_made(self) -> None:
        count = self.asks("PRAGMA page_count")
        self.file._connected().execute(f"PRAGMA max_page_count = {count}")
        full = "the disk is full"
        works = self.put("a"), self.append(said(2, "much " * 10_000)), self.put("b")
        self.assertEqual(self.together(*works), [full] * 3)
        self.assertEqual(self.together(self.put("a"), self.append(said(3))), ["", ""])
        self.assertEqual(self.ids(), [1, 3])


class TroubleTests(FileTestCase):
    def test_what_goes_on_and_off_is_logged_once_a_minute(self) -> None:
        now = 0.0
        self.patch(connection, "monotonic", lambda: now)
        trouble = Trouble("Writing")
        with capturedLogs() as logs:
            trouble.note()
            for _ in range(3):
                trouble.note("the disk is full")
                trouble.note("the disk is full")
                trouble.note()
            now = 60.0
            trouble.note("the disk has an error")
            trouble.note("the disk is full")
            trouble.note()
        self.assertEqual(
            [formatEvent(log) for log in logs],
            [
                "Writing does not work: the disk is full.",
                "Writing works again.",
                "Writing does not work: the disk has an error.",
                "Writing works again.",
            ],
        )


class DiskTests(FileTestCase):
    """Disks that are really full."""

    def test_no_file_may_grow(self) -> None:
        process = self.starts(sys.executable, "-c", APPENDING, self.path, 300_000)
        status, out, err = self.ends(process)
        self.assertEqual((status, err), (0, ""))
        lines = out.splitlines()
        errors = [line for line in lines if not line.isdigit()]
        self.assertEqual(errors, ["the disk has an error"] * 3)
        self.opens()
        self.assertEqual(self.ids(), [int(line) for line in lines if line.isdigit()])
        self.assertEqual(self.asks("PRAGMA integrity_check"), "ok")

    def test_no_space(self) -> None:
        folder = str(self.folder)
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True).returncode:
            self.skipTest("only root may mount a small disk")
        self.addCleanup(lambda: subprocess.run(["umount", "--lazy", folder], check=True))
        file = self.opens("full")
        kept: list[int] = []
        reasons: list[str] = []
        number = 0
        while len(reasons) < 5:
            number += 1
            try:
                file.append([said(number, f"word{number} " * 200)])
                kept.append(number)
            except StoreError as error:
                reasons.append(str(error))
                file.in_spare_time()
        self.assertLessEqual(set(reasons), {"the disk is full", "the disk has an error"})
        subprocess.run(["mount", "-o", "remount,size=8m", folder], check=True)
        file.append([said(number + 1)])
        self.all_indexed(file)
        self.assertEqual(self.ids(), [*kept, number + 1])
        self.assertEqual(self.asks("PRAGMA integrity_check"), "ok")


class KilledTests(FileTestCase):
    def test_what_was_kept_survives_a_kill_and_is_indexed_after(self) -> None:
        process = self.starts(sys.executable, "-c", APPENDING, self.path, 0)
        assert process.stdout is not None
        for _ in range(300):
            process.stdout.readline()
        with self.assertRaisesRegex(Unusable, "another server uses it; stop that one first"):
            File(str(self.path), "full").open()
        process.kill()
        last = int(["300", *process.stdout.read().splitlines()][-1])
        file = File(str(self.path), "full")
        kept = file.open()
        self.addCleanup(file.close)
        # The last may have been kept before it could say so.
        self.assertIn(kept.last_id, (last, last + 1))
        self.assertEqual(kept.heads, {"lobby": kept.last_id})
        self.assertEqual(self.asks("SELECT count(*) FROM said"), kept.last_id)
        self.assertEqual(self.asks("SELECT indexed FROM marks"), 0)
        self.all_indexed(file)
        self.assertEqual(self.asks("SELECT indexed FROM marks"), kept.last_id)
        for number in (1, 200, 201, last):
            query = "SELECT rowid FROM words WHERE words MATCH ?"
            self.assertEqual(self.asks(query, f"word{number}"), number)
        self.assertEqual(self.asks("PRAGMA integrity_check"), "ok")


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
        self.assertEqual(file.open(), Kept(3001, {"lobby": 3001}))

    def test_the_log_does_not_grow_without_end(self) -> None:
        file = self.opens()
        for number in range(1, 2001):
            file.append([said(number, "x" * 5000)])
        self.assertLess((self.folder / "chat.sqlite-wal").stat().st_size, 8 * 1024 * 1024)


class ReplacingTests(FileTestCase):
    """Nothing is left of what was replaced, wherever it was."""

    SECRET = "xylophone quicksilver zanzibar"

    def setUp(self) -> None:
        super().setUp()
        self.patch(file, "INDEX_AFTER", 0.0)
        # Debian's SQLite overwrites what is deleted without being asked; others do not.
        connect = connection.connect

        def connect_to_another(*where: str) -> sqlite3.Connection:
            database = connect(*where)
            database.execute("PRAGMA secure_delete = OFF").fetchone()
            return database

        self.patch(file, "connect", connect_to_another)
        self.file = self.opens()

    def traces(self, text: str = SECRET) -> list[str]:
        """The words of a text that are found anywhere in the files, or all but two letters."""
        content = b"".join(path.read_bytes() for path in self.folder.glob("chat.sqlite*"))
        return [word for word in text.split() if word[2:].encode() in content]

    def says(self, first: int, last: int, text: str = "some more words") -> None:
        for start in range(first, last + 1, 100):
            numbers = range(start, min(start + 100, last + 1))
            self.file.append([said(number, f"{text} unit{number}w") for number in numbers])
            self.file.in_spare_time()
        self.all_indexed(self.file)

    def replaces(self, entry_id: int, text: str = "gone") -> None:
        self.assertTrue(self.file.replace(entry_id, "redacted", text))

    def is_sound(self) -> None:
        self.file._connected().execute("INSERT INTO words (words) VALUES ('integrity-check')")
        self.assertEqual(self.asks("PRAGMA integrity_check"), "ok")

    def is_gone(self, text: str = SECRET) -> None:
        self.all_indexed(self.file)
        self.assertEqual(self.traces(text), [])
        self.assertEqual(self.asks("SELECT traces FROM marks"), 0)
        query = "SELECT v FROM words_config WHERE k = 'usermerge'"
        with closing(self.database()) as database:
            self.assertIn(database.execute(query).fetchone(), (None, (upkeep.MERGED,)))
        self.is_sound()

    def test_not_yet_indexed(self) -> None:
        self.file.append([said(1, self.SECRET), said(2)])
        self.assertEqual(self.traces(), self.SECRET.split())
        self.replaces(1)
        self.is_gone()
        self.assertEqual(self.asks("SELECT rowid FROM words WHERE words MATCH 'gone'"), 1)

    def test_indexed(self) -> None:
        # In an index so small, what is new is as large as all that is old; FTS5 then has all of it
        # on its first level, and from the second time on empty ones behind.
        for number in range(1, 60, 3):
            secret = " ".join(f"{word}{number}x" for word in self.SECRET.split())
            self.file.append([said(number, "one"), said(number + 1, secret)])
            self.all_indexed(self.file)
            self.assertEqual(len(self.traces(secret)), 3)
            self.replaces(number + 1)
            self.is_gone(secret)
            self.file.append([said(number + 2, "three")])

    def test_indexed_while_something_is_not(self) -> None:
        self.file.append([said(1, self.SECRET)])
        self.all_indexed(self.file)
        self.file.append([said(2, "two")])
        self.replaces(1)
        self.is_gone()
        for number, word in {1: "gone", 2: "two"}.items():
            query = "SELECT rowid FROM words WHERE words MATCH ?"
            self.assertEqual(self.asks(query, word), number)

    def test_among_thousands(self) -> None:
        self.says(1, 3000)
        self.file.append([said(3001, self.SECRET)])
        self.says(3002, 6000)
        self.assertTrue(self.traces())
        self.replaces(3001)
        self.is_gone()
        query = "SELECT count(*) FROM words WHERE words MATCH 'words'"
        self.assertEqual(self.asks(query), 5999)

    def test_while_more_is_said(self) -> None:
        self.says(1, 3000)
        self.file.append([said(3001, self.SECRET)])
        self.all_indexed(self.file)
        self.patch(upkeep, "PAGES", 1)
        self.replaces(3001)
        steps = 0
        while self.asks("SELECT traces FROM marks"):
            steps += 1
            self.assertLess(steps, 2000)
            if steps <= 20:
                self.file.append([said(3001 + steps, f"meanwhile w{steps}w")])
            self.file.in_spare_time()
        self.assertGreater(steps, 20)
        self.is_gone()

    def test_long(self) -> None:
        secret = " ".join(f"hidden{number}word" for number in range(3000))
        self.says(1, 100)
        self.file.append([said(101, secret)])
        self.says(102, 200)
        self.assertTrue(self.traces(secret))
        self.replaces(101)
        self.is_gone(secret)

    def test_by_something_as_long(self) -> None:
        self.says(1, 100)
        self.file.append([said(101, self.SECRET)])
        self.says(102, 110)
        self.replaces(101, "n" * len(self.SECRET))
        self.is_gone()

    def test_what_is_forgotten_is_overwritten(self) -> None:
        self.file.append([said(1), said(2, self.SECRET), said(3, room="other")])
        self.file.forget("lobby", 3.0, 10)
        self.all_indexed(self.file)
        self.file.close()
        self.assertEqual(self.traces(), [])

    def test_goes_on_when_opened_again(self) -> None:
        self.says(1, 2000)
        self.file.append([said(2001, self.SECRET)])
        self.all_indexed(self.file)
        self.patch(upkeep, "PAGES", 1)
        self.replaces(2001)
        # As a kill would leave it: a copy of the files, at the beginning, and in the midst of it.
        for steps in (0, 3):
            for _ in range(steps):
                self.file.in_spare_time()
            self.assertTrue(self.traces())
            folder = self.folder / f"after {steps}"
            folder.mkdir()
            for name in ("chat.sqlite", "chat.sqlite-wal"):
                shutil.copy(self.folder / name, folder)
        self.file.close()
        for steps in (0, 3):
            folder = self.folder / f"after {steps}"
            file = File(str(folder / "chat.sqlite"), "full")
            file.open()
            self.addCleanup(file.close)
            self.all_indexed(file)
            for path in folder.iterdir():
                self.assertNotIn(b"lophone", path.read_bytes(), path)

    def test_who_reads_holds_it_up_only(self) -> None:
        for module in (file, worker):
            self.patch(module, "AGAIN", 0.001)
        self.patch(
            connection, "BUSY", 10 * PATIENCE
        )  # whoever waited for the other would take long
        self.file.close()
        self.file = self.opens()
        self.file.append([said(1, self.SECRET)])
        self.all_indexed(self.file)
        other = self.database()
        other.execute("BEGIN")
        other.execute("SELECT * FROM said").fetchall()
        self.replaces(1)
        began = time.monotonic()
        for _ in range(20):
            self.assertIsNotNone(self.file.in_spare_time())
            time.sleep(0.002)
        self.assertLess(time.monotonic() - began, PATIENCE)
        self.assertTrue(self.traces())
        self.file.append([said(2)])
        other.execute("ROLLBACK")
        time.sleep(0.002)
        self.is_gone()

    def test_many_times(self) -> None:
        # FTS5 uses one more level each time, of which it has 64.
        self.says(1, 600)
        for number in range(1, 151):
            self.replaces(number, f"gone g{number}g")
            self.all_indexed(self.file)
            self.assertEqual(self.traces(f"unit{number}w words"), ["words"], number)
        self.is_sound()


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
        self.patch(store, "LOOKS", 2)
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
    assert await store.open() == Kept(0, {})
    both = [said(1, "a"), said(2, "b")]
    appending = Deferred.fromCoroutine(store.append(both))
    putting = Deferred.fromCoroutine(store.put("name", "value", 0))
    await appending
    await putting
    assert await store.after("lobby", 0, 10) == both
    assert await store.records("") == {"name": Record("value", 1)}
    await store.close()
