"""The real twistd in processes of its own, and people who reach it with plain sockets."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.forking.forked import how_with
from tests.patience import PATIENCE

# What whoever comes to an empty server is told, and those who are there when it ends.
FIRST = "server: Welcome, you are client1. Nobody else is here yet. Type /help for help."
FAREWELL = "server: The server is shutting down."
TWISTD = str(Path(sys.executable).with_name("twistd"))

# The environment of programs that do not measure what they cover, which is half of their start:
# it is covered anyway, or is lost when they are killed.
UNMEASURED = {"COVERAGE_PROCESS_CONFIG": ""}

_FIRST, _PORTS = 20_000, 12_000  # below those that Linux gives to who asks for any
_asked_for = itertools.count(os.getpid() * 97)  # other processes run tests as well


def free_port() -> int:
    """A TCP port that nobody listens on, nor is given by the system, and no other test is told."""
    for number in _asked_for:
        port = _FIRST + number % _PORTS
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            claim = socket.socket(socket.AF_UNIX)
            with suppress(OSError), closing(claim):
                claim.bind(f"\0chatsvc port {port}")  # which has no file (unix(7), abstract)
                claim.detach()  # it is kept until this process ends
                return port
    raise AssertionError


NOBODY = 65534


def can_run_this() -> bool:
    """Whether nobody may run this interpreter, and read what it runs."""
    same = f"import sys, chatsvc.tap; sys.exit(sys.base_prefix != {sys.base_prefix!r})"
    try:
        return not subprocess.run(
            [sys.executable, "-c", same], cwd="/", user=NOBODY, group=NOBODY
        ).returncode
    except PermissionError:
        return False


class Caller:
    """Somebody who calls a server as soon as it listens.

    address: a port of 127.0.0.1, or the path of a unix socket.
    window: the bytes of SO_RCVBUF; a few for somebody who is going not to read.
    """

    def __init__(self, address: int | Path, window: int | None = None) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            unix = isinstance(address, Path)
            self.socket = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
            self.socket.settimeout(PATIENCE)
            if window is not None:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            try:
                self.socket.connect(str(address) if unix else ("127.0.0.1", address))
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def types(self, *lines: str) -> None:
        """Send lines, all at once."""
        self.socket.sendall("".join(f"{line}\n" for line in lines).encode())

    def sees(self, line: str) -> str:
        """Read up to a line; what came before it."""
        text = b""
        while f"\n{line}\n".encode() not in b"\n" + text:
            data = self.socket.recv(65536)
            assert data, f"{line}? There was only {text!r}"
            text += data
        return text.decode().removesuffix(f"{line}\n")

    def sees_some(self, words: str) -> str:
        """Read up to a line with some words; what came until then."""
        text = b""
        while words.encode() not in text or not text.endswith(b"\n"):
            data = self.socket.recv(65536)
            assert data, f"{words}? There was only {text!r}"
            text += data
        return text.decode()

    def sees_the_end(self) -> str:
        """Read up to the end of the connection; what came before it."""
        text = b""
        while data := self.socket.recv(65536):
            text += data
        return text.decode()


class FolderTestCase(SynchronousTestCase):
    """Each test has a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class ProcessTestCase(FolderTestCase):
    """Nothing that a test started outlives it.

    is_measured: whether the programs measure what they cover.
    """

    is_measured = False

    def starts(self, *command: Any, **how: Any) -> subprocess.Popen[str]:
        """Start a program in the test's folder."""
        return self._begins(subprocess.Popen, command, **how)

    def forks(self, *command: Any, **how: Any) -> subprocess.Popen[str]:
        """Begin a program of chatsvc in the test's folder: as starts(), but takes less."""
        return self._begins(how_with(how), command, **how)

    def _begins(
        self,
        program: type[subprocess.Popen[str]],
        command: Iterable[Any],
        stdin: Any = subprocess.DEVNULL,
        **environment: str,
    ) -> subprocess.Popen[str]:
        process = program(
            [str(part) for part in command],
            cwd=self.folder,
            env=os.environ | ({} if self.is_measured else UNMEASURED) | environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.addCleanup(process.communicate, timeout=PATIENCE)
        self.addCleanup(process.kill)
        return process

    def serves(self, *options: Any, **environment: str) -> subprocess.Popen[str]:
        """Begin a server in the foreground."""
        return self.forks(TWISTD, "-n", "--pidfile=", "chatsvc", *options, **environment)

    def calls(self, address: int | Path, window: int | None = None) -> Caller:
        """Somebody who calls the server."""
        caller = Caller(address, window)
        self.addCleanup(caller.socket.close)
        return caller

    def ends(self, process: subprocess.Popen[str]) -> tuple[int, str, str]:
        """How a program ends: its status, its output and its errors."""
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err

    def daemon(self) -> int:
        """The process id of the daemon that was started in the test's folder."""
        pid = int((self.folder / "twistd.pid").read_text())

        def kill() -> None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        self.addCleanup(kill)
        return pid
