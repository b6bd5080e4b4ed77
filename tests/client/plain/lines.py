"""Runs of the client with lines in and out, beside others at a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from tests.client.terminal import SeatTestCase
from tests.forking.forked import Forked
from tests.patience import PATIENCE
from tests.processes import Caller, free_port


class LinesTestCase(SeatTestCase):
    """A server to which ann has come; she is client1."""

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.serve()
        self.ann = self.comes()

    def serve(self, *options: Any) -> None:
        at = ("--port", self.port, "--interface", "127.0.0.1", "--store", "sqlite:chat.sqlite")
        self.server = self.serves(*at, *options)

    def comes(self) -> Caller:
        caller = self.calls(self.port)
        caller.types("/who")
        caller.sees("server: 1 user is in #lobby: client1")
        return caller

    def runs(
        self, *arguments: str, stdin: Any = subprocess.PIPE, **environment: str
    ) -> subprocess.Popen[str]:
        process = Forked[str](
            [sys.executable, "-m", "chatsvc.client", "127.0.0.1", str(self.port), *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | self.measuring | environment,
        )
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            self.addCleanup(stream.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def gets(self, *arguments: str, text: str, **environment: str) -> tuple[int, str, str]:
        """What comes of a run with this input."""
        process = self.runs(*arguments, **environment)
        out, err = process.communicate(text, timeout=2 * PATIENCE)
        return process.returncode, out, err
