"""Upkeep: periodic storing and deleting."""

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

TIDY_EVERY = 60.0  # seconds between two rounds of upkeep
KEEP_EVERY = 5.0  # seconds between two runs of the frequent task
SET_BY = 60.0  # seconds; a larger jump means that somebody has set the system's clock
PUT_RIGHT_WITHIN = 3600.0  # seconds to put it right before anything is deleted


class Upkeep:
    """Runs tasks every minute, one after the other; one that fails in the store runs again then.

    often: the task that runs every few seconds.
    at_once: tasks that wait for nothing, which come first.
    by_date: tasks that delete by the system's clock.
    instead: tasks that replace these while that clock may be wrong.
    tasks: all other tasks.
    """

    def __init__(self, clock: Clock, spawn: Spawn, journal: Journal) -> None:
        self.often: Task
        self.at_once: Sequence[Callable[[], object]] = ()
        self.by_date: Sequence[Task] = ()
        self.instead: Sequence[Task] = ()
        self.tasks: Sequence[Task] = ()
        self._clock = clock
        self._spawn = spawn
        self._journal = journal
        self._timer: Timer | None = None
        self._often_timer: Timer | None = None
        self._is_running = self._is_keeping = False
        self._ahead = ahead(clock)  # when last read
        self._set_at = -inf  # when that last changed

    def start(self) -> None:
        """Start; the first round is in a while."""
        self._timer = self._clock.callLater(TIDY_EVERY, self._tidy)
        self._often_timer = self._clock.callLater(KEEP_EVERY, self._keep)

    def stop(self) -> None:
        """Stop."""
        for timer in (self._timer, self._often_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._often_timer = None

    def _keep(self) -> None:
        self._often_timer = self._clock.callLater(KEEP_EVERY, self._keep)
        if not self._is_keeping:
            self._spawn(self._run_often())

    async def _run_often(self) -> None:
        self._is_keeping = True
        try:
            await self.often()
        finally:
            self._is_keeping = False

    def _tidy(self) -> None:
        self._timer = self._clock.callLater(TIDY_EVERY, self._tidy)
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
        """Whether the system's clock was set lately, and may still be put right."""
        found = ahead(self._clock)
        if abs(found - self._ahead) > SET_BY:
            self._ahead, self._set_at = found, self._clock.seconds()
        return self._clock.seconds() < self._set_at + PUT_RIGHT_WITHIN
