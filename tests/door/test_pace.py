"""How fast the connections of one address may come and send together."""

from __future__ import annotations

from functools import partial

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.door import pace
from chatsvc.door.pace import Pace, Paces
from chatsvc.throttle import Throttle
from tests.harness import Clock


class PaceTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1000)
        self.pace = Pace(self.clock, Throttle(burst=4, rate=1.0))
        self.done: list[str] = []

    def takes(self, lines: int = 1) -> bool:
        return self.pace.take(self.clock.seconds(), lines)

    def test_a_burst_and_then_a_rate(self) -> None:
        self.assertEqual([self.takes() for _ in range(5)], [True] * 4 + [False])
        self.clock.advance(1)
        self.assertEqual([self.takes(), self.takes()], [True, False])
        self.clock.advance(3)
        self.assertEqual([self.takes(3), self.takes()], [True, False])

    def test_those_who_wait_have_their_turns(self) -> None:
        self.takes(4)
        calls = {each: partial(self.done.append, each) for each in "abc"}
        self.pace.wait(calls["a"], 1)
        self.pace.wait(calls["b"], 2)
        self.pace.wait(calls["c"], 1)
        self.assertFalse(self.takes())
        for done in ("a", "a", "ab", "abc"):
            self.clock.advance(1)
            self.assertFalse(self.takes())  # they come first
            self.assertEqual("".join(self.done), done)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.clock.advance(1)
        self.assertTrue(self.takes())

    def test_who_waits_again_stands_behind_the_others(self) -> None:
        self.takes(4)

        def again() -> None:
            self.done.append("a")
            self.pace.wait(again, 1)

        self.pace.wait(again, 1)
        self.pace.wait(partial(self.done.append, "b"), 1)
        self.clock.pump([1.0] * 4)
        self.assertEqual("".join(self.done), "abaa")

    def test_who_has_gone_keeps_nobody_waiting(self) -> None:
        self.takes(4)
        calls = [partial(self.done.append, each) for each in "ab"]
        for call in calls:
            self.pace.wait(call, 4)
        self.pace.forget(calls[0])
        self.clock.advance(4)
        self.assertEqual(self.done, ["b"])
        self.pace.wait(calls[0], 4)
        self.pace.forget(calls[0])
        self.pace.forget(calls[0])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_connections(self) -> None:
        self.assertEqual([self.pace.lets_in() for _ in range(5)], [True] * 4 + [False])
        self.clock.advance(1)
        self.assertEqual([self.pace.lets_in() for _ in range(2)], [True, False])
        self.assertTrue(self.takes())  # they are not lines

    def test_where_many_wait_nobody_comes(self) -> None:
        self.takes(4)
        for number in range(4):
            self.assertTrue(self.pace.lets_in())
            self.pace.wait(partial(self.done.append, str(number)), 1)
        self.clock.advance(0.9)
        self.assertFalse(self.pace.lets_in())
        self.clock.advance(0.1)
        self.assertTrue(self.pace.lets_in())


class PacesTests(SynchronousTestCase):
    def test_each_address_has_one_as_long_as_it_is_remembered(self) -> None:
        self.patch(pace, "REMEMBERED", 2)
        paces = Paces(Clock(), Throttle(burst=1, rate=1.0))
        first = paces.of("a")
        self.assertEqual([first.lets_in() for _ in range(11)], [True] * 10 + [False])
        paces.of("b")
        self.assertIs(paces.of("a"), first)
        paces.of("c")
        self.assertIs(paces.of("a"), first)
        paces.of("b")
        paces.of("c")
        self.assertEqual(len(paces), 2)
        self.assertIsNot(paces.of("a"), first)
