"""Connections that are given some time for their next step."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.clock import Clock, Timer

AT_ONCE = 10  # that are late in one turn

T = TypeVar("T")


class Waiting(Generic[T]):
    """Waits for many, for each as long as for the others, with one timer.

    seconds: how long.
    most: how many are waited for at once; if there are more, the first is late.
    late: called with each that has been waited for long enough.
    """

    def __init__(
        self, clock: Clock, seconds: float, most: int, late: Callable[[T], object]
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._late = late
        self._until: dict[T, float] = {}  # in the order in which they are late
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return len(self._until)

    def add(self, one: T) -> None:
        """Wait for one from now on, also if it is waited for already."""
        self._until.pop(one, None)
        self._until[one] = self._clock.seconds() + self._seconds
        if self._timer is None:
            self._timer = self._clock.callLater(self._seconds, self._look)
        if len(self._until) > self._most:
            self._give_up(next(iter(self._until)))

    def stop(self, one: T) -> bool:
        """Wait for one no longer; whether it was waited for."""
        if self._until.pop(one, None) is None:
            return False
        if not self._until and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return True

    def _give_up(self, one: T) -> None:
        del self._until[one]
        self._late(one)

    def _look(self) -> None:
        """Let what has come in time be read first, however busy the server was meanwhile."""
        self._timer = self._clock.callLater(0, self._look_again, self._clock.seconds())

    def _look_again(self, now: float) -> None:
        self._timer = None
        try:
            for one, until in list(islice(self._until.items(), AT_ONCE)):
                if until <= now and one in self._until:
                    self._give_up(one)
        finally:
            if self._until and self._timer is None:
                wait = max(next(iter(self._until.values())) - self._clock.seconds(), 0)
                self._timer = self._clock.callLater(wait, self._look)
