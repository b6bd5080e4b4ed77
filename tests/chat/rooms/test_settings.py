"""Records of rooms that many come to and leave while the store is slow."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase


class SlowStore(MemoryStore):
    """One that takes until `answers` is called.

    asked: how often it was to keep a room.
    """

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.asked = 0
        self._waiting: list[Deferred[None]] = []

    async def put(self, name: str, value: str | None, version: int) -> None:
        if name.startswith("room/"):
            self.asked += 1
            wait: Deferred[None] = Deferred()
            self._waiting.append(wait)
            await wait
        await super().put(name, value, version)

    def answers(self) -> None:
        while self._waiting:
            self._waiting.pop(0).callback(None)


class SlowStoreTests(ChatTestCase):
    def setUp(self) -> None:
        self.store = SlowStore()
        self.ann, self.bob, self.cat = self.start(store=self.store, throttle=Throttle.off())

    def test_comings_and_goings_are_kept_together(self) -> None:
        for _ in range(20):
            self.ann.types("/join #room", "hello", "/part #room")
            self.ann.hears()
        self.assertEqual(self.store.asked, 1)
        self.store.answers()
        self.assertEqual(self.store.asked, 2)
        again = self.server.chat.rooms["#room"]
        self.assertIsNotNone(again.empty_since)
        self.bob.types("/join #room")
        self.bob.hears()
        self.store.answers()
        self.assertIsNone(again.empty_since)
