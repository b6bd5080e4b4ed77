"""A thread of the SQLite store: what it does together, and how its results are passed on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Event, Lock, Timer
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.store import StoreError
from chatsvc.stores.sqlite import file, worker
from chatsvc.stores.sqlite.worker import Thread
from tests.patience import PATIENCE
from tests.stores.keeper import Turns

MANY = 35


class ResultTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.calls: SimpleQueue[tuple[Callable[..., object], tuple[object, ...]]] = SimpleQueue()
        self.thread = Thread("chatsvc-test", self.from_thread, lambda: None, self.together)
        self.addCleanup(self.thread.stop)
        self.passed: list[Any] = []

    def from_thread(self, call: Callable[..., object], *args: object) -> None:
        self.calls.put((call, args))

    def together(self, works: Any) -> list[Exception | None]:
        raised: list[Exception | None] = []
        for work in works:
            try:
                raised.append(work())
            except ValueError as error:
                raised.append(error)
        return raised

    def asks(self, done: Deferred[Any], number: int) -> None:
        done.addBoth(lambda result: self.passed.append((number, result)))

    def turn(self) -> list[Any]:
        """What is passed on in a turn of the reactor; there is some call to be made in it."""
        self.passed = []
        calls = [self.calls.get(timeout=PATIENCE)]
        while not self.calls.empty():
            calls.append(self.calls.get())
        for call, args in calls:
            call(*args)
        return self.passed

    def test_all_but_what_is_urgent_waits_for_a_turn_that_has_time(self) -> None:
        queued: list[Callable[[], object]] = []
        thread = Thread(
            "chatsvc-test", self.from_thread, lambda: None, self.together, queue=queued.append
        )
        self.addCleanup(thread.stop)
        for number in range(MANY):
            self.asks(thread.does_jointly(lambda: None), number)
        self.asks(thread.does_urgently(lambda: None), MANY)
        thread.start()
        self.assertEqual(self.turn(), [(MANY, None)])
        for number, call in enumerate(queued):
            call()
            self.assertEqual(self.passed[-1], (number, None))
        self.assertEqual(len(queued), MANY)

    def test_what_is_done_later_is_passed_on_later(self) -> None:
        begun = Event()
        for number in range(MANY):
            self.asks(self.thread.does_jointly(lambda: None), number)
        self.asks(self.thread.does(begun.set), MANY)
        self.thread.start()
        begun.wait(PATIENCE)
        numbers: list[int] = []
        while len(numbers) < MANY + 1:
            numbers += [number for number, _ in self.turn()]
        self.assertEqual(numbers, list(range(MANY + 1)))

    def test_what_is_not_urgent_waits_for_what_is(self) -> None:
        batches: list[int] = []

        def together(works: Any) -> list[Exception | None]:
            batches.append(len(works))
            return self.together(works)

        for name, seconds in (("GATHER", PATIENCE), ("LATELY", PATIENCE)):
            self.patch(worker, name, seconds)
        self.thread = Thread("chatsvc-test", self.from_thread, lambda: None, together)
        self.addCleanup(self.thread.stop)
        self.asks(self.thread.does_urgently(lambda: None), 0)
        self.thread.start()
        self.assertEqual(self.turn(), [(0, None)])
        self.asks(self.thread.does_jointly(lambda: None), 1)
        self.asks(self.thread.does_urgently(lambda: None), 2)
        self.assertCountEqual(self.turn(), [(2, None), (1, None)])
        self.assertEqual(batches, [2])

    def test_what_is_not_urgent_does_not_wait_for_ever(self) -> None:
        self.asks(self.thread.does_urgently(lambda: None), 0)
        self.thread.start()
        self.turn()
        self.asks(self.thread.does_jointly(lambda: None), 1)
        self.assertEqual(self.turn(), [(1, None)])

    def test_where_nothing_was_urgent_lately_nothing_waits(self) -> None:
        self.patch(worker, "GATHER", 10 * PATIENCE)
        self.asks(self.thread.does_jointly(lambda: None), 0)
        self.thread.start()
        self.assertEqual(self.turn(), [(0, None)])

    def test_a_call_that_fails(self) -> None:
        def fail() -> None:
            raise ValueError

        self.asks(self.thread.does(fail), 0)
        for number in range(1, 4):
            self.asks(self.thread.does_jointly(fail if number == 2 else lambda: None), number)
        self.thread.start()
        outcomes: list[Any] = []
        while len(outcomes) < 4:
            outcomes += self.turn()
        failed = [number for number, result in outcomes if result is not None]
        self.assertEqual(failed, [0, 2])
        self.assertTrue(all(outcomes[number][1].check(ValueError) for number in failed))


class UrgentTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.turns = Turns()
        self.urgent = Lock()

    def thread(self, is_patient: bool = False) -> Thread:
        thread = Thread("test", self.turns.from_thread, lambda: None, None, is_patient, self.urgent)
        thread.start()
        self.addCleanup(thread.stop)
        return thread

    def test_while_something_is_urgent_patient_calls_wait(self) -> None:
        order: list[str] = []
        with self.urgent:
            done = self.thread(is_patient=True).does(order.append, "patient")
            time.sleep(0.05)
            order.append("urgent")
        self.turns.result_of(done)
        self.assertEqual(order, ["urgent", "patient"])

    def test_what_is_urgent_says_so(self) -> None:
        found: list[bool] = []
        thread = self.thread()
        for ask in (thread.does_urgently, thread.does_jointly):
            self.turns.result_of(ask(lambda: found.append(self.urgent.locked())))
        self.assertEqual(found, [True, False])


class GivingWayTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.turns = Turns()
        self.gate = Event()
        self.order: list[str] = []
        self.thread = Thread("test", self.turns.from_thread, lambda: None)
        self.addCleanup(self.thread.stop)
        self.addCleanup(self.gate.set)

    def works(self) -> None:
        self.gate.wait(PATIENCE)
        self.order.append("done")

    def gives_way(self) -> None:
        self.thread.give_way()
        self.order.append("gone on")

    def test_until_what_is_urgent_is_done(self) -> None:
        self.patch(worker, "GIVE_WAY", PATIENCE)
        self.gives_way()  # to nothing yet
        done = self.thread.does_urgently(self.works)
        done.addCallback(lambda _: self.order.append("told"))
        opening = Timer(0.05, self.gate.set)
        opening.start()
        self.thread.start()
        self.gives_way()
        self.gives_way()  # nor to what is done
        self.assertEqual(self.order, ["gone on", "done", "told", "gone on", "gone on"])
        self.turns.result_of(self.thread.does(self.works))  # the first is not passed on again
        opening.join()

    def test_what_failed_is_told_too(self) -> None:
        self.patch(worker, "GIVE_WAY", PATIENCE)
        done = self.thread.does_urgently(lambda: 1 / 0)  # type: ignore[arg-type]  # it fails
        self.thread.start()
        self.thread.give_way()
        self.failureResultOf(done, ZeroDivisionError)

    def test_not_for_long(self) -> None:
        self.thread.does_urgently(self.works)
        self.thread.start()
        self.gives_way()
        self.gives_way()
        self.assertEqual(self.order, ["gone on", "gone on"])


class ThreadTests(SynchronousTestCase):
    def test_what_fails_in_a_threads_spare_time_is_logged(self) -> None:
        turns = Turns()
        for module in (file, worker):
            self.patch(module, "AGAIN", 0.01)
        called: list[int] = []

        def in_spare_time() -> float | None:
            called.append(1)
            if len(called) == 1:
                raise ZeroDivisionError
            return None

        thread = Thread("test", turns.from_thread, in_spare_time)
        thread.start()
        self.assertEqual(turns.result_of(thread.does(divmod, 7, 3)), (2, 1))
        deadline = time.monotonic() + PATIENCE
        while len(called) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with self.assertRaises(ZeroDivisionError):
            turns.result_of(thread.does(divmod, 1, 0))
        thread.stop()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_what_waits_is_done_together_and_in_its_order(self) -> None:
        turns = Turns()
        self.patch(worker, "MOST_TOGETHER", 3)
        order: list[object] = []

        def together(works: Sequence[Callable[[], None]]) -> list[Exception | None]:
            for work in works:
                work()
            order.append(len(works))
            if "g" in order:
                raise ZeroDivisionError
            return [None, *[StoreError("no")] * (len(works) - 1)]

        thread = Thread("test", turns.from_thread, lambda: None, together)
        waiting = [thread.does_jointly(order.append, each) for each in "abcd"]
        waiting += [thread.does(order.append, "e")]
        waiting += [thread.does_jointly(order.append, each) for each in "fg"]
        thread.stop()
        outcomes: list[str] = []
        thread.start()  # all of it waits by now
        for each in waiting:
            try:
                turns.result_of(each)
                outcomes.append("done")
            except Exception as error:
                outcomes.append(type(error).__name__)
        self.assertEqual(order, ["a", "b", "c", 3, "d", "e", "f", "g", 2])
        self.assertEqual(
            outcomes, ["done", *["StoreError"] * 2, *["done"] * 2, *["ZeroDivisionError"] * 2]
        )
