"""What waits for its turn starts in order, and in no turn more than fits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.flow.starts import BUSY, START_WITHIN, Starts
from tests.harness import ChatTestCase


class StartsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.now = 0.0
        self.is_wanted = False  # another thread has results
        self.at_end: list[Callable[[], object]] = []
        clock: Any = SimpleNamespace(
            seconds=lambda: self.now, busy=lambda: self.now, is_wanted=lambda: self.is_wanted
        )
        self.starts = Starts(clock, self.at_end.append)
        self.started: list[int] = []

    def start(self, *numbers: int, seconds: float = 0.0) -> None:
        for number in numbers:
            self.starts.start(partial(self.works, number, seconds))

    def works(self, number: int, seconds: float = 0.0) -> None:
        self.started.append(number)
        self.now += seconds

    def ends(self) -> list[int]:
        """What is started at the end of a turn."""
        self.started = []
        [call] = self.at_end
        self.at_end.clear()
        call()
        return self.started

    def test_what_takes_no_time_starts_at_once(self) -> None:
        self.start(*range(100))
        self.assertEqual(self.started, list(range(100)))
        self.assertEqual((self.ends(), self.at_end), ([], []))

    def test_what_takes_long_starts_in_several_turns(self) -> None:
        self.start(*range(7), seconds=START_WITHIN * 0.6)
        self.assertEqual(self.started, [0, 1])
        self.assertEqual([self.ends() for _ in range(3)], [[], [2, 3], [4, 5]])
        self.start(7)
        self.assertEqual([self.ends(), self.at_end], [[6, 7], []])

    def test_one_starts_however_long_each_takes(self) -> None:
        self.start(*range(4), seconds=1.0)
        self.assertEqual([self.ends() for _ in range(4)], [[], [1], [2], [3]])

    def test_what_others_do_in_a_turn_takes_nothing_away(self) -> None:
        self.start(0)
        self.now += 1.0
        self.start(1)
        self.assertEqual(self.started, [0, 1])

    def test_one_starts_at_the_end_of_a_turn_in_which_others_have_done_much(self) -> None:
        for number in range(4):
            self.starts.queue(partial(self.works, number))
        self.now += BUSY * 1.1
        self.assertEqual(self.ends(), [0])
        self.now += BUSY / 2
        self.assertEqual(self.ends(), [1, 2, 3])

    def test_one_starts_in_each_turn_while_there_are_results(self) -> None:
        self.is_wanted = True
        self.start(*range(4))
        self.assertEqual(self.started, [])
        self.assertEqual([self.ends(), self.ends()], [[0], [1]])
        self.is_wanted = False
        self.assertEqual(self.ends(), [2, 3])

    def test_what_is_queued_waits_for_the_end_of_the_turn(self) -> None:
        self.starts.queue(partial(self.works, 0))
        self.start(1)
        self.starts.queue(partial(self.works, 2))
        self.assertEqual(self.started, [])
        self.assertEqual((self.ends(), self.at_end), ([0, 1, 2], []))

    def test_what_has_begun_goes_on_before_what_has_not(self) -> None:
        def begins() -> None:
            self.works(0, START_WITHIN * 1.1)
            self.starts.start(partial(self.works, 1, START_WITHIN * 1.1), goes_on=True)

        self.starts.start(begins)
        self.start(2)
        self.assertEqual(self.started, [0])
        self.assertEqual([self.ends(), self.ends()], [[], [1]])

    def test_a_bug_disturbs_no_others(self) -> None:
        self.starts.queue(lambda: 1 / 0)
        self.start(1)
        self.assertRaises(ZeroDivisionError, self.ends)
        self.assertEqual((self.ends(), self.at_end), ([1], []))


class CommandTests(ChatTestCase):
    def test_acts_of_many_at_the_end_of_a_commit(self) -> None:
        crowd = [self.server.joined_by(f"10.0.1.{number}") for number in range(20)]
        for number, each in enumerate(crowd):
            each.types(f"/join #mine{number}", f"/mute #mine{number} client1")
        told = [each.hears()[-1] for each in crowd]
        self.assertTrue(all("muted client1" in line for line in told), told)
