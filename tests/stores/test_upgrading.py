"""Files of older versions are upgraded."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from chatsvc.store import StoreError
from chatsvc.stores.sqlite import schema, upkeep
from chatsvc.text.words import VERSION as VERSION_OF_WORDS
from tests.stores.files import VERSION, FileTestCase, said


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
        self.assertEqual(rows, [(*old, "", "", 0), said(2)._replace(nonce="n")])

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
        self.patch(upkeep, "REST_IN_TALK", 0)
        file.in_spare_time()
        file.in_spare_time()
        newest = self.found("c + +")
        self.assertEqual(newest, list(range(newest[0], 1002)))
        self.assertGreater(newest[0], 800)
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
