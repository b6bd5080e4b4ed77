"""Whoever may use the administrators' socket, and means harm: people do not notice."""

from __future__ import annotations

import contextlib  # trial takes a `suppress` for its own
import os
import random
import resource
import socket
import subprocess
import time
from pathlib import Path
from unittest import skipUnless

from chatsvc.admin.protocol import question
from tests.admin.processes import AdminProcessTestCase
from tests.patience import PATIENCE, only_long
from tests.processes import NOBODY

SILENT = 1000
MORE = 32 * 2**20  # bytes of memory
FLOOD = 150  # long lines, and names


@only_long
class HostileTests(AdminProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.folder / "log"
        self.server = self.opens("--throttle=off")
        self.path = self.folder / "chatsvc.admin"
        self.ann, self.bob = self.calls(self.port), self.calls(self.port)
        self.ann.types("/nick ann")
        self.bob.types("/nick bob")
        self.talk()
        self.began_with = self.memory()

    def talk(self) -> None:
        """People talk."""
        for count in range(20):
            self.ann.types(f"hello {count} of {time.monotonic()}")
            self.bob.sees_some(f"hello {count} of")

    def memory(self) -> int:
        """Bytes that the server takes."""
        found = Path(f"/proc/{self.server.pid}/statm").read_text().split()
        return int(found[1]) * resource.getpagesize()

    def connects(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        self.addCleanup(made.close)
        made.connect(str(self.path))  # which waits while too many do
        made.settimeout(PATIENCE)
        return made

    def all_is_well(self) -> None:
        self.talk()
        [status] = self.facts("status")
        self.assertEqual(status["connections"], 3)
        self.assertLess(self.memory(), self.began_with + MORE)
        log = [each["text"] for each in self.facts("log", "--last", "1000")]
        self.assertEqual([line for line in log if "mistake" in line], [])

    def test_connections_that_say_nothing(self) -> None:
        silent = [self.connects() for _ in range(SILENT)]
        self.talk()
        for each in silent:
            each.close()
        self.all_is_well()

    def test_nonsense(self) -> None:
        random_bytes = random.Random(1).randbytes
        whole = question("accounts list", {})
        for data in (
            *[random_bytes(2000) for _ in range(50)],
            *(b"x" * 2**20, b"[" * 2**16, b"{" * 2**20 + b"\n", b"\n" * 2**16),
            *(b'{"a":' * 10_000 + b"\n", b'{"version":NaN}\n', b"GET / HTTP/1.1\r\n\r\n"),
            b'{"version":1,"command":"log","arguments":{"last":' + b"9" * 60_000 + b"}}\n",
            *[whole[: len(whole) * n // 10] for n in range(10)],
            whole * 1000,
        ):
            made = self.connects()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                made.sendall(data)
            made.close()
        self.all_is_well()

    def test_clients_that_do_not_read(self) -> None:
        for count in range(FLOOD):
            self.ann.types("x" * 8000, f"/nick ann{count}")
            self.bob.sees_some(f"known as ann{count}")
        self.began_with = self.memory()
        stuck = [self.connects() for _ in range(30)]
        for number, each in enumerate(stuck):
            asked = ("log", {"follow": True, "last": 1000}) if number % 2 else ("read-rooms", {})
            each.sendall(question(*asked))
        self.all_is_well()
        for each in stuck:
            self.assertTrue(each.recv(10))

    def test_clients_that_end_in_the_middle(self) -> None:
        for count in range(300):
            made = self.connects()
            command = ("log", "accounts list", "read-rooms", "rooms", "status", "who")[count % 6]
            made.sendall(question(command, {"follow": True} if command == "log" else {}))
            if count % 2:
                made.recv(10)
            made.close()
        self.all_is_well()

    @skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_other_users(self) -> None:
        self.folder.chmod(0o777)
        connect = f"import socket; socket.socket(socket.AF_UNIX).connect({str(self.path)!r})"
        done = subprocess.run(
            ["/usr/bin/env", "python3", "-c", connect],
            cwd="/", user=NOBODY, group=NOBODY, env={"PATH": "/usr/bin:/bin"},
            capture_output=True, text=True,
        )  # fmt: skip
        self.assertIn("PermissionError", done.stderr)
        self.all_is_well()
