"""The timers of the reactor's clock: many that are due together are called in several turns."""

from __future__ import annotations

import time
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.error import AlreadyCalled
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.flow.starts import START_WITHIN
from chatsvc.service.reactor_clock import ReactorClock


class Reactor(task.Clock):
    """A reactor that is given results by another thread."""

    def __init__(self) -> None:
        super().__init__()
        self.threadCallQueue: list[None] = []


class TimerTests(SynchronousTestCase):
    """Those of a crowd, all due at once."""

    def setUp(self) -> None:
        self.reactor = Reactor()
        self.patch(time, "thread_time", self.reactor.seconds)
        self.clock = ReactorClock(self.reactor)
        self.made: list[int] = []
        self.reactor.advance(1000)

    def works(self, number: int) -> None:
        self.made.append(number)
        self.reactor.rightNow += START_WITHIN * 0.6

    def turn(self) -> list[int]:
        """What is called in the next turn of the reactor, which begins with what is due."""
        self.made = []
        reactor = self.reactor
        for call in [each for each in reactor.calls if each.getTime() <= reactor.seconds()]:
            if call.active():
                reactor.calls.remove(call)
                call.called = 1
                call.func(*call.args, **call.kw)
        return self.made

    def test_as_many_are_called_in_a_turn_as_there_is_time_for(self) -> None:
        for number in range(5):
            self.clock.callLater(1.0, self.works, number)
        self.reactor.rightNow += 1.0
        self.assertEqual(self.turn(), [0, 1])
        self.clock.callLater(0.001, self.works, 5)
        self.reactor.rightNow += 1.0
        self.assertEqual([self.turn(), self.turn(), self.turn()], [[2, 3], [4, 5], []])
        self.assertEqual(self.reactor.calls, [])

    def test_the_results_of_other_threads_come_first(self) -> None:
        for number in range(3):
            self.clock.callLater(1.0, self.works, number)
        self.reactor.rightNow += 1.0
        self.reactor.threadCallQueue.append(None)
        self.assertEqual(self.turn(), [0])
        self.reactor.threadCallQueue.clear()
        self.assertEqual(self.turn(), [1, 2])

    def test_what_is_not_to_wait_is_called_in_the_next_turn(self) -> None:
        for number in range(5):
            self.clock.callLater(0, self.works, number)
        self.assertEqual(self.turn(), [0, 1, 2, 3, 4])

    def test_one_can_be_cancelled_until_it_is_called(self) -> None:
        timers = [self.clock.callLater(1.0, self.works, number) for number in range(5)]
        timers[1].cancel()
        self.reactor.rightNow += 1.0
        self.assertEqual(self.turn(), [0, 2])
        timers[3].cancel()  # which is due
        self.assertEqual(self.turn(), [4])
        for timer in timers:
            self.assertRaises(AlreadyCalled, timer.cancel)

    def test_twisted_can_use_it(self) -> None:
        waiting: Deferred[None] = Deferred()
        waiting.addTimeout(1.0, self.clock)  # type: ignore[arg-type]  # it has all that is used
        waiting.callback(None)
        self.assertEqual(self.reactor.calls, [])
        slept: Any = self.clock.sleep(1.0)
        self.reactor.advance(1.0)
        self.successResultOf(slept)
