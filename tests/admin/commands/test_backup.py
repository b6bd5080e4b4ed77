"""Backups of a real server with people on it, and their restoration."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

from chatsvc.stores.sqlite.file import File
from tests.disks import small_disk
from tests.patience import PATIENCE, only_long
from tests.processes import FAREWELL, TWISTD, ProcessTestCase, free_port
from tests.stores.files import said


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped, by the third field of its stat (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "T"


@only_long
class BackupTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.store = self.folder / "chatsvc.sqlite"

    def serves_here(self, *options: Any) -> Any:
        words = (TWISTD, "-n", "--pidfile=", "--logfile=a.log", "chatsvc")
        server = self.forks(*words, f"--port={self.port}", *options)
        self.calls(self.port).sees_some("Welcome")
        return server

    def administers(self, *words: Any) -> Any:
        return self.forks(sys.executable, "-m", "chatsvc.admin", *words)

    def does(self, *words: Any) -> dict[str, Any]:
        """What a command prints for programs."""
        status, out, err = self.ends(self.administers("--json", *words))
        self.assertEqual((status, err), (0, ""))
        found: dict[str, Any] = json.loads(out)
        return found

    def refuses(self, *words: Any) -> str:
        status, out, err = self.ends(self.administers(*words))
        self.assertEqual((status, out), (1, ""))
        return err

    def fills(self, count: int) -> None:
        """Have a store in which much was said, lately."""
        file = File(str(self.store), "normal")
        file.open()
        now = time.time()
        file.append(
            [
                said(each, "x" * 1000, room="")._replace(at=now, kind="Said")
                for each in range(1, count + 1)
            ]
        )
        while file.in_spare_time() is not None:
            pass
        file.close()

    def backups(self) -> list[Path]:
        return sorted(self.folder.glob("backups/*.sqlite"))

    def test_backed_up_lost_and_restored(self) -> None:
        (self.folder / "motd").write_text("Be kind.\n")
        (self.folder / "chatsvc.toml").write_text('[server]\nmotd = "motd"\n')
        server = self.serves_here("--certificate=self-signed", "--tls-port=0")
        ann, bob = self.calls(self.port), self.calls(self.port)
        ann.types("/nick ann", "/register correct-horse-battery", "/bc before the backup")
        bob.sees_some("before the backup")
        made = self.does("backup")
        self.assertEqual(made["messages"], 1)
        self.assertEqual(
            made["with"],
            [
                f"self-signed certificate {self.folder / 'chatsvc-self-signed.pem'}",
                f"settings {self.folder / 'chatsvc.toml'}",
                f"motd {self.folder / 'motd'}",
            ],
        )
        self.assertEqual([str(each) for each in self.backups()], [made["backup"]])
        log = (self.folder / "a.log").read_text()
        self.assertRegex(log, f"admin:.* ran: backup {re.escape(made['backup'])}")
        ann.types("/bc after the backup")
        bob.sees_some("after the backup")
        self.assertIn(
            "another server uses it; stop that", self.refuses("restore", made["backup"], "--yes")
        )
        server.terminate()
        bob.sees_some(FAREWELL)
        self.ends(server)
        for name in ("chatsvc.sqlite", "chatsvc-self-signed.pem", "chatsvc.toml", "motd"):
            (self.folder / name).unlink()
        restored = self.does("restore", made["backup"], "--yes")
        self.assertEqual((restored["messages"], restored["old_store"]), (1, None))
        self.serves_here("--certificate=self-signed", "--tls-port=0")
        cat = self.calls(self.port)
        self.assertIn("Be kind.", cat.sees_some("Welcome"))
        cat.types("/login ann correct-horse-battery")
        cat.sees_some("You are ann.")
        cat.types("/history", "/bc here again")
        seen = cat.sees_some("here again")
        self.assertIn("before the backup", seen)
        self.assertNotIn("after the backup", seen)

    def test_people_talk_meanwhile(self) -> None:
        self.fills(4000)
        self.serves_here("--throttle=off")
        ann, bob = self.calls(self.port), self.calls(self.port)
        bob.sees_some("Welcome")
        backup = self.administers("--json", "backup")
        count = 0
        while backup.poll() is None:
            count += 1
            ann.types(f"/bc number {count}")
            bob.sees_some(f"number {count}")
        status, out, err = self.ends(backup)
        self.assertEqual((status, err), (0, ""))
        self.assertIn(json.loads(out)["messages"], range(4000, 4000 + count + 1))
        self.assertGreater(count, 10)

    def test_the_newest_are_kept(self) -> None:
        self.fills(3)
        for number in range(3):
            self.does("backup", "there", "--keep", "2", "--store", "sqlite:chatsvc.sqlite")
            self.assertEqual(len(list(self.folder.glob("there/*"))), min(number + 1, 2))
            time.sleep(1.0)  # each second may have one
        for few in ("0", "-1"):
            status, _, err = self.ends(self.administers("backup", "--keep", few))
            self.assertEqual(status, 2)
            self.assertIn("at least one", err)

    def stops_in_the_middle(self) -> Any:
        """A backup that has written something, and is stopped (SIGSTOP) before it is done."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for left in self.folder.glob("backups/*"):
                left.unlink()
            backup = self.administers("--json", "backup")
            while backup.poll() is None and not self.has_a_part():
                self.assertLess(time.monotonic(), deadline)
            backup.send_signal(signal.SIGSTOP)
            while backup.poll() is None and not is_stopped(backup.pid):
                self.assertLess(time.monotonic(), deadline)
            if backup.poll() is None and not self.backups():
                return backup
            backup.send_signal(signal.SIGCONT)  # it was quicker than this test
            self.ends(backup)

    def has_a_part(self) -> bool:
        """Whether a backup has written something, but not all."""
        with contextlib.suppress(FileNotFoundError):  # it has just become the backup
            return any(each.stat().st_size > 2**20 for each in self.folder.glob("backups/.*.part"))
        return False

    def test_the_server_is_killed_in_the_middle(self) -> None:
        self.fills(4000)
        server = self.serves_here()
        ann = self.calls(self.port)
        ann.types("/bc the last words")
        ann.sees_some("the last words")
        backup = self.stops_in_the_middle()
        server.kill()
        backup.send_signal(signal.SIGCONT)
        status, out, _ = self.ends(backup)
        self.assertEqual((status, json.loads(out)["messages"]), (0, 4001))

    def test_the_backup_is_killed_in_the_middle(self) -> None:
        self.fills(4000)
        for end in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            backup = self.stops_in_the_middle()
            backup.send_signal(end)
            backup.send_signal(signal.SIGCONT)
            self.ends(backup)
            self.assertEqual(self.backups(), [], end)
        made = self.does("backup")
        self.assertEqual(os.listdir(self.folder / "backups"), [Path(made["backup"]).name])

    def test_the_restoration_is_killed_in_the_middle(self) -> None:
        self.fills(4000)
        backup = Path(self.does("backup")["backup"])
        deadline = time.monotonic() + PATIENCE
        part = self.folder / "chatsvc.sqlite.restoring"
        while not part.exists():  # until it is not quicker than this test
            before = self.store.read_bytes()
            restore = self.administers("restore", backup, "--yes")
            while restore.poll() is None and not part.exists():
                self.assertLess(time.monotonic(), deadline)
            restore.kill()
            self.ends(restore)
        self.assertEqual(self.store.read_bytes(), before)
        self.assertEqual(self.does("restore", backup, "--yes")["messages"], 4000)
        self.assertFalse(part.exists())

    def test_a_full_disk(self) -> None:
        self.fills(3000)
        disk = small_disk(self, self.folder)
        self.assertIn(f"the disk of {disk} has ", self.refuses("backup", disk))
        self.assertEqual(os.listdir(disk), [])

    def test_in_memory(self) -> None:
        said_why = self.refuses("backup", "--store", "memory:")
        self.assertIn("the store is in memory (memory:): there is nothing to back up", said_why)

    def test_nobody_is_asked_in_a_script(self) -> None:
        status, _, err = self.ends(self.administers("restore", "a file"))
        self.assertEqual(status, 2)
        self.assertIn("--yes", err)
