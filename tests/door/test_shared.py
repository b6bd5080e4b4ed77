"""What is found out once for all who ask."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.bugs import spawn
from chatsvc.door.shared import Shared
from tests.harness import Clock

GOOD_FOR = 10.0
WITHIN = 3.0


class SharedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.asked: list[Deferred[str]] = []
        self.shared = Shared(self.clock, spawn, self.find, GOOD_FOR)

    async def find(self) -> str:
        self.asked.append(Deferred())
        return await self.asked[-1]

    def gets(self) -> Deferred[str]:
        return Deferred.fromCoroutine(self.shared.get(WITHIN))

    def test_all_who_ask_meanwhile_are_told_the_same(self) -> None:
        waiting = [self.gets() for _ in range(5)]
        self.assertEqual(len(self.asked), 1)
        self.asked[0].callback("found")
        self.assertEqual([self.successResultOf(each) for each in waiting], ["found"] * 5)

    def test_a_result_is_good_for_a_while(self) -> None:
        self.gets()
        self.asked[0].callback("found")
        self.clock.advance(GOOD_FOR - 0.1)
        self.assertEqual(self.successResultOf(self.gets()), "found")
        self.clock.advance(0.1)
        again = self.gets()
        self.assertNoResult(again)
        self.asked[1].callback("found anew")
        self.assertEqual(self.successResultOf(again), "found anew")

    def test_an_error_is_told_to_all_who_wait_and_to_nobody_later(self) -> None:
        waiting = [self.gets() for _ in range(2)]
        self.asked[0].errback(ZeroDivisionError())
        for each in waiting:
            self.failureResultOf(each, ZeroDivisionError)
        again = self.gets()
        self.asked[1].callback("found")
        self.assertEqual(self.successResultOf(again), "found")

    def test_nobody_waits_for_ever_nor_is_remembered(self) -> None:
        for _ in range(3):
            waiting = self.gets()
            self.clock.advance(WITHIN)
            self.failureResultOf(waiting, TimeoutError)
        self.assertEqual((len(self.asked), len(self.shared._waiting)), (1, 0))
        self.asked[0].callback("found late")
        self.assertEqual(self.successResultOf(self.gets()), "found late")
