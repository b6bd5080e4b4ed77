"""A real server, and people who sit down at real terminals."""

from __future__ import annotations

from typing import Any

from tests.client.terminal import Seat, SeatTestCase
from tests.processes import FIRST, free_port

YOURS = "server: The name ann is yours. From elsewhere, type /login ann and your password."


class TtyTestCase(SeatTestCase):
    """A server that ann has come to; she is client1 and talks by netcat."""

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.server = self.opens("--store", "memory:")
        self.ann = self.calls(self.port)
        self.ann.sees(FIRST)

    def opens(self, *options: Any) -> Any:
        return self.serves("--port", self.port, "--interface", "127.0.0.1", *options)

    def comes(self, *arguments: str, **options: Any) -> Seat:
        """Somebody at a terminal, who is client2."""
        seat = self.sits_down("127.0.0.1", str(self.port), *arguments, **options)
        seat.sees("Welcome, you are client2.", "\n#lobby>", ", 2 here")
        return seat
