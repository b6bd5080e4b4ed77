"""Silence: a connection that has sent nothing for too long is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.clock import Clock, Timer

LOOKS = 4  # at a silent connection, before it is given up


class Silence:
    """Gives a connection up after some seconds without input, or up to a quarter more.

    has_spoken: whether anything was received since the last look.
    is_paused: whether its input is not read for now, so that silence proves nothing.
    give_up: called with the reason.
    """

    __slots__ = ("_clock", "_give_up", "_is_paused", "_seconds", "_silent", "_timer", "has_spoken")

    def __init__(
        self,
        clock: Clock,
        seconds: int,
        is_paused: Callable[[], bool],
        give_up: Callable[[str], object],
    ) -> None:
        self.has_spoken = True
        self._clock = clock
        self._seconds = seconds
        self._is_paused = is_paused
        self._give_up = give_up
        self._silent = 0  # looks in a row
        self._timer: Timer | None = None
        self._look()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        self._silent = 0 if self.has_spoken or self._is_paused() else self._silent + 1
        self.has_spoken = False
        if self._silent < LOOKS:
            self._timer = self._clock.callLater(self._seconds / LOOKS, self._look)
        else:
            self._give_up(f"silent for {self._seconds} seconds")
