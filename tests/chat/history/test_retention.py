"""The oldest messages go when the store is too large; see also KeepTests, of what is too old."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.history import retention
from chatsvc.chat.limits import Limits
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from tests.harness import ChatTestCase

YEAR = 365 * 86400.0


class Small(MemoryStore):
    """Each message takes a byte, and two are deleted at once.

    calls: how often it was to shrink.
    fails_after: the number of calls after which it fails.
    """

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.calls = 0
        self.fails_after = 1000

    async def shrink(self, size: int) -> Any:
        self.calls += 1
        if self.calls > self.fails_after:
            raise StoreError("the disk has an error")
        doomed = list(self._said)[: max(0, min(2, len(self._said) - size))]
        await self.delete([each.id for each in doomed])
        return {each.room: each.id for each in doomed} or None

    def texts(self) -> list[str]:
        return [each.text for each in self._said]


class Tidying(Small):
    """Tidies up, and tidies up."""

    async def shrink(self, size: int) -> Any:
        return {}


class ShrinkTests(ChatTestCase):
    def setUp(self) -> None:
        self.begins(Small())

    def begins(self, store: Small, keep_size: float = 4) -> None:
        self.store = store
        self.ann, self.bob, self.cat = self.start(store=store, keep_size=keep_size)

    def passes_a_minute(self) -> None:
        self.server.clock.advance(TIDY_EVERY)
        self.server.clock.pump([0.1] * 20)

    def says(self) -> None:
        """Ann speaks in both rooms by turns, and Bob after her."""
        self.ann.types("/join #x")
        for number in range(1, 4):
            self.ann.types(f"/say #lobby lobby {number}", f"/say #x x {number}")
            self.bob.types(f"bob {number}")
        self.bob.hears()

    def shown(self) -> list[str]:
        """What a newcomer is shown of what was said in both rooms."""
        eve = self.server.joined_by("10.0.1.1")
        eve.types("/join #x")
        return [line.rpartition(": ")[2] for line in eve.hears() if line.startswith("[")]

    def test_the_oldest_of_all_rooms_go(self) -> None:
        self.says()
        self.assertEqual(len(self.store.texts()), 9)
        self.passes_a_minute()
        self.assertEqual(self.store.texts(), ["bob 2", "lobby 3", "x 3", "bob 3"])
        self.assertEqual(self.shown(), ["bob 2", "lobby 3", "bob 3", "x 3"])
        self.assertEqual(self.store.calls, 4)  # of which the last deleted nothing

    def test_nothing_is_deleted_without_a_bound(self) -> None:
        self.begins(Small(), keep_size=float("inf"))
        self.says()
        self.passes_a_minute()
        self.assertEqual(len(self.store.texts()), 9)
        self.assertEqual(self.store.calls, 0)

    def test_a_bound_that_is_set_while_people_talk(self) -> None:
        self.begins(Small(), keep_size=float("inf"))
        self.says()
        limits = self.server.chat.limits
        limits.become(Limits(**{**vars(limits), "keep_size": 1}))
        self.passes_a_minute()
        self.assertEqual(self.store.texts(), ["bob 3"])

    def test_a_bound_that_no_message_fits_in(self) -> None:
        self.begins(Small(), keep_size=0)
        self.says()
        for _ in range(3):
            self.passes_a_minute()
        self.assertEqual(self.store.texts(), [])
        self.assertEqual(self.shown(), [])
        self.ann.types("/say #lobby hi")
        self.assertIn("hi", self.bob.hears()[-1])

    def test_whatever_the_clock_says(self) -> None:
        self.server.clock.ahead = -YEAR
        self.says()
        self.passes_a_minute()
        self.assertEqual(len(self.store.texts()), 4)

    def test_what_was_deleted_before_the_store_failed_is_shown_to_nobody(self) -> None:
        self.store.fails_after = 1
        self.says()
        self.passes_a_minute()
        self.assertEqual(self.store.texts()[0], "bob 1")
        self.assertEqual(
            self.shown(), ["bob 1", "lobby 2", "bob 2", "lobby 3", "bob 3", "x 2", "x 3"]
        )

    def test_other_upkeep_goes_on_though_it_never_fits(self) -> None:
        self.begins(Tidying())
        done: list[object] = []
        Deferred.fromCoroutine(self.server.chat.retention.shrink()).addBoth(done.append)
        for _ in range(int(retention.SHRINK_WITHIN) - 1):
            self.server.clock.advance(1)
        self.assertEqual(done, [])
        self.server.clock.advance(1)
        self.assertEqual(done, [None])
