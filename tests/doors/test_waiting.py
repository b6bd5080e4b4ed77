"""Waiting for many with one timer."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.doors.front.waiting import AT_ONCE, Waiting
from tests.harness import Clock


class WaitingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.late: list[int] = []
        self.waiting: Waiting[int] = Waiting(self.clock, 5, 100, self.late.append)

    def test_each_is_late_after_its_own_time(self) -> None:
        self.waiting.add(1)
        self.clock.advance(3)
        self.waiting.add(2)
        self.clock.advance(2)
        self.assertEqual(self.late, [1])
        self.clock.advance(2.9)
        self.assertEqual(self.late, [1])
        self.clock.advance(0.1)
        self.assertEqual((self.late, len(self.waiting)), ([1, 2], 0))
        self.waiting.add(3)
        self.clock.advance(5)
        self.assertEqual(self.late, [1, 2, 3])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_those_who_are_waited_for_anew(self) -> None:
        self.waiting.add(1)
        self.waiting.add(2)
        self.clock.advance(3)
        self.waiting.add(1)
        self.clock.advance(2)
        self.assertEqual(self.late, [2])
        self.clock.advance(3)
        self.assertEqual(self.late, [2, 1])

    def test_those_who_need_not_wait_any_longer(self) -> None:
        self.waiting.add(1)
        self.waiting.add(2)
        self.assertTrue(self.waiting.stop(1))
        self.assertFalse(self.waiting.stop(1))
        self.assertTrue(self.waiting.stop(2))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_what_has_come_in_time_is_read_before_anybody_is_late(self) -> None:
        # The server is busy; this call stands for what it reads before its next turn.
        self.clock.callLater(5, lambda: self.clock.callLater(0, self.waiting.stop, 1))
        self.waiting.add(1)
        self.waiting.add(2)
        self.clock.rightNow += 7
        self.clock.advance(0)
        self.assertEqual(self.late, [2])

    def test_a_few_in_a_turn(self) -> None:
        for one in range(3 * AT_ONCE):
            self.waiting.add(one)
        turns: list[int] = []

        def turn() -> None:
            turns.append(len(self.late))
            if len(self.waiting):
                self.clock.callLater(0, turn)

        self.clock.callLater(5, turn)
        self.clock.advance(5)
        self.assertEqual(self.late, list(range(3 * AT_ONCE)))
        self.assertEqual(turns, [0, AT_ONCE, 2 * AT_ONCE, 3 * AT_ONCE])

    def test_if_there_are_too_many_the_first_is_late(self) -> None:
        for one in range(102):
            self.waiting.add(one)
        self.assertEqual((self.late, len(self.waiting)), ([0, 1], 100))

    def test_who_is_given_up_for_others_may_be_so_in_another_way(self) -> None:
        early: list[int] = []
        waiting: Waiting[int] = Waiting(self.clock, 5, 2, self.late.append, early.append)
        for one in range(4):
            waiting.add(one)
        self.clock.advance(5)
        self.assertEqual((early, self.late, len(waiting)), ([0, 1], [2, 3], 0))

    def test_one_that_fails_costs_no_other(self) -> None:
        def fail(one: int) -> None:
            self.late.append(one)
            raise ZeroDivisionError

        waiting: Waiting[int] = Waiting(self.clock, 5, 100, fail)
        for one in (1, 2):
            waiting.add(one)
        for _ in (1, 2):
            self.assertRaises(ZeroDivisionError, self.clock.advance, 5)
        self.assertEqual(self.late, [1, 2])
