"""What is known of other processes."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from pathlib import Path

from chatsvc.doctor import process
from tests.doctor.examining import DoctorTestCase

LOCKING = """
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


class PassedTests(DoctorTestCase):
    def test_sockets_from_systemd(self) -> None:
        program = "import os, time; print(os.getpid(), flush=True); time.sleep(1000)"
        shell = f'export LISTEN_PID=$$; exec {shlex.quote(sys.executable)} -c "{program}"'
        for command, has_any in (
            (["sh", "-c", shell], True),
            ([sys.executable, "-c", program], False),
        ):
            started = self.starts(*command)
            assert started.stdout is not None
            number = int(started.stdout.readline())
            self.assertEqual(process.has_sockets_from_systemd(number), has_any)
        self.assertFalse(process.has_sockets_from_systemd(2**22 + 1))


class ProcessTests(DoctorTestCase):
    def test_who_has_locked_a_file(self) -> None:
        path = self.folder / "a lock"
        self.assertIsNone(process.locking(path))
        path.touch()
        self.assertIsNone(process.locking(path))
        locking = self.starts(sys.executable, "-c", LOCKING, path, stdin=-1)
        assert locking.stdout is not None
        locking.stdout.readline()
        self.assertEqual(process.locking(path), locking.pid)

    def test_a_disk_that_has_another_number_in_the_list_of_locks(self) -> None:
        path = self.folder / "a lock"
        locking = self.starts(sys.executable, "-c", LOCKING, path, stdin=-1)
        assert locking.stdout is not None
        locking.stdout.readline()
        proc = self.folder / "proc"
        proc.mkdir()
        (proc / "locks").write_text(
            f"1: FLOCK  ADVISORY  WRITE {locking.pid} 00:ff:{path.stat().st_ino} 0 EOF\n"
            "2: POSIX  ADVISORY  READ 7 00:ff:7 0 EOF\n"
        )
        (proc / str(locking.pid)).symlink_to(f"/proc/{locking.pid}")
        self.patch(process, "PROC", proc)
        self.assertEqual(process.locking(path), locking.pid)
        self.assertIsNone(process.locking(proc / "locks"))

    def test_the_user(self) -> None:
        self.assertEqual(process.user(os.getpid()), os.geteuid())
        self.assertIsNone(process.user(2**31 - 1))

    def test_the_command(self) -> None:
        locking = self.starts(sys.executable, "-c", LOCKING, self.folder / "a lock", stdin=-1)
        assert locking.stdout is not None
        locking.stdout.readline()
        self.assertIn("a lock", process.command(locking.pid))
        self.assertEqual(process.command(2**31 - 1), "")

    def test_who_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            number = listening.getsockname()[1]
            self.assertEqual(list(process.listening(number).values()), [os.getpid()])
        self.assertEqual(process.listening(number), {})

    def test_without_a_list_of_locks(self) -> None:
        self.patch(process, "PROC", Path("/nowhere"))
        self.assertIsNone(process.locking(self.folder))
