"""Servers in processes of their own, with chatsvc-admin beside them."""

from __future__ import annotations

import json
import sys
from subprocess import Popen
from typing import Any

from tests.processes import ProcessTestCase, free_port


class AdminProcessTestCase(ProcessTestCase):
    """A server with an administrators' socket, and chatsvc-admin."""

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()

    def opens(self, *options: object, **environment: str) -> Popen[str]:
        """Begin a server, and wait until people can come."""
        server = self.serves("--port", self.port, *options, **environment)
        self.calls(self.port).sees_some("Type /help for help.")
        return server

    def begins(self, *words: object, **how: Any) -> Popen[str]:
        """Begin chatsvc-admin in the test's folder."""
        return self.forks(sys.executable, "-m", "chatsvc.admin", *words, **how)

    def admin(self, *words: object, **environment: str) -> tuple[int, str, str]:
        """Run chatsvc-admin: its status, its output and its errors."""
        return self.ends(self.begins(*words, **environment))

    def facts(self, *words: object) -> list[dict[str, Any]]:
        """What a command prints with --json; it has to succeed."""
        status, out, err = self.admin("--json", *words)
        self.assertEqual((status, err), (0, ""))
        return [json.loads(line) for line in out.splitlines()]

    def works(self, *words: object) -> None:
        """The server can be asked, and one person is on it."""
        [status] = self.facts("status", *words)
        self.assertEqual(status["connections"], 1)
