"""All kinds of clients far away from their server: they connect, come back, and outlive it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

from tests.client.terminal import SeatTestCase
from tests.delaying import Delaying
from tests.forking.forked import Forked
from tests.processes import UNMEASURED, free_port

ROOM = "#work"


class DelayTests(SeatTestCase):
    """Ann is at the server itself, as client1; everybody else is behind the proxy."""

    def serve(self) -> None:
        at = ("--port", self.port, "--interface", "127.0.0.1", "--store", "sqlite:chat.sqlite")
        self.server = self.serves(*at, "--throttle", "off")

    def ann_comes(self) -> None:
        self.ann = self.calls(self.port)
        self.heard = self.ann.socket.makefile("r", encoding="utf-8")
        self.addCleanup(self.heard.close)
        welcome = self.heard.readline()
        self.name = welcome.removeprefix("server: Welcome, you are ").partition(".")[0]
        self.ann.types(f"/join {ROOM}")
        self.hears(lambda line: line.startswith(f"server: You are in {ROOM}"))

    def hears(self, is_it: Callable[[str], bool]) -> str:
        """The next line of that kind that Ann hears; all are noted."""
        while True:
            line = self.heard.readline()
            self.assertTrue(line, self.told)
            if not line.startswith("["):  # else it was said before she came
                self.told.append(line)
            if is_it(line):
                return line

    def runs(self, *arguments: str) -> subprocess.Popen[str]:
        process = Forked[str](
            [sys.executable, "-m", "chatsvc.client", "127.0.0.1", str(self.proxy.port), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | UNMEASURED,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def all_say(self, what: str) -> None:
        """All who stay say something, which Ann hears once of each of them."""
        self.screen.types(f"{what} screen\r")
        for kind, process in self.staying.items():
            text = f"{what} {kind}"
            assert process.stdin is not None
            asked = json.dumps({"do": "bc", "text": text})
            process.stdin.write(f"{asked if kind == 'json' else text}\n")
            process.stdin.flush()
        unheard = {kind: f": {what} {kind}\n" for kind in ("screen", *self.staying)}
        try:
            while unheard := {
                kind: end
                for kind, end in unheard.items()
                if not any(line.endswith(end) for line in self.told)
            }:
                self.hears(bool)
        except TimeoutError:
            ended = {kind: process.poll() for kind, process in self.staying.items()}
            self.fail(
                f"{[*unheard]} not heard; {ended}; {self.told}; on the screen {self.screen.text}"
            )

    def names(self) -> set[str]:
        """Who else is here."""
        self.ann.types("/users")
        line = self.hears(lambda line: " users are connected: " in line)
        return set(line.strip().partition(" users are connected: ")[2].split(", ")) - {self.name}

    def stays_true(self, seconds: float, drips: bool) -> None:
        self.port = free_port()
        self.told: list[str] = []
        self.serve()
        self.ann_comes()
        self.proxy = Delaying(self.port, seconds, drips)
        self.addCleanup(self.proxy.close)
        self.screen = self.sits_down("127.0.0.1", str(self.proxy.port))
        self.staying = {
            "plain": self.runs("--plain"),
            "json": self.runs("--json"),
            "room": self.runs("--room", ROOM),
        }
        piped = self.runs()
        out, _ = piped.communicate("said by a pipe\n/users\n")
        self.assertIn(": said by a pipe", out)
        self.assertIn(" users are connected: ", out)
        self.assertEqual(piped.returncode, 0)
        self.all_say("hello from")
        names = self.names()
        self.proxy.cuts()
        self.all_say("back again:")
        self.screen.sees("back again: plain", "back again: json")
        self.assertEqual(self.names(), names)
        self.assertNotIn("lost its connection", str(self.told))
        self.server.kill()
        self.server.wait()
        self.serve()
        self.ann_comes()
        self.all_say("after the crash:")
        self.screen.sees("after the crash: json")
        self.assertEqual(self.names(), names)
        for kind in ("screen", *self.staying):
            for what in ("hello from", "back again:", "after the crash:"):
                said = [line for line in self.told if line.endswith(f": {what} {kind}\n")]
                self.assertEqual(len(said), 1, said)

    def test_a_millisecond_and_byte_by_byte(self) -> None:
        self.stays_true(0.001, drips=True)

    def test_40_milliseconds_and_byte_by_byte(self) -> None:
        self.stays_true(0.04, drips=True)

    def test_400_milliseconds(self) -> None:
        self.stays_true(0.4, drips=False)
