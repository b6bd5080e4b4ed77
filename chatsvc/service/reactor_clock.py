"""The clock of a reactor, whose timers wait for a turn that has time for them."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.error import AlreadyCalled
from twisted.internet.task import deferLater

from chatsvc.bugs import log_bug
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
        self._reactor = reactor
        self._results: Sequence[object] = reactor.threadCallQueue
        self._starts = Starts(self)
        self._ending: _Ending | None = None

    def end_turns(self) -> None:
        """Make calls without delay at the end of each turn, rather than by the reactor's timers.

        Those take five times as long, and most turns have such a call. For reactors whose main loop
        is Twisted's own.
        """
        self._ending = _Ending(self._reactor)

    def is_wanted(self) -> bool:
        """Whether another thread has results, which the next turn of the reactor passes on."""
        return bool(self._results)

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call after some seconds; 0 is the end of this turn of the reactor."""
        if delay > 0:
            return _Delayed(self._start, self._reactor.callLater, delay, partial(call, *args))
        if self._ending is None:
            timer: Timer = self._reactor.callLater(0, call, *args)
            return timer
        return self._ending.add(partial(call, *args) if args else call)

    def _start(self, call: Callable[[], object]) -> None:
        """Make a call that is due in a turn that has time for it."""
        if self._ending is None:
            self._starts.start(call)
        else:  # at the end of this turn, so that what it calls without delay is called in the next
            self._ending.add(partial(self._starts.start, call))


class _Call:
    """A call that has yet to be made."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call

    def make(self) -> None:
        """Make it, unless it was cancelled."""
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


class _Delayed(_Call):
    """A timer that, once it is due, waits for a turn that has time for it."""

    __slots__ = ("_start", "_timer")

    def __init__(
        self,
        start: Callable[[Callable[[], object]], object],
        call_later: Callable[..., Timer],
        delay: float,
        call: Callable[[], object],
    ) -> None:
        super().__init__(call)
        self._start = start
        self._timer: Timer | None = call_later(delay, self._is_due)

    def _is_due(self) -> None:
        self._timer = None
        self._start(self.make)

    def cancel(self) -> None:
        """Cancel it. Raises AlreadyCalled."""
        super().cancel()
        if self._timer is not None:
            self._timer.cancel()


class _Ending:
    """The end of a reactor's turn, after its timers and the results of other threads.

    reactor: what makes those, and how long it waits for sockets, is replaced.
    """

    def __init__(self, reactor: Any) -> None:
        self._calls: list[_Call] = []
        self._run: Callable[[], None] = reactor.runUntilCurrent
        self._timeout: Callable[[], float | None] = reactor.timeout
        reactor.runUntilCurrent = self._run_and_end
        reactor.timeout = self._until_next

    def add(self, call: Callable[[], object]) -> _Call:
        """Make a call at the end of this turn; of the next one if this one is ending."""
        made = _Call(call)
        self._calls.append(made)
        return made

    def _run_and_end(self) -> None:
        self._run()
        calls, self._calls = self._calls, []
        for call in calls:
            try:
                call.make()
            except Exception as error:
                log_bug(error)

    def _until_next(self) -> float | None:
        """The seconds until the next turn, at most; None if nothing is to be called."""
        return 0 if self._calls else self._timeout()
