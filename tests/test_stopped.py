"""The server, or a client, is stopped for a while (SIGSTOP), as on a machine that sleeps."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.patience import PATIENCE, much
from tests.processes import ProcessTestCase, free_port

STOPPED_FOR = much(2, 70)  # seconds
LINES = 200


@pytest.mark.long
class StoppedTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        options = ["--port", self.port, "--interface", "127.0.0.1", "--throttle", "off"]
        self.server = self.serves(*options)

    def stops(self, process: subprocess.Popen[str]) -> None:
        os.kill(process.pid, signal.SIGSTOP)
        self.addCleanup(process.send_signal, signal.SIGCONT)

    def test_a_server_that_goes_on_has_lost_nothing_and_nobody(self) -> None:
        people = [self.calls(self.port) for _ in range(3)]
        for number, person in enumerate(people):
            person.types(f"/nick p{number}")
            person.sees(f"server: client{number + 1} is now known as p{number}.")
        self.stops(self.server)
        for number, person in enumerate(people):
            person.types(*[f"{number}-{line}" for line in range(LINES)])
        time.sleep(STOPPED_FOR)
        self.server.send_signal(signal.SIGCONT)
        for person in people:
            person.types("/bc the end")
        seen = []
        for person in people:
            text = ""
            while text.count(": the end\n") < len(people):
                text += person.sees_some(": the end\n")
            self.assertNotIn("lost its connection", text)
            seen.append(re.findall(r"^p\d: (\d-\d+)$", text, re.MULTILINE))
        for number in range(len(people)):
            own = [line for line in seen[0] if line[0] == str(number)]
            self.assertEqual(own, [f"{number}-{line}" for line in range(LINES)])
        self.assertEqual(seen[1:], seen[:1] * 2)

    def test_a_client_that_goes_on_has_missed_nothing_and_delayed_nobody(self) -> None:
        ann = self.calls(self.port)
        ann.types("/nick ann")
        ann.sees("server: client1 is now known as ann.")
        program = (sys.executable, "-m", "chatsvc.client", "127.0.0.1", self.port, "--plain")
        client = self.forks(*program, stdin=subprocess.PIPE)
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write("/nick bob\n")
        client.stdin.flush()
        ann.sees("server: client2 is now known as bob.")
        ann.types("hello")
        deadline = time.monotonic() + PATIENCE
        while "ann: hello" not in client.stdout.readline():
            self.assertLess(time.monotonic(), deadline)
        self.stops(client)
        begun = time.monotonic()
        for number in range(LINES):
            ann.types(f"{number} {'x' * 2000}")
            ann.sees(f"ann: {number} {'x' * 2000}")
        time.sleep(max(0.0, STOPPED_FOR - (time.monotonic() - begun)))
        client.send_signal(signal.SIGCONT)
        heard: list[str] = []
        while len(heard) < LINES:
            heard += re.findall(r"ann: (\d+) x+", client.stdout.readline())
        self.assertEqual(heard, [str(number) for number in range(LINES)])
        ann.types("/users")
        self.assertIn("bob", ann.sees_some("users are connected"))
