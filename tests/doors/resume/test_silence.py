"""Programs that have the server give up a connection over which nothing comes."""

from __future__ import annotations

from chatsvc.throttle import Throttle
from tests.doors.resume.program import ResumeTestCase, lines


class SilenceTests(ResumeTestCase):
    def waits(self, seconds: float) -> None:
        for _ in range(int(seconds * 2)):
            self.server.clock.advance(0.5)

    def is_given_up(self) -> bool:
        return bool(self.bob.transport.disconnected)

    def test_after_so_many_seconds(self) -> None:
        self.assertEqual(self.asks({"do": "ping", "silence": 40}), [])
        self.waits(39)
        self.assertFalse(self.is_given_up())
        self.waits(12)
        self.assertTrue(self.is_given_up())
        self.ann.types("/users")
        self.assertIn("client2 (reconnecting)", self.ann.hears()[-1])

    def test_who_speaks_is_not_given_up(self) -> None:
        self.asks({"do": "ping", "silence": "10"})
        for _ in range(20):
            self.waits(9)
            self.bob.sends(b" ")
        self.assertFalse(self.is_given_up())
        self.waits(13)
        self.assertTrue(self.is_given_up())

    def test_agreed_with_the_first_line(self) -> None:
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        resume = {"do": "resume", "token": self.token, "seen": self.seen, "silence": 10}
        self.bob.sends(b"/json\n" + lines(resume))
        self.assertEqual(self.told(self.bob)[0]["event"], "resumed")
        self.waits(13)
        self.assertTrue(self.is_given_up())

    def test_agreed_with_a_token(self) -> None:
        self.asks({"do": "resume", "silence": 10})
        self.waits(13)
        self.assertTrue(self.is_given_up())

    def test_another_time_is_the_one_that_counts(self) -> None:
        self.asks({"do": "ping", "silence": 10}, {"do": "ping", "silence": 600})
        self.waits(590)
        self.assertFalse(self.is_given_up())

    def test_a_time_that_cannot_be(self) -> None:
        for silence in (9, 601, -10, "x", 10.5, "\u0661\u0660", "9" * 5000):
            [error] = self.asks({"do": "ping", "silence": silence})
            self.assertEqual(error["error"]["field"], "silence")
            self.assertIn("whole", error["error"]["text"])
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        resume = {"do": "resume", "token": self.token, "seen": self.seen, "silence": []}
        self.bob.sends(b"/json\n" + lines(resume))
        told = self.told(self.bob)
        self.assertEqual(told[0]["event"], "resumed")
        self.assertEqual(told[-1]["error"]["field"], "silence")
        self.waits(1000)
        self.assertFalse(self.is_given_up())

    def test_who_is_not_read_is_not_given_up(self) -> None:
        self.begin(throttle=Throttle(10, 0.01))
        self.bob.types(*['{"do": "ping", "silence": 10}'] * 12)
        self.waits(90)
        self.assertFalse(self.is_given_up())

    def test_without_that_one_may_be_silent_for_ever(self) -> None:
        self.waits(3000)
        self.assertFalse(self.is_given_up())
