"""Upkeep: what is to be kept or forgotten is seen to every minute."""

from __future__ import annotations

from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

from chatsvc.clock import ahead
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from chatsvc.clock import Clock, Spawn, Timer
    from chatsvc.journal import Journal

    Task = Callable[[], Awaitable[object]]

TIDY_EVERY = 60.0  # seconds; how often it is looked for what is kept for long enough
SET_BY = 60.0  # seconds by which the system's clock does not go wrong by itself
PUT_RIGHT_WITHIN = 3600.0  # seconds that there are to put it right before something is deleted


class Upkeep:
    """Does some things every minute, one after the other; what the store fails at, the next time.

    at_once: what waits for nothing, and comes first.
    by_date: what deletes things that are old by the system's clock.
    instead: what is done instead while that may be wrong.
    tasks: all else.
    """

    def __init__(self, clock: Clock, spawn: Spawn, journal: Journal) -> None:
        self.at_once: Sequence[Callable[[], object]] = ()
        self.by_date: Sequence[Task] = ()
        self.instead: Sequence[Task] = ()
        self.tasks: Sequence[Task] = ()
        self._clock = clock
        self._spawn = spawn
        self._journal = journal
        self._timer: Timer | None = None
        self._is_running = False
        self._ahead = 0.0  # the system's clock, of that which waits, when it was last looked at
        self._set_at = -inf  # when that was seen to have changed

    def start(self) -> None:
        """Begin, a minute from now."""
        self._timer = self._clock.callLater(TIDY_EVERY, self._tidy)

    def stop(self) -> None:
        """Do nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tidy(self) -> None:
        self.start()
        self._journal.sum_up()
        if not self._is_running:
            self._spawn(self._run())

    async def _run(self) -> None:
        self._is_running = True
        for call in self.at_once:
            call()
        try:
            for task in (*(self.instead if self._is_set() else self.by_date), *self.tasks):
                with suppress(StoreError):  # it is tried again
                    await task()
        finally:
            self._is_running = False

    def _is_set(self) -> bool:
        """Whether the system's clock was set of late, so that it may yet be put right."""
        found = ahead(self._clock)
        if abs(found - self._ahead) > SET_BY:
            self._ahead, self._set_at = found, self._clock.seconds()
        return self._clock.seconds() < self._set_at + PUT_RIGHT_WITHIN
