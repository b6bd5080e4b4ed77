"""Backups are whole, or not there."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from chatsvc.backup import files
from chatsvc.backup.backup import Backup, back_up
from chatsvc.backup.check import Contents, checked
from chatsvc.backup.folder import Folder
from chatsvc.store import Stored, StoreError
from tests.disks import small_disk
from tests.stores.files import VERSION, FileTestCase, said

NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z
NAME = "chat-20260921T141320Z.sqlite"

# Makes a backup of a store in a folder, with a bound of what a file may have; if that is 0, it
# prints a line whenever it rests, and goes on when it is given one.
BACKING_UP = """
import resource, sys
from pathlib import Path
from chatsvc.backup import copy
from chatsvc.backup.backup import back_up
from chatsvc.store import StoreError

if sys.argv[3] == "0":
    copy.sleep = lambda seconds: (print("rests", flush=True), input())
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    back_up(Path(sys.argv[1]), Path(sys.argv[2]), 1_790_000_000.0, {})
except StoreError as error:
    sys.exit(str(error))
"""


def long_ones(begin: int, count: int) -> list[Stored]:
    """Messages of a kilobyte each."""
    return [said(begin + number, f"{number} " + "x" * 1000) for number in range(count)]


class BackupTests(FileTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.backups = self.folder / "backups"
        self.file = self.opens()
        self.file.append([said(1, "one"), said(2, "two")])
        self.file.put("a record", "its value", 0)

    def backs_up(self, now: float = NOW, keep: int | None = None, **beside: Path) -> Backup:
        return back_up(self.path, self.backups, now, beside, keep)

    def test_a_backup_by_root_belongs_to_the_user_of_the_server(self) -> None:
        if os.geteuid() != 0:
            raise self.skipTest("only root can give a folder to somebody")
        for each in (self.folder, *self.folder.iterdir()):
            os.chown(each, 12345, 12345)
        made = self.backs_up().path
        for path in (made, made.parent):
            self.assertEqual((path.stat().st_uid, path.stat().st_gid), (12345, 12345), path)

    def fails(self, reason: str) -> None:
        with self.assertRaises(StoreError) as raised:
            self.backs_up()
        self.assertIn(reason, str(raised.exception))

    def files(self) -> list[str]:
        return sorted(each.name for each in self.backups.iterdir())

    def test_what_a_server_has_written_so_far_is_in_it(self) -> None:
        made = self.backs_up()
        self.file.append([said(3, "later")])
        self.assertEqual(made.path, self.backups / NAME)
        self.assertEqual(made.contents, Contents(VERSION, 2, 1, 2.0))
        self.assertEqual(made.size, made.path.stat().st_size)
        self.assertEqual(self.files(), [NAME])
        with closing(sqlite3.connect(made.path)) as database:
            texts = database.execute("SELECT text FROM said ORDER BY id").fetchall()
        self.assertEqual(texts, [("one",), ("two",)])

    def test_the_server_can_use_the_store_meanwhile_and_after(self) -> None:
        with closing(self.database()) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM said").fetchall()
            self.backs_up()
            self.file.append([said(3)])
        self.assertEqual(self.ids(), [1, 2, 3])

    def test_only_its_owner_may_read_it(self) -> None:
        self.addCleanup(os.umask, os.umask(0))
        made = self.backs_up()
        self.assertEqual(made.path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.backups.stat().st_mode & 0o777, 0o700)

    def test_a_read_only_disk_will_do_to_look_into_it(self) -> None:
        made = self.backs_up()
        with closing(sqlite3.connect(f"{made.path.as_uri()}?mode=ro", uri=True)) as database:
            self.assertEqual(database.execute("PRAGMA journal_mode").fetchone(), ("delete",))
        self.assertEqual(self.files(), [NAME])

    def test_the_files_beside_the_store_are_in_it(self) -> None:
        settings = self.folder / "chatsvc.toml"
        settings.write_text("[server]\n")
        made = self.backs_up(settings=settings, motd=self.folder / "missing")
        self.assertEqual(made.beside, {"settings": settings})
        with closing(sqlite3.connect(made.path)) as database:
            found = files.take(database)
        self.assertEqual(found, [files.Beside("settings", settings, b"[server]\n")])

    def test_a_file_beside_it_that_is_too_large(self) -> None:
        large = self.folder / "large"
        large.write_bytes(bytes(files.LARGEST))
        self.backs_up(motd=large)
        large.write_bytes(bytes(files.LARGEST + 1))
        with self.assertRaises(StoreError) as raised:
            self.backs_up(NOW + 1, motd=large)
        self.assertIn("is larger than", str(raised.exception))
        self.assertEqual(self.files(), [NAME])

    def test_a_store_without_a_server(self) -> None:
        self.file.close()
        before = sorted(self.folder.iterdir())
        self.assertEqual(self.backs_up().contents.messages, 2)
        self.assertEqual(sorted(self.folder.iterdir()), sorted([*before, self.backups]))

    def test_after_a_crash(self) -> None:
        self.file.close()
        crash = (
            "import os, sys; from chatsvc.stores.sqlite.file import File;"
            "from chatsvc.store import Stored; file = File(sys.argv[1], 'full'); file.open();"
            "file.append([Stored(3, 'lobby', 3, 3.0, 'said', 'ann', 'three')]); os._exit(0)"
        )
        self.assertEqual(self.ends(self.starts(sys.executable, "-c", crash, self.path))[0], 0)
        self.assertTrue(Path(f"{self.path}-wal").stat().st_size)
        self.assertEqual(self.backs_up().contents.messages, 3)

    def test_the_newest_are_kept_and_nothing_else_is_touched(self) -> None:
        self.backups.mkdir()
        others = ["chat-20200101T000000Z.sqlite.gz", "chat-x.sqlite", "o-20200101T000000Z.sqlite"]
        for name in others:
            (self.backups / name).touch()
        (self.backups / "chat-20200101T000000Z.sqlite").mkdir()
        for second in range(4):
            self.backs_up(NOW + second)
        made = self.backs_up(NOW + 4, keep=2)
        seconds = [each.stem[-3:] for each in made.deleted]
        self.assertEqual(seconds, ["22Z", "21Z", "20Z"])
        kept = ["chat-20260921T141323Z.sqlite", "chat-20260921T141324Z.sqlite"]
        self.assertEqual(self.files(), sorted([*others, "chat-20200101T000000Z.sqlite", *kept]))

    def test_what_was_made_now_is_kept_though_the_clock_was_ahead(self) -> None:
        self.backs_up(NOW + 1000)
        made = self.backs_up(NOW, keep=1)
        self.assertEqual(self.files(), [made.path.name])

    def test_two_in_one_second(self) -> None:
        self.backs_up()
        self.fails("there is a backup of this second")
        self.assertEqual(self.files(), [NAME])

    def test_another_one_is_being_made(self) -> None:
        with Folder(self.backups, "chat").new(NOW):
            self.fails("another backup is being made")
            self.assertEqual(self.files(), [f".{NAME}.part"])

    def test_no_store(self) -> None:
        self.path = self.folder / "missing.sqlite"
        self.fails(f"there is no store at {self.path}")
        self.assertFalse(self.backups.exists())

    def test_a_damaged_store_makes_no_backup(self) -> None:
        self.file.append(long_ones(3, 300))
        self.file.close()
        with self.path.open("r+b") as file:
            file.seek(4096 * 20)
            file.write(b"\xff" * 4096 * 20)
        self.backups.mkdir()
        self.fails("damaged")
        self.assertEqual(self.files(), [])

    def test_another_programs_file(self) -> None:
        self.file.close()
        with closing(self.database()) as database:
            database.execute("PRAGMA application_id = 7")
        self.fails("another program made it")
        self.assertEqual(self.files(), [])

    def test_a_folder_that_is_a_file(self) -> None:
        self.backups.touch()
        self.fails(f"cannot write to {self.backups}: Not a directory")

    def test_a_folder_that_nobody_may_write_to(self) -> None:
        self.backups = Path("/proc/backups")  # not even root
        self.fails("cannot write to /proc/backups: its folder does not exist")

    def test_a_full_disk(self) -> None:
        self.file.append(long_ones(3, 3000))
        self.backups = small_disk(self, self.folder)
        self.fails("the disk of")
        self.assertEqual(self.files(), [])

    def test_a_disk_that_fills_up_on_the_way(self) -> None:
        self.file.append(long_ones(3, 3000))
        backup = self.starts(sys.executable, "-c", BACKING_UP, self.path, self.backups, 2**20)
        status, _, error = self.ends(backup)
        self.assertEqual(status, 1)
        self.assertIn(f"cannot copy {self.path} to {self.backups}: ", error)
        self.assertEqual(self.files(), [])

    def test_killed_in_the_middle(self) -> None:
        self.file.append(long_ones(3, 8_000))
        command = (sys.executable, "-c", BACKING_UP, self.path, self.backups, 0)
        backup = self.starts(*command, stdin=subprocess.PIPE)
        assert backup.stdin is not None
        assert backup.stdout is not None
        part = self.backups / f".{NAME}.part"
        for _ in range(3):
            self.assertEqual(backup.stdout.readline(), "rests\n")
            backup.stdin.write("\n")
            backup.stdin.flush()
        self.assertEqual(backup.stdout.readline(), "rests\n")
        self.assertGreater(part.stat().st_size, 2**20)
        backup.kill()
        self.ends(backup)
        self.assertEqual(self.files(), [part.name])
        self.assertEqual(Folder(self.backups, "chat").backups(), [])
        with self.assertRaises(StoreError):
            checked(part)
        self.backs_up(NOW + 1)
        self.assertEqual(self.files(), ["chat-20260921T141321Z.sqlite"])
