"""curl as a bot, and netcat beside it, over real sockets."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import chatsvc
from tests.commands.test_accounts import PASSWORD
from tests.patience import much
from tests.processes import Caller, ProcessTestCase, free_port

KILLS = much(2, 6)
LINES = 30  # said each time that the server runs
LAST = "this is all"
# As the document has it; but it fails if it is refused, and streams end after a while.
CURL = """
curl() {
    if [ "$1" != -N ]; then command curl -s --fail-with-body "$@"
    else command curl -s --fail-with-body --max-time 0.5 "$@" || [ $? = 28 ]; fi
}
"""


@pytest.mark.long
class CurlTests(ProcessTestCase):
    def setUp(self) -> None:
        if shutil.which("curl") is None:
            raise self.skipTest("curl is not installed")
        super().setUp()

    def begins(self, *options: str) -> subprocess.Popen[str]:
        """The server, whose store outlives it; each time at another port."""
        self.port = free_port()
        return self.serves(
            "--port", self.port, "--interface", "127.0.0.1", "--throttle", "off", *options
        )

    def curl(self, path: str, *options: str) -> subprocess.Popen[str]:
        return self.starts(
            "curl", "-sN", "--retry", "9", "--retry-connrefused", *options,
            f"http://127.0.0.1:{self.port}{path}",
        )  # fmt: skip

    def curls(self, path: str, *options: str) -> Any:
        """The object that a request is answered with."""
        return json.loads(self.ends(self.curl(path, *options))[1])

    def test_it_hears_what_netcat_hears_though_the_server_is_killed(self) -> None:
        heard: list[dict[str, Any]] = []
        echoed: list[str] = []
        said = 0
        for _ in range(KILLS):
            server = self.begins()
            netcat = self.calls(self.port)
            ear = self.listens(heard)
            lines = [str(number) for number in range(said, said + LINES)]
            said += LINES
            netcat.types(*lines[: LINES // 2])
            echoed += self.echoes(netcat, lines[LINES // 2 - 1])
            netcat.types(*lines[LINES // 2 :])  # of which some are kept, perhaps
            server.kill()
            self.take(heard, ear.communicate()[0])
        self.begins()
        ear = self.listens(heard)
        netcat = self.calls(self.port)
        netcat.types(LAST)
        self.echoes(netcat, LAST)
        assert ear.stdout is not None
        text = ""
        while LAST not in text:
            text += ear.stdout.readline()
        self.take(heard, text + ear.stdout.readline())
        kept = self.curls("/rooms/lobby/history?after=0&limit=200")
        self.assertFalse(kept["more"])
        ids = [each["id"] for each in heard]
        self.assertEqual(ids, sorted(set(ids)))
        messages = [each for each in heard if each["event"] == "said"]
        self.assertEqual(messages, kept["events"])
        texts = [each["text"] for each in messages]
        self.assertEqual([text for text in texts if text in echoed], echoed)
        self.assertEqual([int(text) for text in texts[:-1]], sorted(set(map(int, texts[:-1]))))
        self.assertEqual(texts[-1], LAST)

    def listens(self, heard: list[dict[str, Any]]) -> subprocess.Popen[str]:
        """A curl that goes on after the last event, and has begun to hear."""
        last_id = heard[-1]["id"] if heard else 0
        ear = self.curl("/rooms/lobby/events", "-H", f"Last-Event-ID: {last_id}")
        assert ear.stdout is not None
        begun = b""
        while not begun.endswith(b"\n"):  # what is read ahead would be lost to communicate()
            byte = os.read(ear.stdout.fileno(), 1)
            self.assertTrue(byte, begun)
            begun += byte
        self.assertEqual(begun, b"retry: 2000\n")
        return ear

    def take(self, heard: list[dict[str, Any]], text: str) -> None:
        """Add the whole frames of a text."""
        for frame in text.split("\n\n")[:-1]:
            data = [line[6:] for line in frame.split("\n") if line.startswith("data: ")]
            heard += map(json.loads, data)

    def echoes(self, netcat: Caller, last: str) -> list[str]:
        """The numbers that netcat has read, up to one that it has said."""
        text = ""
        while f": {last}\n" not in text:
            text += netcat.socket.recv(65536).decode()
        lines = [line for line in text.splitlines() if line.startswith("client")]
        return [line.partition(": ")[2] for line in lines]

    def test_it_speaks_with_a_hook_and_with_a_token(self) -> None:
        self.begins("--certificate", "self-signed", "--tls-port", str(free_port()))
        ann = self.calls(self.port)
        ann.types("/nick ann")
        ann.sees("server: client1 is now known as ann.")
        ann.types(f"/register {PASSWORD}", "/join #ops", "/hook add ci", "/token add bot #ops")
        text = ""
        while "is the token" not in text:
            text += ann.socket.recv(65536).decode()
        key = text.partition("/hook/")[2].split()[0]
        token = text.partition(" is the token")[0].split()[-1]
        once = ("-H", "Idempotency-Key: n1")
        ids = [self.curls(f"/hook/{key}", "-d", "1.2 is out", *once)["id"] for _ in range(2)]
        self.assertEqual(ids[0], ids[1])
        bearer = ("-H", f"Authorization: Bearer {token}")
        self.curls("/rooms/ops/messages", "-d", '{"text": "at last"}', *bearer)
        ann.sees("#ops ann: at last")
        found = self.curls("/rooms/ops/history", *bearer)["events"]
        self.assertEqual(
            [(each["from"], each["text"]) for each in found],
            [("ci[hook]", "1.2 is out"), ("ann", "at last")],
        )
        self.assertEqual([each.get("account") for each in found], [None, "ann"])
        with_tls = self.starts(
            "curl", "-sNk", f"https://127.0.0.1:{self.port}/rooms/ops/events", *bearer
        )  # fmt: skip
        assert with_tls.stdout is not None
        self.assertEqual(with_tls.stdout.readline(), "retry: 2000\n")
        ann.types("hello")
        self.assertTrue(any("hello" in line for line in iter(with_tls.stdout.readline, "")))
        self.tries_the_examples(KEY=key, TOKEN=token)

    def tries_the_examples(self, **variables: str) -> None:
        """Run what the document says; streams are ended after a second."""
        document = Path(chatsvc.__file__).parents[1] / "docs" / "programs.md"
        if not document.exists():
            return
        text = document.read_text("utf-8").replace("localhost:5000", f"127.0.0.1:{self.port}")
        blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        self.assertGreater(len(blocks), 5)
        script = f"set -eu\nmake() {{ echo ok; }}\n{CURL}{''.join(blocks)}"
        status, out, err = self.ends(self.starts("bash", "-c", script, **variables))
        self.assertEqual((status, err), (0, ""), out)
        self.assertEqual(out.count('{"id": '), 5)
        self.assertEqual(out.count('{"more": '), 2)
