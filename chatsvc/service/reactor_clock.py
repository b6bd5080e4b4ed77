"""The clock of a reactor, whose timers wait for a turn that has time for them."""

from __future__ import annotations

import gc
import time
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

from twisted.internet.error import AlreadyCalled
from twisted.internet.task import deferLater

from chatsvc.bugs import log_bug
from chatsvc.chat.flow.starts import Starts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from chatsvc.clock import Timer

LONG = 5.0  # seconds; timers at least this long share the reactor's timers
STEP = 0.1  # seconds by which sharing may delay them
# Seconds between two searches for garbage among the young, while timers are due. Where hundreds
# wait again and again, as many old objects go as new ones come, and Python itself would not search
# until there are ten thousand, which takes 3 ms.
SEARCH_EVERY = 0.05


class ReactorClock:
    """A reactor's clock and the system's.

    Delayed calls are made in a turn that has time for them: the timers of a crowd may all be due at
    once. Calls without delay are made at the end of the turn.

    Each person has long timers, which are mostly cancelled. Twisted looks through all of its own
    now and then, which for a crowd takes longer than a turn may.
    """

    def __init__(self, reactor: Any) -> None:
        self.seconds: Callable[[], float] = reactor.seconds
        self.now = time.time
        self.busy = time.thread_time
        self.sleep: Callable[[float], Awaitable[object]] = partial(deferLater, self)  # type: ignore[arg-type]  # it has all that is used
        self._results: Sequence[object] = reactor.threadCallQueue
        self._call_later: Callable[..., Timer] = reactor.callLater
        starts = Starts(self, self._call_last)
        self.start, self.queue, self.is_behind = starts.start, starts.queue, starts.is_behind
        # By due time, in steps: the timers that share one of the reactor's, and that one.
        self._long: dict[int, tuple[dict[_Long, None], Timer]] = {}
        self._ending: list[_Call] | None = None  # to be called at the end of a turn
        self._last: Callable[[], object] | None = None  # the same, after those
        self._search_at = 0.0  # when garbage is searched for

    def end_turns(self, reactor: Any) -> None:
        """Make calls without delay at the end of each turn, rather than by the reactor's timers.

        Those take five times as long, and most turns have such a call.

        reactor: whose main loop is Twisted's own; its timers, and the results of other threads,
            come before the end of a turn.
        """
        self._ending = []
        run: Callable[[], None] = reactor.runUntilCurrent
        timeout: Callable[[], float | None] = reactor.timeout

        def run_and_end() -> None:
            run()
            calls, self._ending = self._ending or (), []
            for call in calls:
                try:
                    call.make()
                except BaseException as error:  # as Twisted does
                    log_bug(error)
            if self._last is not None:
                last, self._last = self._last, None
                try:
                    last()
                except BaseException as error:  # likewise
                    log_bug(error)

        reactor.runUntilCurrent = run_and_end
        reactor.timeout = lambda: 0 if self._ending or self._last else timeout()

    def is_wanted(self) -> bool:
        """Whether another thread has results, which the next turn of the reactor passes on."""
        return bool(self._results)

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call after some seconds; 0 is the end of this turn of the reactor."""
        if delay >= LONG:
            return self._call_much_later(delay, partial(call, *args))
        if delay > 0:
            return _Delayed(self._is_due, self._call_later, delay, partial(call, *args))
        if self._ending is None:
            return self._call_later(0, call, *args)
        made = _Call(partial(call, *args) if args else call)
        self._ending.append(made)
        return made

    def _call_much_later(self, delay: float, call: Callable[[], object]) -> Timer:
        now = self.seconds()
        due = ceil((now + delay) / STEP)
        if due not in self._long:
            self._long[due] = {}, self._call_later(due * STEP - now, self._are_due, due)
        made = _Long(self, due, call)
        self._long[due][0][made] = None
        return made

    def forget(self, due: int, made: _Long) -> None:
        """Forget a timer that was cancelled."""
        if due in self._long:  # otherwise it waits for its turn
            timers, shared = self._long[due]
            del timers[made]
            if not timers:
                del self._long[due]
                shared.cancel()

    def _are_due(self, due: int) -> None:
        timers, _ = self._long.pop(due)
        self._search()
        for each in timers:
            self.queue(each.make)

    def _call_last(self, call: Callable[[], object]) -> None:
        """Make the one call that comes last in a turn: people's lines do not wait for it."""
        if self._ending is None:
            self._call_later(0, call)
        else:
            self._last = call

    def _is_due(self, call: Callable[[], object]) -> None:
        self._search()
        self.queue(call)

    def _search(self) -> None:
        """Search for garbage, if it is time."""
        now = self.seconds()
        if now >= self._search_at:
            self._search_at = now + SEARCH_EVERY
            gc.collect(1)


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


class _Long(_Call):
    """A timer that shares one of the reactor's with all that are due in the same step."""

    __slots__ = ("_clock", "_due")

    def __init__(self, clock: ReactorClock, due: int, call: Callable[[], object]) -> None:
        super().__init__(call)
        self._clock = clock
        self._due = due

    def cancel(self) -> None:
        """Cancel it. Raises AlreadyCalled."""
        super().cancel()
        self._clock.forget(self._due, self)


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
