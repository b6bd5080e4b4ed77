"""The server as twistd runs it: signals, pid files, and users other than root."""

from __future__ import annotations

import os
import pty
import signal
import ssl
import subprocess
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.certificate import self_signed
from tests.patience import PATIENCE
from tests.processes import (
    FAREWELL,
    FIRST,
    NOBODY,
    TWISTD,
    ProcessTestCase,
    can_run_this,
    free_port,
)

PASSWORD = "correct-horse"


only_root = unittest.skipIf(os.geteuid() != 0, "only root can be somebody else")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


class ServerTestCase(ProcessTestCase):
    is_measured = True

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.log = self.folder / "twistd.log"

    def waits_for(self, happened: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def waits_for_log(self, text: str, times: int = 1) -> None:
        self.waits_for(
            lambda: self.log.exists() and self.log.read_text().count(text) >= times, text
        )

    def starts_daemon(self, *options: Any, twistd: tuple[Any, ...] = ()) -> int:
        command = (TWISTD, *twistd, "chatsvc", f"--port={self.port}", *options)
        self.assertEqual(self.ends(self.forks(*command)), (0, "", ""))
        return self.daemon()


class SignalTests(ServerTestCase):
    def test_hangup_reloads_what_is_in_files(self) -> None:
        motd, pem = self.folder / "motd", self.folder / "chat.pem"
        motd.write_text("Be kind.\n")
        pem.write_text(self_signed())
        tls_port = free_port()
        files = ("--motd=motd", "--certificate=chat.pem", f"--tls-port={tls_port}")
        server = self.forks(
            TWISTD,
            "-n",
            "--pidfile=",
            "--logfile=twistd.log",
            "chatsvc",
            f"--port={self.port}",
            "--operator=ann",
            *files,
        )
        ann = self.calls(self.port)
        ann.sees("server: Be kind.")
        first = ssl.get_server_certificate(("127.0.0.1", tls_port))

        self.log.rename(self.folder / "old.log")
        motd.write_text("Be kinder.\n")
        pem.write_text(self_signed())
        server.send_signal(signal.SIGHUP)
        self.waits_for_log("SIGHUP: the motd was reloaded.")
        self.assertIn("SIGHUP: the log was reloaded.", self.log.read_text())
        self.assertIn("SIGHUP: the certificate was reloaded.", self.log.read_text())
        self.calls(self.port).sees("server: Be kinder.")
        second = ssl.get_server_certificate(("127.0.0.1", tls_port))
        self.assertNotEqual(first, second)

        motd.write_text("Be kindest.\n")
        ann.types("/nick ann", f"/register {PASSWORD}", "/rehash")
        told = ann.sees("server: The motd was reloaded.")
        self.assertIn("server: The log was reloaded.", told)
        self.assertIn("server: The certificate was reloaded.", told)
        self.waits_for_log("ann reloaded the server's files: the log was reloaded. the cert")
        self.calls(self.port).sees("server: Be kindest.")

        motd.unlink()
        pem.write_text("hello")
        server.send_signal(signal.SIGHUP)
        self.waits_for_log("the motd was not reloaded")
        log = self.log.read_text()
        stays = "was not reloaded, and stays as it was:"
        self.assertIn(f"SIGHUP: the motd {stays} cannot read {motd}: No such file", log)
        self.assertIn(f"SIGHUP: the certificate {stays} {pem} holds no certificate in PEM.", log)
        self.calls(self.port).sees("server: Be kindest.")
        self.assertEqual(ssl.get_server_certificate(("127.0.0.1", tls_port)), second)

        ann.types("hi")
        ann.sees("ann: hi")
        server.terminate()
        self.assertIn(FAREWELL, ann.sees_the_end())

    def test_a_daemon_heeds_them_as_well(self) -> None:
        pid = self.starts_daemon(twistd=("--umask=0",))
        ann = self.calls(self.port)
        ann.sees(FIRST)
        self.assertEqual(mode(self.folder / "twistd.pid"), 0o644)
        self.log.rename(self.folder / "old.log")
        os.kill(pid, signal.SIGHUP)
        self.waits_for_log("SIGHUP: the log was reloaded.")
        self.log.rename(self.folder / "older.log")
        os.kill(pid, signal.SIGUSR1)
        self.waits_for(self.log.exists, "another log")
        self.assertEqual(mode(self.log), 0o640)
        ann.types("hi")
        ann.sees("client1: hi")
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(ann.sees_the_end(), f"{FAREWELL}\n")

    def test_in_the_foreground_there_may_be_no_file(self) -> None:
        server = self.serves(f"--port={self.port}")
        ann = self.calls(self.port)
        for number in (signal.SIGUSR1, signal.SIGHUP):
            server.send_signal(number)
            ann.types(number.name)
            ann.sees(f"client1: {number.name}")

    def test_it_ends_with_the_terminal_in_which_it_runs(self) -> None:
        ours, theirs = pty.openpty()
        # As a shell in that terminal does: a session of its own, whose terminal that is.
        program = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
        program += "os.execv(sys.argv[1], sys.argv[1:])"
        command = [TWISTD, "-n", "chatsvc", f"--port={self.port}"]
        server = subprocess.Popen(
            [Path(TWISTD).with_name("python"), "-c", program, *command],
            cwd=self.folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        self.addCleanup(server.wait, timeout=PATIENCE)
        self.addCleanup(server.kill)
        os.close(theirs)
        ann = self.calls(self.port)
        ann.sees(FIRST)
        os.close(ours)
        self.assertEqual(ann.sees_the_end(), f"{FAREWELL}\n")
        server.wait(timeout=PATIENCE)


class PidFileTests(ServerTestCase):
    is_measured = False

    def test_none_keeps_a_server_from_starting_in_the_foreground(self) -> None:
        path = self.folder / "twistd.pid"
        for number, text in enumerate(("1", "", "999999", "nonsense", str(os.getpid())), 1):
            path.write_text(text)
            server = self.forks(TWISTD, "-n", "chatsvc", f"--port={self.port}")
            ann = self.calls(self.port)
            ann.types("hi")
            ann.sees(f"client{number}: hi")
            self.assertEqual(path.read_text(), text)
            server.terminate()
            self.ends(server)

    def test_nor_what_is_left_of_one_a_daemon(self) -> None:
        path = self.folder / "twistd.pid"
        for text in ("1", "", str(os.getpid()), "0", "-1", "9" * 20):
            path.write_text(text)
            pid = self.starts_daemon()
            self.assertNotEqual(str(pid), text)
            self.assertTrue(self.calls(self.port).socket.recv(1))  # before, it heeds no signal
            os.kill(pid, signal.SIGTERM)
            self.waits_for(lambda: not path.exists(), "the end")

    def test_a_daemon_that_runs(self) -> None:
        # Not forked: it is known by its command line.
        daemon = self.starts(TWISTD, "chatsvc", f"--port={self.port}")
        self.assertEqual(self.ends(daemon), (0, "", ""))
        self.daemon()
        self.calls(self.port)
        status, _, err = self.ends(self.forks(TWISTD, "chatsvc", "--port=0"))
        self.assertEqual(status, 1)
        self.assertIn("Another twistd server is running", err)
        command = (TWISTD, "-n", "chatsvc", f"--port={self.port}")
        status, _, err = self.ends(self.forks(*command))
        self.assertEqual(status, 1)
        self.assertIn("Another server listens there: stop it, or take another port.", err)


class UserTests(ServerTestCase):
    """What is started by root and runs as somebody else."""

    def setUp(self) -> None:
        super().setUp()
        self.folder.chmod(0o755)
        self.home = self.folder / "home"
        self.home.mkdir()
        if os.geteuid() == 0:
            os.chown(self.home, NOBODY, NOBODY)

    @only_root
    def test_a_daemon_without_privileges(self) -> None:
        if not can_run_this():
            self.skipTest("the interpreter, or the code, is where nobody else may read")
        pid = self.starts_daemon(
            "--store=sqlite:chat.sqlite", "--listen=unix:a.sock", "--listen=unix:b.sock:mode=666",
            "--listen=haproxy:unix:c.sock", "--listen=unix:d.sock:600",
            twistd=(f"--uid={NOBODY}", f"--rundir={self.home}", "--umask=0"),
        )  # fmt: skip
        ann = self.calls(self.home / "a.sock")
        ann.types("/nick ann", "/register a-long-password")
        ann.sees(
            "server: The name ann is yours. From elsewhere, type /login ann and your password."
        )
        status = Path(f"/proc/{pid}/status").read_text()
        self.assertIn(f"Uid:\t{NOBODY}\t{NOBODY}\t{NOBODY}\t{NOBODY}\n", status)
        for name, wanted in [
            *(("chat.sqlite", 0o600), ("chat.sqlite-wal", 0o600), ("chat.sqlite-shm", 0o600)),
            *(("chat.sqlite-lock", 0o600), ("../twistd.log", 0o640)),
            *(("a.sock", 0o660), ("b.sock", 0o666), ("c.sock", 0o660), ("d.sock", 0o600)),
        ]:
            path = self.home / name
            self.assertEqual((path.stat().st_uid, mode(path)), (NOBODY, wanted), name)
        os.kill(pid, signal.SIGHUP)
        self.waits_for_log("SIGHUP: the log was reloaded.")
        os.kill(pid, signal.SIGTERM)
        self.assertIn(FAREWELL, ann.sees_the_end())
        self.waits_for_log("Server Shut Down.")
        left = {path.name for path in self.home.iterdir()}
        self.assertEqual(left, {"chat.sqlite", "chat.sqlite-lock"})

    @only_root
    def test_a_folder_that_is_not_theirs(self) -> None:
        if not can_run_this():
            self.skipTest("the interpreter, or the code, is where nobody else may read")
        command = (TWISTD, "-n", f"--uid={NOBODY}", "chatsvc", f"--port={self.port}")
        status, _, err = self.ends(self.forks(*command))
        reason = "permission denied: the server's user has to own the file and its folder"
        path = self.folder / "chatsvc.sqlite"
        self.assertEqual((status, err), (1, f"chatsvc: --store: cannot open {path}: {reason}.\n"))
        self.assertEqual(list(self.folder.iterdir()), [self.home])

    @only_root
    def test_a_user_that_there_is_not(self) -> None:
        status, _, err = self.ends(self.forks(TWISTD, "-n", "--uid=54321", "chatsvc"))
        self.assertEqual((status, err), (1, "chatsvc: --uid: there is no user 54321.\n"))

    @only_root
    def test_a_group_alone(self) -> None:
        self.home.chmod(0o777)
        twistd = (f"--gid={NOBODY}", f"--rundir={self.home}")
        pid = self.starts_daemon("--store=sqlite:chat.sqlite", twistd=twistd)
        ann = self.calls(self.port)
        ann.types("hi")
        ann.sees("client1: hi")
        status = Path(f"/proc/{pid}/status").read_text()
        self.assertIn(f"Gid:\t{NOBODY}\t", status)
        self.assertEqual((self.home / "chat.sqlite").stat().st_gid, NOBODY)

    def test_another_folder(self) -> None:
        (self.home / "motd").write_text("Be kind.\n")
        self.forks(TWISTD, "-n", "--rundir=home", "chatsvc", f"--port={self.port}", "--motd=motd")
        self.calls(self.port).sees("server: Be kind.")
        self.assertTrue((self.home / "chatsvc.sqlite").exists())
        self.assertEqual(list(self.folder.iterdir()), [self.home])
