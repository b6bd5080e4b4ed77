"""Timeouts for many connections with one timer."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.clock import Clock, Timer

AT_ONCE = 5  # connections given up in one turn of the reactor

T = TypeVar("T")


class Waiting(Generic[T]):
    """Waits for many things, the same time for each, with one timer.

    seconds: how long.
    most: how many may wait at once; beyond that, the oldest is given up.
    late: called with each that is given up.
    early: called instead with each that is given up early, for others; None for `late`.
    """

    def __init__(
        self,
        clock: Clock,
        seconds: float,
        most: float,
        late: Callable[[T], object],
        early: Callable[[T], object] | None = None,
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._late = late
        self._early = early or late
        self._until: dict[T, float] = {}  # with the ends of their time, earliest first
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return len(self._until)

    @property
    def oldest(self) -> T | None:
        """The one that has waited for longest; None if none waits."""
        return next(iter(self._until), None)

    def add(self, one: T) -> None:
        """Wait for one; its time starts now, even if it waits already."""
        self._until.pop(one, None)
        self._until[one] = self._clock.seconds() + self._seconds
        if self._timer is None:
            self._timer = self._clock.callLater(self._seconds, self._look)
        if len(self._until) > self._most:
            self._give_up(next(iter(self._until)), self._early)

    def stop(self, one: T) -> bool:
        """Stop waiting for one; returns whether it was waiting."""
        if self._until.pop(one, None) is None:
            return False
        if not self._until and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return True

    def _give_up(self, one: T, call: Callable[[T], object]) -> None:
        del self._until[one]
        call(one)

    def _look(self) -> None:
        """Look in the next turn, after reading what has arrived while the server was busy."""
        self._timer = self._clock.callLater(0, self._look_again, self._clock.seconds())

    def _look_again(self, now: float) -> None:
        self._timer = None
        try:
            for one, until in list(islice(self._until.items(), AT_ONCE)):
                if until <= now and one in self._until:
                    self._give_up(one, self._late)
        finally:
            if self._until and self._timer is None and next(iter(self._until.values())) <= now:
                self._timer = self._clock.callLater(0, self._look_again, now)
            elif self._until and self._timer is None:
                wait = max(next(iter(self._until.values())) - self._clock.seconds(), 0)
                self._timer = self._clock.callLater(wait, self._look)


class Spare:
    """Waiting connections without a session; one is cut off when its place is needed.

    waiting: where they wait, the most expendable first.
    """

    def __init__(self, *waiting: Waiting[Any]) -> None:
        self._waiting = waiting

    def __len__(self) -> int:
        return sum(map(len, self._waiting))

    def give_way(self) -> bool:
        """Cut off the one that has waited for longest; returns whether there was one."""
        for waiting in self._waiting:
            if (oldest := waiting.oldest) is not None:
                waiting.stop(oldest)
                oldest.transport.abortConnection()
                return True
        return False
