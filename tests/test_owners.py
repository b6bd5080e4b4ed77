"""Accounts on a real server that is killed, with real passwords and a file."""

from __future__ import annotations

import signal
import subprocess

from tests.processes import Caller, ProcessTestCase, free_port

PASSWORD = "correct-horse"


class OwnerTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.server = self.begins()

    def begins(self) -> subprocess.Popen[str]:
        return self.serves("--port", self.port, "--interface", "127.0.0.1", "--throttle", "off")

    def is_killed(self) -> None:
        """[kill -9; and the server begins again.]"""
        self.server.kill()
        self.ends(self.server)
        self.server = self.begins()

    def registers(self, name: str) -> Caller:
        caller = self.calls(self.port)
        caller.types(f"/nick {name}", f"/register {PASSWORD}")
        caller.sees(
            f"server: The name {name} is yours. From elsewhere, type /login {name} and your"
            " password."
        )
        return caller

    def test_what_is_somebodys_outlives_a_kill(self) -> None:
        ann = self.registers("ann")
        bob = self.registers("bob")
        ann.types("/join #ops", "/persist", "/quit")
        ann.sees_the_end()
        bob.types("/dm ann call me", "/bc one more")
        bob.sees("bob: one more")
        self.is_killed()
        guest = self.calls(self.port)
        guest.types("/nick ann", "/login ann wrong-password")
        before = guest.sees("server: That name or that password is wrong.")
        self.assertIn("belongs to somebody", before)
        ann = self.calls(self.port)
        ann.types(f"/login ann {PASSWORD}", "/since", "/who #ops", "/quit")
        text = ann.sees_the_end()
        self.assertRegex(text, r"server: bob wrote to you only, at .*: call me\n")
        self.assertIn("server: To see what was said while you were away, type /since.\n", text)
        self.assertRegex(text, r"\] bob: one more\n")
        self.assertIn("server: 1 user is in #ops: ann\n", text)

    def test_both_connections_see_what_is_said(self) -> None:
        ann = self.registers("ann")
        again = self.calls(self.port)
        again.types(f"/login ann {PASSWORD}")
        again.sees("server: You are ann.")
        again.types("seen by both")
        for each in (ann, again):
            each.sees("ann: seen by both")

    def test_no_password_is_anywhere(self) -> None:
        ann = self.registers("ann")
        ann.types(f"/passwd {PASSWORD} another-one-entirely", "/quit")
        ann.sees_the_end()
        self.server.send_signal(signal.SIGTERM)
        _, out, err = self.ends(self.server)
        kept = b"".join(file.read_bytes() for file in self.folder.glob("chatsvc.sqlite*"))
        for secret in (PASSWORD, "another-one-entirely"):
            self.assertNotIn(secret, out + err)
            self.assertNotIn(secret.encode(), kept)
        self.assertIn(b"$argon2id$", kept)
