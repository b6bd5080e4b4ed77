"""The timers of the reactor's clock: many that are due together are called in several turns."""

from __future__ import annotations

import gc
import sys
import time
from types import SimpleNamespace
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.error import AlreadyCalled
from twisted.trial.unittest import SynchronousTestCase

from chatsvc import bugs
from chatsvc.chat.flow.starts import BUSY, START_WITHIN
from chatsvc.service.reactor_clock import LONG, SEARCH_EVERY, STEP, ReactorClock


class Reactor(task.Clock):
    """A reactor that is given results by another thread."""

    def __init__(self) -> None:
        super().__init__()
        self.threadCallQueue: list[None] = []

    def timeout(self) -> float | None:
        return None

    def runUntilCurrent(self) -> None:  # noqa: N802 (Twisted's name)
        for call in [each for each in self.calls if each.getTime() <= self.seconds()]:
            if call.active():
                self.calls.remove(call)
                call.called = 1
                call.func(*call.args, **call.kw)


class TimerTests(SynchronousTestCase):
    """Those of a crowd, all due at once."""

    def setUp(self) -> None:
        self.reactor = Reactor()
        self.patch(time, "thread_time", self.reactor.seconds)
        self.clock = ReactorClock(self.reactor)
        self.clock.end_turns(self.reactor)
        self.made: list[int] = []
        self.reactor.advance(1000)

    def works(self, number: int) -> None:
        self.made.append(number)
        self.reactor.rightNow += START_WITHIN * 0.6

    def turn(self) -> list[int]:
        """What is called in the next turn of the reactor, which begins with what is due."""
        self.made = []
        self.reactor.runUntilCurrent()
        return self.made

    def test_as_many_are_called_in_a_turn_as_there_is_time_for(self) -> None:
        for number in range(5):
            self.clock.callLater(1.0, self.works, number)
        self.reactor.rightNow += 1.0
        self.assertEqual(self.turn(), [0, 1])
        self.clock.callLater(BUSY / 2, self.works, 5)
        self.reactor.rightNow += BUSY * 0.6
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

    def test_those_that_wait_for_long_share_one_of_the_reactors(self) -> None:
        self.reactor.rightNow = 1000.0 + STEP / 2
        timers = [self.clock.callLater(LONG, self.works, number) for number in range(7)]
        self.assertEqual(len(self.reactor.calls), 1)
        for number in 1, 3:
            timers[number].cancel()
            self.assertRaises(AlreadyCalled, timers[number].cancel)
        self.reactor.rightNow += LONG
        self.assertEqual(self.turn(), [])
        self.reactor.rightNow += STEP
        self.assertEqual(self.turn(), [0, 2])
        timers[4].cancel()  # which is due
        self.assertEqual([self.turn(), self.turn()], [[5, 6], []])
        self.assertRaises(AlreadyCalled, timers[5].cancel)
        self.assertEqual(self.clock._long, {})

    def test_a_bug_in_one_of_those_disturbs_no_others(self) -> None:
        bugs.sum_up()  # of other tests
        self.patch(bugs, "_log", SimpleNamespace(error=lambda *args, **facts: None))
        self.clock.callLater(LONG, self.works, 0)
        self.clock.callLater(LONG, lambda: 1 / 0)
        self.clock.callLater(LONG, self.works, 1)
        self.reactor.rightNow += LONG + STEP
        self.assertEqual(self.turn() + self.turn(), [0, 1])

    def test_none_of_them_is_early(self) -> None:
        for number in range(100):
            self.reactor.rightNow += 0.0137
            due = self.reactor.seconds() + LONG + number / 7
            self.clock.callLater(LONG + number / 7, self.works, number)
            last = max(each.getTime() for each in self.reactor.calls)
            self.assertGreaterEqual(last, due - 1e-9)
            self.assertLess(last, due + STEP)

    def test_what_waits_and_is_cancelled_takes_no_room(self) -> None:
        for _ in range(100):
            self.clock.callLater(LONG, self.works, 0).cancel()
        self.assertEqual((self.reactor.calls, self.clock._long), ([], {}))
        kept = self.clock.callLater(LONG, self.works, 0)
        for _ in range(100):
            self.clock.callLater(LONG, self.works, 0).cancel()
        [(timers, _)] = self.clock._long.values()
        self.assertEqual(list(timers), [kept])

    def test_twisted_can_use_it(self) -> None:
        waiting: Deferred[None] = Deferred()
        waiting.addTimeout(1.0, self.clock)  # type: ignore[arg-type]  # it has all that is used
        waiting.callback(None)
        self.assertEqual(self.reactor.calls, [])
        slept: Any = self.clock.sleep(1.0)
        self.reactor.rightNow += 1.0
        self.turn()
        self.successResultOf(slept)

    def test_what_replaces_as_much_as_it_is_does_not_pile_up_until_a_search_takes_long(
        self,
    ) -> None:
        replaced: list[list[None]] = [[] for _ in range(5000)]
        gc.collect()
        for number in range(len(replaced)):
            replaced[number] = []
        self.assertGreaterEqual(len(gc.get_objects(0)), len(replaced))  # none was made
        self.clock.callLater(1.0, self.works, 0)
        self.reactor.advance(1.0)
        self.assertLess(len(gc.get_objects(0)) + len(gc.get_objects(1)), len(replaced) / 2)

    def test_garbage_is_searched_for_no_oftener_than_need_be(self) -> None:
        searched: list[int] = []
        self.patch(gc, "collect", searched.append)
        for number in range(100):
            self.clock.callLater(number * SEARCH_EVERY / 10 + 1e-9, self.made.append, number)
        for _ in range(110):
            self.reactor.rightNow += SEARCH_EVERY / 10
            self.turn()
        self.assertLess(len(searched), 12)
        self.assertEqual(set(searched), {1})


class EndTests(SynchronousTestCase):
    """What is called at the end of a turn of Twisted's own reactor, by the clock itself."""

    def setUp(self) -> None:
        self.reactor: Any = EPollReactor()
        self.addCleanup(self.reactor.removeAll)
        self.clock = ReactorClock(self.reactor)
        self.clock.end_turns(self.reactor)
        self.made: list[str] = []

    def turn(self) -> list[str]:
        """What is called in a turn."""
        self.made = []
        self.reactor.runUntilCurrent()
        return self.made

    def soon(self, name: str) -> Any:
        return self.clock.callLater(0, self.made_is, name)

    def made_is(self, name: str) -> None:
        self.made.append(name)

    def and_then(self) -> None:
        self.made_is("first")
        self.soon("then")

    def test_in_order_and_each_once(self) -> None:
        self.assertIsNone(self.reactor.timeout())
        for name in "abc":
            self.soon(name)
        self.assertEqual(self.reactor.timeout(), 0)
        self.assertEqual([self.turn(), self.turn()], [["a", "b", "c"], []])
        self.assertIsNone(self.reactor.timeout())

    def test_what_is_asked_for_at_the_end_is_called_in_the_next_turn(self) -> None:
        self.clock.callLater(0, self.and_then)
        self.assertEqual(self.turn(), ["first"])
        self.assertEqual(self.reactor.timeout(), 0)
        self.assertEqual(self.turn(), ["then"])

    def test_what_the_result_of_another_thread_asks_for_comes_in_its_turn(self) -> None:
        self.reactor.callFromThread(self.and_then)
        self.assertEqual(self.turn(), ["first", "then"])

    def test_what_a_timer_asks_for_comes_in_the_turn_after_it(self) -> None:
        """Sockets are read in between."""
        self.clock.callLater(1e-9, self.and_then)
        self.reactor.callLater(0, lambda: None)
        while not self.turn():
            pass
        self.assertEqual(self.made, ["first"])
        self.assertEqual(self.turn(), ["then"])

    def test_one_can_be_cancelled_until_it_is_called(self) -> None:
        timers = [self.soon(name) for name in "abc"]
        self.clock.callLater(0, timers[2].cancel).cancel()
        timers[1].cancel()
        self.assertEqual(self.turn(), ["a", "c"])
        for timer in timers:
            self.assertFalse(timer.active())
            self.assertRaises(AlreadyCalled, timer.cancel)

    def test_a_timer_that_is_due_can_still_be_cancelled(self) -> None:
        late = self.clock.callLater(1e-9, self.made_is, "late")
        self.reactor.callFromThread(late.cancel)
        self.assertEqual(self.turn() + self.turn(), [])

    def test_a_bug_disturbs_no_others(self) -> None:
        self.soon("a")
        self.clock.callLater(0, lambda: 1 / 0)
        self.soon("b")
        self.clock.callLater(0, sys.exit)
        self.soon("c")
        bugs.sum_up()  # of other tests
        self.patch(bugs, "_log", SimpleNamespace(error=lambda *args, **facts: None))
        before = bugs.number()
        self.assertEqual(self.turn(), ["a", "b", "c"])
        self.assertEqual(bugs.number() - before, 2)
