"""How fast one connection may send: a burst at once, then so many lines a second."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Throttle:
    """A token bucket whose whole state is one number a connection.

    That number is the moment at which the sender is rested: everything it has sent is paid for
    (the generic cell rate algorithm of ITU-T I.371). It starts at 0.0. All times in seconds.

    burst: lines that may come at once, at least 1.
    rate: lines a second that may come for ever, above 0.
    """

    burst: int
    rate: float

    @classmethod
    def off(cls) -> Throttle:
        """One that lets everything pass."""
        return cls(burst=1, rate=inf)

    def wait(self, rested: float, now: float) -> float:
        """Seconds until the next line may be taken; 0.0 when it may be taken now."""
        return max(0.0, rested - now - (self.burst - 1) / self.rate)

    def take(self, rested: float, now: float) -> float:
        """The moment at which the sender will be rested, one line later."""
        return max(rested, now) + 1 / self.rate
