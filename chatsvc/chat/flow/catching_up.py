"""Catching up: readers that share no slice are given theirs as there is time, the rested first."""

from __future__ import annotations

from itertools import filterfalse
from typing import TYPE_CHECKING

from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.logs.room import Reader
    from chatsvc.clock import Clock

CATCH_UP_BYTES = 1024 * 1024  # given in one round
ALONE_WITHIN = 0.0005  # seconds of work in a round
RESTED_ALONE_WITHIN = 0.001  # the same for rested people


class CatchingUp:
    """The readers that are behind, and the time for them and for others that share no slice.

    pull: called to give a reader its next slice; returns the number of bytes written.
    fall_behind: called with a reader for which there is no time.
    behind: the readers with more to read than fits into a slice, each with the id up to which it
        has read.
    """

    def __init__(
        self,
        clock: Clock,
        pull: Callable[[Reader], int],
        fall_behind: Callable[[Reader], object],
    ) -> None:
        self.behind: dict[Reader, int] = {}
        self._rested: dict[Reader, None] = {}  # those of them that were rested then
        self._pull = pull
        self._fall_behind = fall_behind
        self._time = Stint(clock)

    def add(self, reader: Reader, read_id: int, is_rested: bool) -> None:
        """Note a reader that is behind."""
        self.behind[reader] = read_id
        if is_rested:
            self._rested[reader] = None

    def forget(self, reader: Reader) -> None:
        """Forget a reader that has left."""
        self.behind.pop(reader, None)
        self._rested.pop(reader, None)

    def strangers(self) -> list[Reader]:
        """The readers that are behind, without the rested."""
        return list(filterfalse(self._rested.__contains__, self.behind))

    def give(self, rested: list[Reader], others: list[Reader]) -> None:
        """Give readers their next slice: the rested first, and one of all.

        rested: some, besides those that are behind.
        """
        rested += self._rested
        if rested or others:
            self._time.begin()
            left = self._give(rested, CATCH_UP_BYTES, RESTED_ALONE_WITHIN, self._time.is_longer)
            self._give(others, left, ALONE_WITHIN, self._time.is_over, least=not rested)

    def _give(
        self,
        readers: list[Reader],
        budget: int,
        within: float,
        is_over: Callable[[float], bool],
        least: int = 1,
    ) -> int:
        """Give some theirs, and return what is left of the budget, in bytes.

        Rested people who then have more get that after the others.

        least: how many are given theirs in any case.
        """
        for number, reader in enumerate(readers):
            if number >= least and (budget <= 0 or is_over(within)):
                budget = 0
                if reader not in self.behind:
                    self._fall_behind(reader)
                continue
            if reader in self.behind:
                self.forget(reader)
                reader.is_lagging = False
            budget -= self._pull(reader)
            if reader in self._rested:
                readers.append(reader)
        return budget
