"""What is done every minute."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.bugs import spawn
from chatsvc.chat.upkeep import KEEP_EVERY, PUT_RIGHT_WITHIN, SET_BY, TIDY_EVERY, Upkeep
from chatsvc.journal import NO_JOURNAL
from chatsvc.store import StoreError
from tests.harness import Clock


class UpkeepTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.done: list[str] = []
        self.often = 0
        self.upkeep = Upkeep(self.clock, spawn, NO_JOURNAL)
        self.upkeep.at_once = [lambda: self.done.append("names")]
        self.upkeep.by_date = [self.forget]
        self.upkeep.instead = [self.forget_ended]
        self.upkeep.tasks = [self.keep]
        self.upkeep.often = self.keep_often
        self.upkeep.start()

    async def keep_often(self) -> None:
        self.often += 1

    async def forget(self) -> None:
        self.done.append("forget")

    async def forget_ended(self) -> None:
        self.done.append("forget ended")

    async def keep(self) -> None:
        self.done.append("keep")

    def after(self, seconds: float = TIDY_EVERY) -> list[str]:
        """What is done within so many seconds."""
        self.done.clear()
        self.clock.pump([TIDY_EVERY] * int(seconds / TIDY_EVERY))
        return list(self.done)

    def test_one_thing_after_the_other_every_minute(self) -> None:
        self.assertEqual(self.after(), ["names", "forget", "keep"])
        self.assertEqual(self.after(), ["names", "forget", "keep"])

    def test_nothing_is_deleted_by_a_clock_that_was_just_set(self) -> None:
        self.clock.ahead = SET_BY + 1
        self.assertEqual(self.after(), ["names", "forget ended", "keep"])
        self.assertNotIn("forget", self.after(PUT_RIGHT_WITHIN - TIDY_EVERY))
        self.assertEqual(self.after(), ["names", "forget", "keep"])

    def test_the_others_are_done_when_the_store_fails_at_one(self) -> None:
        async def fail() -> None:
            raise StoreError("the disk is full")

        self.upkeep.by_date = [fail]
        self.assertEqual(self.after(), ["names", "keep"])
        self.assertEqual(self.after(), ["names", "keep"])

    def test_what_takes_longer_than_a_minute_is_not_begun_again(self) -> None:
        waiting: Deferred[None] = Deferred()

        async def wait() -> None:
            await waiting

        self.upkeep.by_date = [wait]
        self.assertEqual(self.after(3 * TIDY_EVERY), ["names"])
        waiting.callback(None)
        self.assertEqual(self.done, ["names", "keep"])

    def test_something_is_done_more_often_unless_it_still_runs(self) -> None:
        self.clock.pump([KEEP_EVERY] * 3)
        self.assertEqual((self.often, self.done), (3, []))
        waiting: Deferred[None] = Deferred()

        async def wait() -> None:
            self.often += 1
            await waiting

        self.upkeep.often = wait
        self.clock.pump([KEEP_EVERY] * 3)
        self.assertEqual(self.often, 4)
        waiting.callback(None)
        self.clock.pump([KEEP_EVERY] * 3)
        self.assertEqual(self.often, 7)

    def test_it_ends(self) -> None:
        self.upkeep.stop()
        self.assertEqual(self.after(), [])
        self.assertEqual(self.often, 0)
