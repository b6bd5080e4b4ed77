"""Records of one kind, and the version of each."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.keeping.records import Records
from chatsvc.store import Conflict, Record
from chatsvc.stores.memory import MemoryStore


class Slow(MemoryStore):
    """Puts records only when that is asked for."""

    def __init__(self) -> None:
        super().__init__(10, 10**4)
        self.waiting: list[Deferred[None]] = []
        self.is_slow = False

    async def put(self, name: str, value: str | None, version: int) -> None:
        if self.is_slow:
            self.waiting.append(Deferred())
            await self.waiting[-1]
        await super().put(name, value, version)


class RecordsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.store = Slow()
        self.records = Records(self.store, "thing/")

    def done(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(doing))

    def held(self, name: str) -> Record | None:
        found: Record | None = self.done(self.store.record(name))
        return found

    def test_they_are_made_changed_and_deleted(self) -> None:
        self.done(self.records.put("a", "one"))
        self.done(self.records.put("a", "two"))
        self.assertEqual(self.held("thing/a"), Record("two", 2))
        self.assertIn("a", self.records)
        self.done(self.records.put("a", None))
        self.assertIsNone(self.held("thing/a"))
        self.assertNotIn("a", self.records)

    def test_they_go_on_after_a_restart(self) -> None:
        self.done(self.records.put("a", "one"))
        again = Records(self.store, "thing/")
        self.assertEqual(self.done(again.open()), {"a": "one"})
        self.done(again.put("a", "two"))
        self.assertEqual(self.done(again.get("a")), Record("two", 2))

    def test_what_was_read_is_changed_only_if_nobody_else_has(self) -> None:
        self.done(self.records.put("a", "one"))
        self.done(self.records.put("a", "two"))
        self.failureResultOf(Deferred.fromCoroutine(self.records.put("a", "three", 1)), Conflict)
        self.assertEqual(self.held("thing/a"), Record("two", 2))

    def test_the_newest_is_kept_when_it_is_kept_twice_at_once(self) -> None:
        self.store.is_slow = True
        values = iter(["one", "two", "newest"])
        both = [
            Deferred.fromCoroutine(self.records.keep("a", lambda: next(values))) for _ in range(2)
        ]
        while self.store.waiting:
            self.store.waiting.pop(0).callback(None)
        self.assertEqual([self.successResultOf(each) for each in both], ["one", "newest"])
        self.assertEqual(self.held("thing/a"), Record("newest", 2))

    def test_somebody_else_has_changed_one(self) -> None:
        self.done(self.records.put("a", "one"))
        self.done(self.store.put("thing/a", "theirs", 1))
        self.failureResultOf(
            Deferred.fromCoroutine(self.records.keep("a", lambda: "two")), Conflict
        )
        self.assertEqual(self.held("thing/a"), Record("theirs", 2))

    def test_what_is_not_there_is_not_deleted(self) -> None:
        self.patch(self.store, "put", None)
        self.assertIsNone(self.done(self.records.keep("a", lambda: None)))
