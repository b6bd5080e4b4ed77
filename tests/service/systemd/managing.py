"""A service manager for tests, with real sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.patience import PATIENCE
from tests.processes import TWISTD, UNMEASURED, ProcessTestCase

# The descriptors are numbered from 3, and LISTEN_PID is the number of the process itself.
_EXEC = """
import os, sys
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[1], sys.argv[1:])
"""


class Manager:
    """Hears what a server reports.

    address: for NOTIFY_SOCKET; a path, or an abstract name after an @.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE)
        self.socket.bind(f"\0{address[1:]}" if address[0] == "@" else address)
        self.heard: list[dict[str, str]] = []

    def hears(self, name: str, value: str | None = None) -> dict[str, str]:
        """Wait for a fact; returns the report that has it."""
        while True:
            text = self.socket.recv(4096).decode()
            report = dict(line.split("=", 1) for line in text.splitlines())
            self.heard.append(report)
            if name in report and value in (None, report[name]):
                return report

    def drains(self) -> None:
        """Hear what was reported until now."""
        self.socket.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self.socket.recv(4096)
        self.socket.settimeout(PATIENCE)

    def hears_nothing_of(self, name: str, seconds: float) -> None:
        """Fail if a fact is reported within some seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                text = self.socket.recv(4096).decode()
            except TimeoutError:
                break
            assert f"{name}=" not in text, text
        self.socket.settimeout(PATIENCE)


class ManagedTestCase(ProcessTestCase):
    """The server is started as systemd does it."""

    def managed(
        self,
        *options: object,
        manager: Manager | None = None,
        sockets: dict[str, socket.socket] | None = None,
        are_named: bool = True,
        **environment: str,
    ) -> subprocess.Popen[str]:
        """Start a server, with the sockets by their names, which it need not be told."""
        passed = list((sockets or {}).values())
        if manager is not None:
            environment["NOTIFY_SOCKET"] = manager.address
        if passed:
            environment["LISTEN_FDS"] = str(len(passed))
            if are_named:
                environment["LISTEN_FDNAMES"] = ":".join(sockets or {})
        keep = [os.dup(each.fileno()) for each in passed]

        def number() -> None:
            # Out of the way first, as one may have the number of another.
            high = [os.dup2(each, 200 + n) for n, each in enumerate(keep)]
            for n, each in enumerate(high):
                os.dup2(each, 3 + n, inheritable=True)

        process = subprocess.Popen(
            [
                sys.executable, "-c", _EXEC, TWISTD, "-n", "--pidfile=", "chatsvc",
                *map(str, options),
            ],
            cwd=self.folder,
            env=os.environ | UNMEASURED | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            close_fds=False,
            preexec_fn=number,
        )  # fmt: skip
        for each in keep:
            os.close(each)
        self.addCleanup(process.communicate, timeout=PATIENCE)
        self.addCleanup(process.kill)
        return process

    def manager(self, address: str = "") -> Manager:
        found = Manager(address or str(self.folder / "notify"))
        self.addCleanup(found.socket.close)
        return found

    def tcp(self) -> tuple[socket.socket, int]:
        """A listening socket of the manager's, and its port."""
        found = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(found.close)
        return found, found.getsockname()[1]

    def unix(self, path: Path) -> socket.socket:
        found = socket.socket(socket.AF_UNIX)
        self.addCleanup(found.close)
        found.bind(str(path))
        found.listen()
        return found
