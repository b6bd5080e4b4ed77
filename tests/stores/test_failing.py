"""The file of the SQLite store, when something fails: a commit, the disk, the process."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from twisted.logger import LogLevel, capturedLogs, formatEvent

from chatsvc.store import Stored, StoreError, StoreState, Unusable
from chatsvc.stores.sqlite import claim, connection, file, upkeep, worker
from chatsvc.stores.sqlite.connection import Trouble
from chatsvc.stores.sqlite.file import File
from tests.stores.files import FailingTestCase, FileTestCase, said

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
            other.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", each)
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
        other.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", first)
        other.execute("COMMIT")
        self.file.close()
        self.assertEqual(self.file.open().heads, {"lobby": 1})

    def test_closed_in_doubt_while_locked(self) -> None:
        other = self.database()
        other.execute("BEGIN IMMEDIATE")
        self.fails("another process has locked the file", self.file.append, [said(2)])
        self.file.close()
        other.execute("ROLLBACK")
        self.assertEqual(self.file.open(), StoreState(1, {"lobby": 1}))

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

    def test_what_breaks_a_rule_is_a_bug(self) -> None:
        with self.assertRaises(sqlite3.IntegrityError):
            self.file.append([said(2), said(3)._replace(position=2)])
        self.file.append([said(4)])
        self.assertEqual(self.ids(), [1, 4])

    def test_a_file_that_has_gone_is_not_made_anew(self) -> None:
        other = self.database()
        other.execute("BEGIN IMMEDIATE")
        self.path.rename(self.folder / "elsewhere.sqlite")
        self.fails("another process has locked the file", self.file.append, [said(2)])
        self.fails("the file was moved, removed or replaced", self.file.append, [said(3)])
        self.assertFalse(self.path.exists())
        other.close()
        (self.folder / "elsewhere.sqlite").rename(self.path)
        self.file.append([said(4)])
        self.assertEqual(self.ids(), [1, 4])

    def test_what_fails_in_spare_time_is_logged_once_and_tried_again(self) -> None:
        for module in (file, worker):
            self.patch(module, "AGAIN", 0.001)
        self.patch(upkeep, "INDEX_AFTER", 0.0)
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

    def test_a_bug_in_spare_time_leaves_what_is_said_as_lasting_as_before(self) -> None:
        def goes_wrong(db: sqlite3.Connection) -> bool:
            raise ValueError

        self.file.close()
        full = self.opens("full")
        self.patch(full._upkeep, "goes_on", goes_wrong)
        self.assertRaises(ValueError, full.in_spare_time)
        [is_full] = full._connected().execute("PRAGMA synchronous").fetchone()
        self.assertEqual(is_full, 2)


class GoneTests(FailingTestCase):
    """The file is moved, removed or replaced, though it is open."""

    def setUp(self) -> None:
        self.patch(claim, "LOOK_EVERY", 0.0)
        super().setUp()
        self.elsewhere = self.folder / "elsewhere"

    def is_refused(self) -> None:
        gone = "the file was moved, removed or replaced"
        self.fails(gone, self.file.append, [said(2)])
        self.fails(gone, self.file.put, "name", "value", 0)
        self.assertIsNotNone(self.file.in_spare_time())

    def test_moved_and_put_back(self) -> None:
        self.path.rename(self.elsewhere)
        with capturedLogs() as logged:
            self.is_refused()
        self.assertIn(
            f"Writing to {self.path} does not work: the file was moved, removed or replaced.",
            [formatEvent(event) for event in logged if event["log_level"] is LogLevel.critical],
        )
        self.assertFalse(self.path.exists())
        self.elsewhere.rename(self.path)
        self.file.append([said(3)])
        self.assertEqual(self.ids(), [1, 3])

    def test_its_folder_is_moved_and_put_back(self) -> None:
        folder = self.folder / "folder"
        folder.mkdir()
        self.path = folder / "chat.sqlite"
        self.file = self.opens()
        self.file.append([said(1)])
        folder.rename(self.elsewhere)
        self.is_refused()
        self.elsewhere.rename(folder)
        self.file.append([said(3)])
        self.assertEqual(self.ids(), [1, 3])

    def test_replaced(self) -> None:
        self.elsewhere.write_bytes(self.path.read_bytes())
        self.elsewhere.rename(self.path)
        self.is_refused()
        self.file.close()
        self.file = self.opens()  # as a server does that starts anew
        self.file.append([said(5)])

    def test_it_is_looked_for_now_and_then(self) -> None:
        self.patch(claim, "LOOK_EVERY", 1000.0)
        self.file.append([said(2)])
        self.patch(claim, "os", None)  # so nobody can look
        self.file.append([said(3)])


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
        self.assertEqual(self.file.open(), StoreState(3, {"lobby": 3}))

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

    def test_what_ends_the_transaction_undoes_all_whatever_it_raises(self) -> None:
        def out_of_memory() -> None:  # for which Python raises no error of the database
            self.file._connected().rollback()
            raise MemoryError("no memory")

        ended = "the database has an error: the transaction has ended"
        works = self.put("a"), self.append(said(2)), out_of_memory, self.put("b")
        self.assertEqual(self.together(*works), [ended, ended, "no memory", ended])
        self.assertEqual(self.asks("SELECT count(*) FROM records"), 0)
        self.assertEqual(self.together(self.put("a"), self.append(said(2))), ["", ""])
        self.assertEqual(self.ids(), [1, 2])


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
