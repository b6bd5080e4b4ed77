"""The log of a real server."""

from __future__ import annotations

import json
import os
import signal
import time

from chatsvc.service.log.journal import LINES
from tests.patience import PATIENCE
from tests.processes import TWISTD, ProcessTestCase, free_port

RENAMED = LINES - 20  # all of them are logged


class RealLogTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()

    def test_json_on_standard_output(self) -> None:
        server = self.serves(f"--port={self.port}", "--log-format=json", "--store=memory:")
        ann = self.calls(self.port)
        ann.types("/nick Zo\u00eb", "secret words", "/quit")
        ann.sees_the_end()
        server.terminate()
        _, out, _ = self.ends(server)
        self.assertNotIn("secret words", out)
        lines = [json.loads(line) for line in out.splitlines()]
        for line in lines:
            self.assertLessEqual({"time", "level", "logger", "message"}, line.keys())
        [renamed] = [line for line in lines if line.get("kind") == "renamed"]
        self.assertEqual(renamed["new"], "Zo\u00eb")
        self.assertEqual(renamed["message"], "client1 is now known as Zo\u00eb.")

    def test_levels(self) -> None:
        server = self.serves(
            f"--port={self.port}", "--log-level=error,chatsvc.service=info", "--store=memory:"
        )
        ann = self.calls(self.port)
        ann.types("/quit")
        ann.sees_the_end()
        server.terminate()
        _, out, _ = self.ends(server)
        [line] = out.splitlines()
        self.assertRegex(line, r"^\S+ \[chatsvc\.service\.ports#info\] chatsvc .* has started")

    def test_what_rotates_it_loses_no_line(self) -> None:
        log = self.folder / "log"
        self.forks(
            TWISTD, "-n", "--pidfile=pid", f"--logfile={log}",
            "chatsvc", f"--port={self.port}", "--throttle=off", "--store=memory:",
        )  # fmt: skip
        ann = self.calls(self.port)
        for number in range(RENAMED):
            ann.types(f"/nick p{number}")
            if number % 10 == 0 and log.exists():  # as logrotate does
                log.rename(self.folder / f"log.{number}")
                os.kill(int((self.folder / "pid").read_text()), signal.SIGUSR1)
        ann.sees_some(f"now known as p{RENAMED - 1}.")
        found = ""
        deadline = time.monotonic() + PATIENCE
        while f"p{RENAMED - 1}." not in found or not log.exists():
            self.assertLess(time.monotonic(), deadline)
            found = "".join(path.read_text() for path in self.folder.glob("log*"))
        for number in range(1, RENAMED):
            self.assertEqual(found.count(f"p{number - 1} is now known as p{number}.\n"), 1)
        self.assertGreater(found.count("SIGUSR1: the log was reloaded."), 0)

    def test_with_a_logger_of_ones_own_there_are_neither_formats_nor_levels(self) -> None:
        for option in ("--log-format=json", "--log-level=warn"):
            logger = "--logger=twisted.logger.textFileLogObserver"
            server = self.forks(TWISTD, "-n", logger, "chatsvc", f"--port={self.port}", option)
            status, _, err = self.ends(server)
            self.assertEqual(status, 1)
            name = option.partition("=")[0]
            self.assertIn(f"{name}: with --logger, that decides what is logged, and how.", err)
