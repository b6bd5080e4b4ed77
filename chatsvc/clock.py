"""Time and timers."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from functools import partial
from math import inf
from typing import Any, Protocol, TypeVar

TURN_EVERY = 0.002  # seconds between two pieces of long work, of anybody's
PIECE = 0.002  # seconds of work after which a piece ends in any case
READ_EVERY = 0.00025  # seconds between two readings of the CPU time for stints that begin

T = TypeVar("T")


class Timer(Protocol):
    """A call that has yet to be made."""

    def cancel(self) -> None:
        """Cancel it. Raises an error if it was made or cancelled already."""


class Clock(Protocol):
    """The source of time.

    There are two clocks, as the system's can be set while the server runs. Timers go by `seconds`,
    times that are shown or stored by `now`.
    """

    def seconds(self) -> float:
        """Seconds by a steady clock, which nobody can set; it began at some time in the past."""

    def now(self) -> float:
        """Seconds since the epoch, by the system's clock."""

    def busy(self) -> float:
        """The CPU seconds of this thread."""

    def is_wanted(self) -> bool:
        """Whether another thread has results, which the next turn of the reactor passes on."""

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call after some seconds; 0 is the end of this turn of the reactor."""

    def start(self, call: Callable[[], object], /, *, goes_on: bool = False) -> object:
        """Make a call in a turn of the reactor that has time for it, after those that wait.

        goes_on: whether it goes on with what has begun; then it comes before them.
        """

    def is_behind(self) -> bool:
        """Whether calls of `start` wait for a turn that has time."""

    def sleep(self, seconds: float, /) -> Awaitable[object]:
        """Wait for some seconds."""


class Stint:
    """A stint of work of this thread, measured in CPU time, so that a busy machine ends none early.

    Reading the CPU time is slow: a stint that begins soon after the last reading counts from there,
    and the time is read again only when the clock says that the stint may be over.
    """

    __slots__ = ("_began", "_busy", "_busy_before", "_is_wanted", "_read_at", "_seconds")

    def __init__(self, clock: Clock) -> None:
        self._seconds = clock.seconds
        self._busy = clock.busy
        self._is_wanted = clock.is_wanted
        self._read_at = -inf
        self.begin()

    def begin(self, now: float | None = None) -> float:
        """Begin another stint. Returns the time.

        now: the time, if it is known.
        """
        self._began = self._seconds() if now is None else now
        if not 0 <= self._began - self._read_at < READ_EVERY:
            self._busy_before = self._busy()
            self._began = self._read_at = self._seconds()
        return self._began

    def is_longer(self, within: float, now: float | None = None) -> bool:
        """Whether the stint is longer than some seconds.

        now: the time, if it is known.
        """
        if now is None:
            now = self._seconds()
        if now - self._began <= within:
            return False
        worked = self._busy() - self._busy_before
        self._began = now - worked
        return worked > within

    def is_over(self, within: float, now: float | None = None) -> bool:
        """The same; or whether there are results for which it has to end.

        Most are those of commits: people's lines must not wait for strangers' work.
        """
        return self._is_wanted() or self.is_longer(within, now)


class Turns:
    """Splits long work into pieces that take turns, with pauses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = 0.0  # when the next piece may be done
        self._is_over = False  # a piece was done in this turn of the reactor
        self._is_closed = False

    async def pause(self) -> None:
        """Wait for the turn of the caller's next piece."""
        while not self._is_closed:
            now = self._clock.seconds()
            at = max(self._next, now)
            self._next = at + TURN_EVERY
            await self._clock.sleep(at - now)
            if not self._is_over:  # what has taken longer than planned delays others
                self._is_over = True
                self._clock.callLater(0, self._begin_turn)
                break
        else:
            await self._clock.sleep(0)  # the caller may wait for what the reactor is to bring

    def _begin_turn(self) -> None:
        self._is_over = False

    def close(self) -> None:
        """Do all pieces that follow in the next turn of the reactor.

        Nobody is left whom long work could delay.
        """
        self._is_closed = True

    async def slowly(self, things: Iterable[T], at_once: int) -> AsyncIterator[T]:
        """Iterate with a pause after each `at_once` things; sooner if they take long."""
        piece = Stint(self._clock)
        for number, each in enumerate(things):
            if number and (number % at_once == 0 or piece.is_longer(PIECE)):
                await self.pause()
                piece.begin()
            yield each

    async def soon(self, things: Iterable[T], at_once: int) -> AsyncIterator[T]:
        """The same without pauses: what follows is done in a turn that has time for it."""
        piece = Stint(self._clock)
        for number, each in enumerate(things):
            if number and (number % at_once == 0 or piece.is_longer(PIECE)):
                await self.go_on()
                piece.begin()
            yield each

    async def go_on(self) -> None:
        """Go on without a pause, in a turn that has time."""
        from twisted.internet.defer import Deferred  # which the client's start does without

        has_time: Deferred[None] = Deferred()
        self._clock.start(partial(has_time.callback, None), goes_on=True)
        await has_time


def make_steady(reactor: Any) -> None:
    """Make a reactor's timers go by a steady clock, which nobody can set.

    All of Twisted's timers ask the reactor for the time, and each line is asked when it came.
    """
    reactor.seconds = time.monotonic


def ahead(clock: Clock) -> float:
    """The seconds by which the system's clock is ahead of the steady one.

    That changes only when somebody sets the system's.
    """
    return clock.now() - clock.seconds()


class Spawn(Protocol):
    """Starts a coroutine at once; its exceptions are logged."""

    def __call__(self, coroutine: Coroutine[object, object, None], /) -> object:
        """Start a coroutine."""

    def report(self, error: BaseException, /) -> str:
        """Log a bug; returns the word under which the log has it."""
