"""Credentials: secrets that are kept as digests."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.programs.credentials import AT_ONCE, Credentials
from chatsvc.errors import ChatError
from chatsvc.store import StoreError
from tests.chat.keeping.test_records import Slow
from tests.harness import Clock


class Facts(NamedTuple):
    name: str


class CredentialTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.store = Slow()
        self.all = self.opened()

    def opened(self) -> Credentials[Facts]:
        found = Credentials(self.clock, self.store, "key/", AT_ONCE + 1, Facts)
        self.done(found.open())
        return found

    def done(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(doing))

    def test_they_outlive_a_restart_and_end(self) -> None:
        secret = self.done(self.all.make(Facts("a")))
        again = self.opened()
        found = again.find(secret)
        assert found is not None
        self.assertEqual(found[1], Facts("a"))
        self.assertNotIn(secret, str(self.store._records))
        self.done(again.end(found[0]))
        self.assertIsNone(again.find(secret))
        self.assertEqual(list(self.opened().items()), [])

    def test_one_that_cannot_be_stored_is_none(self) -> None:
        self.store.is_slow = True
        making = Deferred.fromCoroutine(self.all.make(Facts("a")))
        self.assertEqual(len(self.all.items()), 1)  # it counts at once
        self.store.waiting.pop().errback(StoreError("the disk is full"))
        self.failureResultOf(making, StoreError)
        self.assertEqual(list(self.all.items()), [])

    def test_one_that_ends_while_it_is_stored(self) -> None:
        self.store.is_slow = True
        making = Deferred.fromCoroutine(self.all.make(Facts("a")))
        [(digest, _)] = self.all.items()
        self.done(self.all.end(digest))
        self.store.is_slow = False
        self.store.waiting.pop().callback(None)
        self.assertIsNone(self.all.find(self.successResultOf(making)))
        self.assertEqual(list(self.opened().items()), [])

    def test_one_that_cannot_be_ended_goes_on(self) -> None:
        secret = self.done(self.all.make(Facts("a")))
        self.store.is_slow = True
        ending = Deferred.fromCoroutine(self.all.end(next(iter(dict(self.all.items())))))
        self.store.waiting.pop().errback(StoreError("the disk is full"))
        self.failureResultOf(ending, StoreError)
        self.assertIsNotNone(self.all.find(secret))

    def test_there_is_a_bound(self) -> None:
        for _ in range(AT_ONCE + 1):
            self.done(self.all.make(Facts("a")))
        self.failureResultOf(Deferred.fromCoroutine(self.all.make(Facts("c"))), ChatError)

    def test_the_old_ones_end_in_turns(self) -> None:
        for number in range(AT_ONCE + 1):
            self.done(self.all.make(Facts("old" if number % AT_ONCE == 0 else "new")))
        ending = Deferred.fromCoroutine(self.all.end_old(lambda _, facts: facts.name == "old"))
        self.assertEqual(len(self.all.items()), AT_ONCE)
        self.clock.advance(1)
        self.successResultOf(ending)
        self.assertEqual({facts.name for _, facts in self.all.items()}, {"new"})
