"""Starts: of the calls that wait for their turn, each turn makes as many as it has time for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.clock import Clock

START_WITHIN = 0.0002  # seconds of work in a turn; then the others wait for the next turn
BUSY = 0.0005  # seconds of all work in a turn, after which only one is made at its end


class Starts:
    """Makes calls one after the other, as many in a turn of the reactor as there is time for.

    at_end: makes a call at the end of this turn; from within such a call, at the end of the next.
    """

    def __init__(self, clock: Clock, at_end: Callable[[Callable[[], object]], object]) -> None:
        self._at_end = at_end
        self._stint = Stint(clock)
        self._turn = Stint(clock)  # from when the first one of this turn came, or waited already
        self._seconds = clock.seconds
        self._waiting: deque[Callable[[], object]] = deque()
        self._left = START_WITHIN  # seconds of work in this turn
        self._is_begun = False  # the end of this turn is awaited
        self._is_making = False  # a call is being made

    def is_behind(self) -> bool:
        """Whether calls wait for a turn that has time."""
        return bool(self._waiting)

    def start(self, call: Callable[[], object], *, goes_on: bool = False) -> None:
        """Make a call now, if there is time and none waits; else at the end of a turn.

        goes_on: whether it goes on with what has begun; then it comes before all that wait, so that
            little is unfinished at a time.
        """
        is_first = not self._waiting
        if goes_on:
            self._waiting.appendleft(call)
        else:
            self._waiting.append(call)
        self._begin()
        if is_first and not self._is_making:
            self._make_calls(self._left)

    def queue(self, call: Callable[[], object]) -> None:
        """Make a call at the end of this turn, or of a later one."""
        self._waiting.append(call)
        self._begin()

    def _begin(self) -> None:
        if not self._is_begun:
            self._is_begun = True
            self._turn.begin()
            self._at_end(self._end_turn)

    def _end_turn(self) -> None:
        try:
            least = self._left == START_WITHIN  # one in any case
            self._make_calls(0.0 if self._turn.is_longer(BUSY) else self._left, least)
        finally:  # if one fails, the others are made in the next turn
            self._left = START_WITHIN
            self._is_begun = False
            if self._waiting:
                self._begin()

    def _make_calls(self, within: float, least: int = 0) -> None:
        began = self._stint.begin()
        self._is_making = True
        try:
            while self._waiting and (least or (within > 0 and not self._stint.is_over(within))):
                least = 0
                self._waiting.popleft()()
        finally:
            self._is_making = False
            self._left -= self._seconds() - began
