"""Times before lines."""

from __future__ import annotations

from tests.harness import ChatTestCase


class TimeTests(ChatTestCase):
    zone = "ABC-1"  # an hour ahead of UTC

    def test_on_and_off_for_oneself(self) -> None:
        self.ann.types("/time ON")
        told = "server: Times are shown from now on. They are the server's (ABC)."
        self.assertEqual(self.ann.hears(), [f"14:46:40 {told}"])
        self.bob.types("hello")
        self.assertEqual(self.ann.hears(), ["14:46:40 client2: hello"])
        self.assertEqual(self.bob.hears(), ["client2: hello"])
        self.server.clock.advance(60)
        self.ann.types("/time off", "hi")
        self.assertEqual(self.ann.hears(), ["server: Times are no longer shown.", "client1: hi"])
