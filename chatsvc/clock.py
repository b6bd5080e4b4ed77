"""Time and timers."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any, Protocol, TypeVar

TURN_EVERY = 0.004  # seconds between two pieces of long work, whoever asked for it

T = TypeVar("T")


class Timer(Protocol):
    """A call that has yet to be made."""

    def cancel(self) -> None:
        """Cancel it. Raises an error if it was made or cancelled already."""


class Clock(Protocol):
    """The source of time.

    There are two clocks, as the system's can be set while the server runs. Waiting goes by
    `seconds`; times that are shown or stored, by `now`.
    """

    def seconds(self) -> float:
        """Seconds since the epoch as it seemed to be at the start; nobody can set that clock."""

    def now(self) -> float:
        """Seconds since the epoch, by the system's clock."""

    def busy(self) -> float:
        """Seconds for which this thread has worked."""

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call so many seconds from now; 0 is at the end of this turn of the reactor."""

    def sleep(self, seconds: float, /) -> Awaitable[object]:
        """Wait for so long."""


class ReactorClock:
    """The clock of a reactor, by which it waits, beside that of the system.

    later: as Twisted's deferLater.
    """

    def __init__(self, reactor: Any, later: Callable[[Any, float], Awaitable[object]]) -> None:
        self.seconds: Callable[[], float] = reactor.seconds
        self.callLater: Callable[..., Timer] = reactor.callLater
        self.now = time.time
        self.busy = time.thread_time
        self.sleep: Callable[[float], Awaitable[object]] = partial(later, reactor)


class Turns:
    """Splits long work into pieces that take turns, with pauses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = 0.0  # when the next piece may be done

    async def pause(self) -> None:
        """Wait for the turn of the caller's next piece."""
        now = self._clock.seconds()
        at = max(self._next, now)
        self._next = at + TURN_EVERY
        await self._clock.sleep(at - now)

    async def slowly(self, things: Iterable[T], at_once: int) -> AsyncIterator[T]:
        """Iterate with a pause after each `at_once` things."""
        for number, each in enumerate(things):
            if number and number % at_once == 0:
                await self.pause()
            yield each


def make_steady(reactor: Any) -> None:
    """Make a reactor wait by a clock that nobody can set, in place of the system's.

    Everything in Twisted that waits asks the reactor for the time.
    """
    epoch = time.time() - time.monotonic()
    reactor.seconds = lambda: epoch + time.monotonic()


def ahead(clock: Clock) -> float:
    """By how many seconds the system's clock was set ahead since the start; below 0 if back."""
    return clock.now() - clock.seconds()


# Runs a coroutine, at once as far as that does not wait; logs what it raises.
Spawn = Callable[[Coroutine[object, object, None]], object]
