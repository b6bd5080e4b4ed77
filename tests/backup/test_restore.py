"""A restored store is the one that was backed up, and the old one is not lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from chatsvc.backup import files
from chatsvc.backup.backup import back_up
from chatsvc.backup.check import MOST_ADDED
from chatsvc.backup.restore import Restored, restore
from chatsvc.settings.table import own_certificate
from chatsvc.store import StoreError
from chatsvc.stores.sqlite import schema
from tests.disks import small_disk
from tests.stores.files import VERSION, FileTestCase, said

OWN_CERTIFICATE = "self-signed certificate"
NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z
OLD = "chat.sqlite.before-20260921T141320Z"


class RestoreTests(FileTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.opens()
        self.file.append([said(1, "one"), said(2, "two")])
        self.settings = self.folder / "chatsvc.toml"
        self.settings.write_text("[server]\n")
        own_certificate(self.path).write_text("a certificate")
        beside = {"settings": self.settings, OWN_CERTIFICATE: own_certificate(self.path)}
        self.backup = back_up(self.path, self.folder / "backups", NOW, beside).path
        self.file.append([said(3, "three")])
        self.file.close()

    def restores(self) -> Restored:
        return restore(
            self.backup, self.path, NOW, {OWN_CERTIFICATE: own_certificate(self.path)}, "admin:root"
        )

    def refuses_it(self, reason: str) -> None:
        """See that it is not restored, for a reason, and nothing changed."""
        before = {each: each.read_bytes() for each in self.folder.iterdir() if each.is_file()}
        with self.assertRaises(StoreError) as raised:
            self.restores()
        self.assertIn(reason, str(raised.exception))
        after = {each: each.read_bytes() for each in self.folder.iterdir() if each.is_file()}
        self.assertEqual(before | {Path(f"{self.path}-lock"): b""}, after)

    def test_what_was_backed_up_is_back_and_the_old_store_beside_it(self) -> None:
        restored = self.restores()
        self.assertEqual(restored.contents.messages, 2)
        self.assertEqual(restored.old, self.folder / OLD)
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.ids(), [1, 2])
        self.path = self.folder / OLD
        self.assertEqual(self.ids(), [1, 2, 3])

    def test_who_has_done_it_is_noted_for_the_next_server(self) -> None:
        self.restores()
        with closing(sqlite3.connect(self.path)) as db:
            [found] = db.execute("SELECT value FROM records WHERE name = 'restored'").fetchone()
        self.assertEqual(json.loads(found), {"by": "admin:root", "backup": self.backup.name})

    def test_no_id_is_used_twice(self) -> None:
        self.restores()
        self.assertEqual(self.opens()._last_id, 3)

    def test_the_files_beside_it(self) -> None:
        self.settings.write_text("[server]\nmotd = 'another'\n")
        own_certificate(self.path).unlink()
        certificate = own_certificate(self.path)
        self.assertEqual(
            self.restores().beside,
            [
                f"{certificate}, the self-signed certificate, is restored",
                f"{self.settings}, the settings, is another one today, and stays",
            ],
        )
        self.assertEqual(certificate.read_text(), "a certificate")
        self.assertEqual(certificate.stat().st_mode & 0o777, 0o600)
        self.assertIn("another", self.settings.read_text())
        with closing(self.database()) as database:
            tables = database.execute("SELECT name FROM sqlite_master").fetchall()
        self.assertNotIn(("files_beside",), tables)

    def test_under_another_name_where_there_was_none(self) -> None:
        folder = self.folder / "new"
        folder.mkdir()
        self.path = folder / "club.sqlite"
        restored = self.restores()
        self.assertIsNone(restored.old)
        self.assertEqual(self.ids(), [1, 2])
        names = {"club.sqlite", "club.sqlite-lock", "club-self-signed.pem", "chatsvc.toml"}
        self.assertEqual({each.name for each in folder.iterdir()}, names)

    def test_a_copy_by_hand_works_as_well(self) -> None:
        shutil.copy(self.backup, self.path)
        self.assertEqual(self.opens()._last_id, 2)

    def test_a_server_uses_the_store(self) -> None:
        self.file = self.opens()
        self.refuses_it("another server uses it; stop that one first")

    def test_over_a_damaged_store(self) -> None:
        self.path.write_bytes(b"\0" * 10_000)
        self.restores()
        self.assertEqual(self.ids(), [1, 2])
        self.assertEqual((self.folder / OLD).read_bytes(), b"\0" * 10_000)

    def test_over_what_a_crash_has_left(self) -> None:
        self.opens().append([said(4, "four")])
        self.path, crashed = self.folder / "crashed.sqlite", self.path
        for ending in ("", "-wal"):
            shutil.copy(f"{crashed}{ending}", f"{self.path}{ending}")
        restored = self.restores()
        self.assertEqual(self.ids(), [1, 2])
        assert restored.old is not None
        self.path = restored.old
        self.assertEqual(self.ids(), [1, 2, 3, 4])

    def test_over_another_programs_file(self) -> None:
        with closing(self.database()) as database:
            database.execute("PRAGMA application_id = 7")
        self.refuses_it("another program made it")

    def test_over_a_folder(self) -> None:
        self.path = self.folder / "backups"
        with self.assertRaises(StoreError) as raised:
            self.restores()
        self.assertIn("Is a directory", str(raised.exception))

    def test_no_backup(self) -> None:
        self.backup = self.folder / "missing"
        self.refuses_it(f"there is no backup at {self.backup}")

    def test_a_backup_that_is_cut_off(self) -> None:
        with self.backup.open("r+b") as file:
            file.truncate(self.backup.stat().st_size - 4096)
        self.refuses_it("damaged")

    def test_a_backup_that_has_rotted(self) -> None:
        data = self.backup.read_bytes()
        self.backup.write_bytes(data[:4096] + b"\xff" * 4096 + data[8192:])
        self.refuses_it("damaged")

    def test_something_else(self) -> None:
        self.backup.write_text("Dear diary")
        self.refuses_it("the file is not a database")

    def test_another_programs_backup(self) -> None:
        self.backup.unlink()
        with closing(sqlite3.connect(self.backup)) as database:
            database.execute("CREATE TABLE diary (day)")
        self.refuses_it("another program made it")

    def spoils(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.backup)) as database:
            for each in statements:
                database.execute(each)
            database.commit()

    def test_what_a_server_would_run(self) -> None:
        whole = self.backup.read_bytes()
        endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n"
        for statements in (
            ["CREATE TRIGGER evil AFTER INSERT ON said BEGIN DELETE FROM records; END"],
            [f"CREATE VIEW evil AS {endless}"],
            ["ALTER TABLE said RENAME TO evil", f"CREATE VIEW said AS {endless}"],
            ["CREATE TABLE evil (x DEFAULT (randomblob(1000000000)))"],
            ["CREATE INDEX evil ON said (length(text))"],
            ["CREATE INDEX evil ON said (at) WHERE length(text) > 1"],
            ["CREATE UNIQUE INDEX evil ON said (text)"],
        ):
            self.backup.write_bytes(whole)
            self.spoils(*statements)
            self.refuses_it("chatsvc has not made all that is in it, such as evil")

    def test_an_index_that_an_administrator_has_added(self) -> None:
        with closing(self.database()) as database:
            database.execute("CREATE INDEX mine ON said (speaker COLLATE NOCASE DESC)")
        self.backup = back_up(self.path, self.folder / "backups", NOW + 1, {}).path
        self.assertEqual(self.restores().contents.messages, 3)
        self.assertEqual(self.asks("SELECT count(*) FROM sqlite_master WHERE name = 'mine'"), 1)
        self.assertEqual(self.ids(), [1, 2, 3])

    def test_so_many_of_these_but_not_more(self) -> None:
        self.spoils(*[f"CREATE INDEX mine{n} ON said (at)" for n in range(MOST_ADDED)])
        self.assertEqual(self.restores().contents.messages, 2)
        self.spoils("CREATE INDEX more ON said (at)")
        self.refuses_it("chatsvc has not made all that is in it, such as mine0")

    def test_statistics_of_sqlite(self) -> None:
        self.spoils("ANALYZE")
        self.assertEqual(self.restores().contents.messages, 2)

    def test_files_that_nobody_has_backed_up(self) -> None:
        self.spoils(
            "UPDATE files_beside SET path = '/x/argon2.py' WHERE name = 'settings'",
            "INSERT INTO files_beside VALUES ('motd', '/x/chat.sqlite-wal', x'00')",
            "INSERT INTO files_beside VALUES ('evil', '/x/evil', x'00')",
        )
        self.settings.unlink()
        before = {each.name for each in self.folder.iterdir()}
        beside = self.restores().beside
        self.assertIn("stays in the backup: chat.sqlite-wal is no name of a text", beside[0])
        self.assertIn("stays in the backup: argon2.py is no name of a text", beside[2])
        after = {each.name for each in self.folder.iterdir()}
        self.assertEqual(after - before, {OLD, "chat.sqlite-lock"} - before)

    def test_names_of_several_parts(self) -> None:
        for name, is_text in (
            *(("chatsvc.local.toml", True), ("motd.de.v2.txt", True), ("motd", True)),
            *(("chat.sqlite-wal.py", False), ("x.txt.py", False), (".x.txt", False)),
            *(("x..txt", False), ("x.txt-wal", False), ("x.txt\n", False), ("x.txt.", False)),
        ):
            path = self.folder / name
            became = files.lay(files.Beside("motd", path, b"hi"), path)
            self.assertEqual(path.exists(), is_text, became)

    def test_files_of_other_kinds_and_sizes(self) -> None:
        for path, data in (("", "x'00'"), ("..", "x'00'"), ("/", "x'00'"), (".profile", "x'00'"),
                           ("a", "'text'"), ("a", "7"), ("a", "zeroblob(1048577)")):  # fmt: skip
            self.spoils(
                "DELETE FROM files_beside",
                f"INSERT INTO files_beside VALUES ('motd', '{path}', {data})",
            )
            before = {each.name for each in self.folder.iterdir()}
            self.restores()
            after = {each.name for each in self.folder.iterdir()} - {OLD, "chat.sqlite-lock"}
            self.assertEqual(after, before - {OLD, "chat.sqlite-lock"})
            (self.folder / OLD).unlink()

    def test_a_pipe_and_a_device(self) -> None:
        for path in (self.folder / "pipe", Path("/dev/zero")):
            self.backup = path
            if path.name == "pipe":
                os.mkfifo(path)
            with self.assertRaisesRegex(StoreError, "it is no ordinary file"):
                self.restores()

    def test_an_empty_file(self) -> None:
        self.backup.write_bytes(b"")
        self.refuses_it("it is empty")

    def test_a_backup_of_an_older_version(self) -> None:
        shutil.copy(Path(__file__).parents[1] / "stores" / "version3.sqlite", self.backup)
        self.assertEqual(self.restores().contents.version, 3)
        self.opens()
        self.assertEqual(self.asks("PRAGMA user_version"), VERSION)

    def test_a_backup_of_a_newer_version(self) -> None:
        with closing(sqlite3.connect(self.backup)) as database:
            database.execute(f"PRAGMA user_version = {len(schema.scripts()) + 1}")
        self.refuses_it("a newer chatsvc made it")

    def test_a_full_disk(self) -> None:
        disk = small_disk(self, self.folder)
        (disk / "ballast").write_bytes(bytes(2 * 2**20 - 20_000))
        self.path = disk / "chat.sqlite"
        with self.assertRaises(StoreError) as raised:
            self.restores()
        self.assertIn("the disk is full", str(raised.exception))
        self.assertEqual({each.name for each in disk.iterdir()}, {"ballast", "chat.sqlite-lock"})

    def test_the_owner_stays(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("only root may give files away")
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, 12345, 12345)
        own_certificate(self.path).unlink()
        self.restores()
        for path in (self.path, Path(f"{self.path}-lock"), own_certificate(self.path)):
            self.assertEqual(path.stat().st_uid, 12345, path)
