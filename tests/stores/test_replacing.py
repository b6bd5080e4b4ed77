"""What was replaced cannot be found on the disk."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing

from chatsvc.stores.sqlite import connection, file, upkeep, worker
from chatsvc.stores.sqlite.file import File
from tests.patience import PATIENCE
from tests.stores.files import FileTestCase, said


class ReplacingTests(FileTestCase):
    """Nothing is left of what was replaced, wherever it was."""

    SECRET = "xylophone quicksilver zanzibar"

    def setUp(self) -> None:
        super().setUp()
        self.patch(upkeep, "INDEX_AFTER", 0.0)
        # Debian's SQLite overwrites what is deleted without being asked; others do not.
        connect = connection.connect

        def connect_to_another(*where: str) -> sqlite3.Connection:
            database = connect(*where)
            database.execute("PRAGMA secure_delete = OFF").fetchone()
            return database

        self.patch(connection, "connect", connect_to_another)
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
