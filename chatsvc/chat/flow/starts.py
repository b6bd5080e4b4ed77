"""Starts: of the calls that wait for their turn, each turn makes as many as it has time for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.clock import Clock

START_WITHIN = 0.0005  # seconds of work in a turn; then the others wait for the next turn


class Starts:
    """Makes calls one after the other, as many in a turn of the reactor as there is time for.

    at_end: makes a call at the end of this turn; from within such a call, at the end of the next.
    """

    def __init__(self, clock: Clock, at_end: Callable[[Callable[[], object]], object]) -> None:
        self._at_end = at_end
        self._stint = Stint(clock)
        self._seconds = clock.seconds
        self._waiting: deque[Callable[[], object]] = deque()
        self._left = START_WITHIN  # seconds of work in this turn
        self._is_begun = False  # the end of this turn is awaited
        self._is_making = False  # a call is being made

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
            self._make_calls()

    def queue(self, call: Callable[[], object]) -> None:
        """Make a call at the end of this turn, or of a later one."""
        self._waiting.append(call)
        self._begin()

    def _begin(self) -> None:
        if not self._is_begun:
            self._is_begun = True
            self._at_end(self._end_turn)

    def _end_turn(self) -> None:
        try:
            self._make_calls(least=self._left == START_WITHIN)  # one in any case
        finally:  # if one fails, the others are made in the next turn
            self._left = START_WITHIN
            self._is_begun = False
            if self._waiting:
                self._begin()

    def _make_calls(self, least: int = 0) -> None:
        began = self._stint.begin()
        self._is_making = True
        try:
            while self._waiting and (least > 0 or not self._stint.is_over(self._left)):
                least -= 1
                self._waiting.popleft()()
        finally:
            self._is_making = False
            self._left -= self._seconds() - began
