"""The limit on password attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.errors import ChatError
from chatsvc.text.numbers import counted
from chatsvc.throttle import Throttle

if TYPE_CHECKING:
    from chatsvc.clock import Clock

REMEMBERED = 10_000  # addresses and names; those tried longest ago are forgotten first


class Attempts:
    """Counts wrong attempts, for each address and each name.

    burst: attempts allowed at once, at least 1.
    rate: attempts allowed per second in the long run, above 0.
    """

    def __init__(self, clock: Clock, burst: int, rate: float) -> None:
        self._clock = clock
        self._throttle = Throttle(burst, rate)
        self._one = 1 / rate
        self._rested: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._rested)

    def take(self, *sources: str) -> None:
        """Count an attempt for each source, or raise ChatError if there were too many."""
        now = self._clock.seconds()
        rested = {each: self._throttle.take(self._rested.get(each, 0.0), now) for each in sources}
        wait = max(self._throttle.wait(each, now) for each in rested.values())
        if wait > 0:
            raise ChatError(
                f"Too many attempts. Try again in {counted(round(wait + 1), 'second')}."
            )
        for each, when in rested.items():
            self._rested.pop(each, None)
            self._rested[each] = when
        while len(self._rested) > REMEMBERED:
            del self._rested[next(iter(self._rested))]

    def is_doubtful(self, source: str) -> bool:
        """Whether an address or name has had a wrong attempt lately."""
        return self._rested.get(source, 0.0) > self._clock.seconds()

    def give_back(self, *sources: str) -> None:
        """Uncount the last attempt, which was right."""
        for each in sources:
            if each in self._rested:
                self._rested[each] -= self._one
