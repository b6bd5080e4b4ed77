"""Commands start in their order, and in no turn more than fit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.flow.starts import START_WITHIN, Starts
from tests.harness import ChatTestCase


class StartsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.now = 0.0
        self.is_wanted = False  # another thread has results
        self.later: list[Callable[[], object]] = []
        clock: Any = SimpleNamespace(
            seconds=lambda: self.now, busy=lambda: self.now, is_wanted=lambda: self.is_wanted,
            callLater=self.call_later,
        )  # fmt: skip
        self.starts = Starts(clock)
        self.started: list[int] = []

    def call_later(self, delay: float, call: Callable[[], object]) -> object:
        self.assertEqual(delay, 0)
        self.later.append(call)
        return call

    def start(self, *numbers: int, seconds: float = 0.0) -> None:
        for number in numbers:
            self.starts.start(partial(self.works, number, seconds))

    def works(self, number: int, seconds: float) -> None:
        self.started.append(number)
        self.now += seconds

    def turn(self) -> list[int]:
        """What is started in the next turn."""
        self.started = []
        [call] = self.later
        self.later = []
        call()
        return self.started

    def test_what_takes_no_time_starts_at_once(self) -> None:
        self.start(*range(100))
        self.assertEqual(self.started, list(range(100)))

    def test_what_takes_long_starts_in_several_turns(self) -> None:
        self.start(*range(7), seconds=START_WITHIN * 0.6)
        self.assertEqual(self.started, [0, 1])
        self.assertEqual([self.turn(), self.turn()], [[2, 3], [4, 5]])
        self.start(7)
        self.assertEqual([self.turn(), self.turn()], [[6, 7], []])
        self.assertEqual(self.later, [])

    def test_one_starts_however_long_each_takes(self) -> None:
        self.start(*range(4), seconds=1.0)
        self.assertEqual([self.turn(), self.turn(), self.turn()], [[1], [2], [3]])

    def test_one_starts_in_each_turn_while_there_are_results(self) -> None:
        self.is_wanted = True
        self.start(*range(4))
        self.assertEqual(self.started, [0])
        self.assertEqual([self.turn(), self.turn()], [[1], [2]])
        self.is_wanted = False
        self.assertEqual(self.turn(), [3])


class CommandTests(ChatTestCase):
    def test_acts_of_many_at_the_end_of_a_commit(self) -> None:
        crowd = [self.server.joined_by(f"10.0.1.{number}") for number in range(20)]
        for number, each in enumerate(crowd):
            each.types(f"/join #mine{number}", f"/mute #mine{number} client1")
        told = [each.hears()[-1] for each in crowd]
        self.assertTrue(all("muted client1" in line for line in told), told)
