"""Starts: of the calls that are due together, each turn makes as many as it has time for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.clock import Clock, Timer

START_WITHIN = 0.0005  # seconds of work in a turn; then the others wait for the next turn


class Starts:
    """Makes calls in their order, as many in a turn of the reactor as there is time for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = Stint(clock)
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
            self._waiting.popleft()()  # one in any case
            self._make_calls()

    def _make_calls(self) -> None:
        while self._waiting and not self._turn.is_over(START_WITHIN):
            self._waiting.popleft()()
