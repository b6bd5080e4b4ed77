"""The doctor, as administrators call it."""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.certificate import DAY, self_signed
from tests.processes import TWISTD, ProcessTestCase, free_port


class DoctorTests(ProcessTestCase):
    is_measured = True

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()

    def starts_server(self, *options: Any) -> None:
        """Start a server, which is found by its command line."""
        self.starts(TWISTD, "-n", "--pidfile=", "chatsvc", f"--port={self.port}", *options)

    def examined(self, *words: Any) -> tuple[int, list[dict[str, str]]]:
        """The status, and what was found."""
        doctor = self.forks(sys.executable, "-m", "chatsvc.admin", "--json", "doctor", *words)
        status, out, _ = self.ends(doctor)
        return status, [json.loads(line) for line in out.splitlines()]

    def test_a_server_that_runs(self) -> None:
        self.starts_server()
        ann = self.calls(self.port)
        ann.sees_some("Welcome")
        status, found = self.examined("--url", f"http://localhost:{self.port}/")
        faults = [each["what"] for each in found if each["level"] == "fault"]
        # How fast the disk is that tests run on is not the matter.
        self.assertEqual([each for each in faults if "(fsync)" not in each], [])
        self.assertEqual(status, bool(faults))
        texts = "\n".join(each["what"] for each in found)
        for words in (
            f"port {self.port} (--port) is open", "is whole, with 0 messages",
            "takes WebSockets", "the server may have",
        ):  # fmt: skip
            self.assertIn(words, texts)

    def test_what_is_wrong_with_one(self) -> None:
        (self.folder / "chat.pem").write_text(self_signed("chat.example.org", -3 * DAY))
        (self.folder / "chat.pem").chmod(0o644)
        options = ("--certificate=chat.pem", "--tls-port=0", "--server-name=www.example.invalid")
        self.starts_server(*options)
        self.calls(self.port).sees_some("Welcome")
        (self.folder / "chatsvc.sqlite").chmod(0o666)
        status, found = self.examined("--quiet")
        self.assertEqual(status, 1)
        self.assertNotIn("ok", {each["level"] for each in found})
        faults = {each["subject"] for each in found if each["level"] == "fault"}
        self.assertEqual(faults - {"disk"}, {"permissions", "certificate", "name"})

    def test_without_a_server(self) -> None:
        (self.folder / "chatsvc.toml").write_text(f"[doors]\nport = {self.port}\n")
        self.assertNotIn("settings", {each["subject"] for each in self.examined("--quiet")[1]})
        (self.folder / "chatsvc.toml").write_text("[doors]\nprot = 7\n")
        status, found = self.examined("--quiet")
        self.assertEqual(status, 1)
        [mistake] = [each for each in found if each["subject"] == "settings"]
        self.assertIn("chatsvc.toml:2: there is no setting prot", mistake["what"])

    def test_for_people(self) -> None:
        (self.folder / "chatsvc.toml").write_text("[doors]\nport = 'x'\n")
        doctor = self.forks(sys.executable, "-m", "chatsvc.admin", "doctor")
        status, out, err = self.ends(doctor)
        self.assertEqual(status, 1)
        self.assertIn("FAULT    settings: ", out)
        self.assertIn("ok       store: there is no store at", out)
        self.assertRegex(err, r"chatsvc-admin: \d faults? found\.")
