"""A store that keeps what is said when the test says so."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from chatsvc.store import Stored, StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person


class Slow(MemoryStore):
    """Takes its time over what it is to keep, until the test has it end.

    calls: the texts that it was given together, each time.
    """

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.calls: list[list[str]] = []
        self._keeping: Deferred[None] | None = None

    async def append(self, said: Sequence[Stored]) -> None:  # type: ignore[override]  # it waits
        assert self._keeping is None, "there is one writer"
        self.calls.append([each.text for each in said])
        self._keeping = Deferred()
        await self._keeping
        super().append(said)

    def keeps(self) -> None:
        """It is done."""
        self._taken().callback(None)

    def fails(self, error: Exception | None = None) -> None:
        """It cannot be done."""
        self._taken().errback(error or StoreError("the disk is full"))

    def _taken(self) -> Deferred[None]:
        keeping, self._keeping = self._keeping, None
        assert keeping is not None, "nothing is to be kept"
        return keeping


class CommitTestCase(ChatTestCase):
    def setUp(self) -> None:
        self.store = Slow()
        self.ann, self.bob, self.cat = self.start(store=self.store, throttle=Throttle.off())

    def refused(self, person: Person, *lines: str) -> None:
        """Somebody alone is told that these lines are not said."""
        told = [f"server: Not said, as the disk is full: {line}" for line in lines]
        for each in (self.ann, self.bob, self.cat):
            self.assertEqual(each.hears(), told if each is person else [])
