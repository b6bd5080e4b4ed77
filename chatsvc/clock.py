"""Time and timers."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any, Protocol, TypeVar

TURN_EVERY = 0.004  # seconds between two pieces of long work, no matter whose
START_WITHIN = 0.001  # seconds of work in a turn; then the others wait for the next turn

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
        """Seconds by a steady clock, which nobody can set; it began as the system's."""

    def now(self) -> float:
        """Seconds since the epoch, by the system's clock."""

    def busy(self) -> float:
        """The CPU seconds of this thread."""

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call after some seconds; 0 is the end of this turn of the reactor."""

    def sleep(self, seconds: float, /) -> Awaitable[object]:
        """Wait for some seconds."""


class ReactorClock:
    """A reactor's clock and the system's.

    What is to be called after a time is called in a turn that has time for it: the timers of a
    crowd may all be due at once. What is to be called without delay is, in the next turn.

    later: Twisted's deferLater.
    """

    def __init__(self, reactor: Any, later: Callable[[Any, float], Awaitable[object]]) -> None:
        self.seconds: Callable[[], float] = reactor.seconds
        self.now = time.time
        self.busy = time.thread_time
        self.sleep: Callable[[float], Awaitable[object]] = partial(later, self)
        self._call_later: Callable[..., Timer] = reactor.callLater
        self._starts = Starts(self)

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call after some seconds; 0 is the end of this turn of the reactor."""
        if delay <= 0:
            return self._call_later(0, call, *args)
        return _Delayed(self._starts.start, self._call_later, delay, partial(call, *args))


class _Delayed:
    """A timer that, once it is due, waits for a turn that has time for it."""

    __slots__ = ("_call", "_start", "_timer")

    def __init__(
        self,
        start: Callable[[Callable[[], object]], object],
        call_later: Callable[..., Timer],
        delay: float,
        call: Callable[[], object],
    ) -> None:
        self._start = start
        self._call: Callable[[], object] | None = call
        self._timer: Timer | None = call_later(delay, self._is_due)

    def _is_due(self) -> None:
        self._timer = None
        self._start(self._make)

    def _make(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()

    def active(self) -> bool:
        """Whether it was neither made nor cancelled; Twisted asks."""
        return self._call is not None

    def cancel(self) -> None:
        """Cancel it. Raises AlreadyMade."""
        if self._call is None:
            raise AlreadyMade
        self._call = None
        if self._timer is not None:
            self._timer.cancel()


class AlreadyMade(ValueError):
    """A call was made, or cancelled, before."""


class Stint:
    """A stint of work of this thread, measured in CPU time, so that a busy machine ends none early.

    Reading the CPU time is slow: it is read only when the clock says that the stint may be over.

    seconds: as `Clock.seconds`.
    busy: as `Clock.busy`.
    """

    __slots__ = ("_began", "_busy", "_busy_before", "_seconds")

    def __init__(self, seconds: Callable[[], float], busy: Callable[[], float]) -> None:
        self._seconds = seconds
        self._busy = busy
        self.begin()

    def begin(self) -> float:
        """Begin another stint. Returns the time."""
        self._busy_before = self._busy()
        self._began = self._seconds()
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


class Starts:
    """Makes calls in their order, as many in a turn of the reactor as there is time for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = Stint(clock.seconds, clock.busy)
        self._next_turn: Timer | None = None  # None if no call was made in this turn
        self._waiting: deque[Callable[[], object]] = deque()

    def start(self, call: Callable[[], object]) -> None:
        """Make a call, in this turn or a later one."""
        self._waiting.append(call)
        if self._next_turn is None:
            self._begin_turn()
        elif len(self._waiting) == 1:
            self._make_calls()

    def _begin_turn(self) -> None:
        self._next_turn = None
        if self._waiting:
            self._next_turn = self._clock.callLater(0, self._begin_turn)
            self._turn.begin()
            self._make_calls()

    def _make_calls(self) -> None:
        while self._waiting and not self._turn.is_longer(START_WITHIN):
            self._waiting.popleft()()


class Turns:
    """Splits long work into pieces that take turns, with pauses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = 0.0  # when the next piece may be done
        self._is_over = False  # a piece was done in this turn of the reactor

    async def pause(self) -> None:
        """Wait for the turn of the caller's next piece."""
        while True:
            now = self._clock.seconds()
            at = max(self._next, now)
            self._next = at + TURN_EVERY
            await self._clock.sleep(at - now)
            if not self._is_over:  # what has taken longer than planned delays others
                break
        self._is_over = True
        self._clock.callLater(0, self._begin_turn)

    def _begin_turn(self) -> None:
        self._is_over = False

    async def slowly(self, things: Iterable[T], at_once: int) -> AsyncIterator[T]:
        """Iterate with a pause after each `at_once` things."""
        for number, each in enumerate(things):
            if number and number % at_once == 0:
                await self.pause()
            yield each


def make_steady(reactor: Any) -> None:
    """Make a reactor's timers go by a steady clock, which nobody can set.

    All of Twisted's timers ask the reactor for the time.
    """
    monotonic = time.monotonic
    epoch = time.time() - monotonic()
    reactor.seconds = lambda: epoch + monotonic()


def ahead(clock: Clock) -> float:
    """The seconds by which the system's clock was set ahead since the start; negative if back."""
    return clock.now() - clock.seconds()


class Spawn(Protocol):
    """Starts a coroutine at once; its exceptions are logged."""

    def __call__(self, coroutine: Coroutine[object, object, None], /) -> object:
        """Start a coroutine."""

    def report(self, error: BaseException, /) -> str:
        """Log a bug; returns the word under which the log has it."""
