"""Shared results: found out once for all who ask at about the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chatsvc.clock import Clock, Spawn

T = TypeVar("T")


class Shared(Generic[T]):
    """Finds something out once, however many ask.

    find: finds it out, and may take any time.
    good_for: seconds for which a result is reused; an error is not.
    """

    def __init__(
        self, clock: Clock, spawn: Spawn, find: Callable[[], Awaitable[T]], good_for: float
    ) -> None:
        self._clock = clock
        self._spawn = spawn
        self._find = find
        self._good_for = good_for
        self._is_finding = False
        self._waiting: set[Deferred[T]] = set()  # for the result
        self._found: T | None = None
        self._good_until = 0.0

    async def get(self, within: float) -> T:
        """The result. Raises TimeoutError after some seconds, or what `find` raises."""
        if self._found is not None and self._clock.seconds() < self._good_until:
            return self._found
        waiting: Deferred[T] = Deferred()
        self._waiting.add(waiting)
        if not self._is_finding:
            self._spawn(self._find_out())
        waiting.addTimeout(within, self._clock)  # type: ignore[arg-type]  # it has all that is used
        try:
            return await waiting
        except defer.TimeoutError:
            self._waiting.discard(waiting)  # nothing may ever be found
            raise TimeoutError from None

    async def _find_out(self) -> None:
        self._is_finding = True
        result: T | Failure
        try:
            self._found = result = await self._find()
            self._good_until = self._clock.seconds() + self._good_for
        except Exception:
            result = Failure()
        self._is_finding = False
        waiting, self._waiting = self._waiting, set()
        for each in waiting:
            each.callback(result)
