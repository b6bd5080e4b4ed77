"""The clock of a reactor, whose timers wait for a turn that has time for them."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.error import AlreadyCalled
from twisted.internet.task import deferLater

from chatsvc.chat.flow.starts import Starts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from chatsvc.clock import Timer


class ReactorClock:
    """A reactor's clock and the system's.

    What is to be called after a time is called in a turn that has time for it: the timers of a
    crowd may all be due at once. What is to be called without delay is, in the next turn.
    """

    def __init__(self, reactor: Any) -> None:
        self.seconds: Callable[[], float] = reactor.seconds
        self.now = time.time
        self.busy = time.thread_time
        self.sleep: Callable[[float], Awaitable[object]] = partial(deferLater, self)  # type: ignore[arg-type]  # it has all that is used
        self._results: Sequence[object] = reactor.threadCallQueue
        self._call_later: Callable[..., Timer] = reactor.callLater
        self._starts = Starts(self)

    def is_wanted(self) -> bool:
        """Whether another thread has results, which the next turn of the reactor passes on."""
        return bool(self._results)

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
        """Cancel it. Raises AlreadyCalled."""
        if self._call is None:
            raise AlreadyCalled
        self._call = None
        if self._timer is not None:
            self._timer.cancel()
