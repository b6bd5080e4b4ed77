"""Somebody who has a store keep what is said, and waits for it where there is no reactor."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatsvc.store import Store, Stored, StoreState
from tests.patience import PATIENCE

T = TypeVar("T")


class Turns:
    """Stands in for the reactor: makes the calls of other threads while it waits for something."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Callable[..., object], tuple[Any, ...]]] = SimpleQueue()

    def from_thread(self, call: Callable[..., object], *args: Any) -> None:
        self._calls.put((call, args))

    def soon(self, call: Callable[..., object]) -> Any:
        self._calls.put((call, ()))

    def result_of(self, deferred: Deferred[T]) -> T:
        """Wait for a result; raises what the Deferred fails with."""
        results: list[Any] = []
        deferred.addBoth(results.append)
        while not results:
            call, args = self._calls.get(timeout=PATIENCE)
            call(*args)
        if isinstance(results[0], Failure):
            results[0].raiseException()
        result: T = results[0]
        return result


class Keeper:
    """Gives what is said its id and position, as a chat does."""

    def __init__(self, store: Store, turns: Turns) -> None:
        self.store = store
        self.kept = StoreState(0, {})
        self._turns = turns

    def begins(self, doing: Awaitable[T] | None) -> Deferred[T]:
        async def done() -> T:
            return cast("T", None) if doing is None else await doing

        return Deferred.fromCoroutine(done())

    def gets(self, doing: Awaitable[T] | None) -> T:
        """Wait for what the store gives; raises what it raises."""
        return self._turns.result_of(self.begins(doing))

    def result_of(self, deferred: Deferred[T]) -> T:
        return self._turns.result_of(deferred)

    def opens(self) -> StoreState:
        self.kept = self.gets(self.store.open())
        return self.kept

    def closes(self) -> None:
        self.gets(self.store.close())

    def makes(
        self, room: str, *texts: str, speaker: str = "ann", at: float | None = None
    ) -> list[Stored]:
        """Things said with the next ids and positions; one second after the other, if not at."""
        last_id, heads = self.kept
        said = []
        for text in texts:
            last_id += 1
            heads[room] = heads.get(room, 0) + 1
            when = float(last_id) if at is None else at
            said.append(Stored(last_id, room, heads[room], when, "said", speaker, text))
        self.kept = StoreState(last_id, heads)
        return said

    def says(
        self, room: str, *texts: str, speaker: str = "ann", at: float | None = None
    ) -> list[Stored]:
        """Have things said kept, all at once."""
        said = self.makes(room, *texts, speaker=speaker, at=at)
        self.gets(self.store.append(said))
        return said

    def reads(self, room: str) -> list[str]:
        """The texts of a room."""
        return [each.text for each in self.gets(self.store.after(room, 0, 1000))]

    def finds(self, words: str | None, *rooms: str, most: int = 100, **how: Any) -> list[str]:
        """The texts that are found."""
        found = self.gets(self.store.search(words, rooms, most=most, **how))
        return [each.text for each in found]

    def waits_for(self, word: str, room: str) -> None:
        """Wait until a word can be found, and what was said before it."""
        deadline = time.monotonic() + PATIENCE
        while not self.finds(word, room):
            assert time.monotonic() < deadline, f"{word} is never found"
            time.sleep(0.01)
