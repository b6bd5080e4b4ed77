"""How fast one connection may send: a burst at once, then so many lines a second."""

from __future__ import annotations

from math import inf

LONG = 1024  # bytes; a line counts as one more for each so many in it


class Throttle:
    """A token bucket whose whole state is one number a connection.

    That number is the moment at which the sender is rested: when all that it has sent is paid for
    at the rate (the generic cell rate algorithm of ITU-T I.371). It starts at 0.0. All times are
    in seconds.

    burst: lines that may come at once, at least 1.
    rate: lines a second that may come for ever, above 0.
    most: seconds until a burst is paid for.
    """

    def __init__(self, burst: int, rate: float) -> None:
        self.burst = burst
        self.rate = rate
        self._line = 1 / rate
        self.most = burst / rate
        self._too_much = (burst + 0.5) / rate  # halfway to one more: times are not exact

    @classmethod
    def off(cls) -> Throttle:
        """One that lets everything pass."""
        return cls(1, inf)

    def take(self, rested: float, now: float, lines: int = 1) -> float:
        """When the sender will be rested if a line of it is taken now.

        lines: as how many it counts; what is more than a burst does not.
        """
        if rested < now:
            rested = now
        elif rested > now + self.most:  # more than a burst is never owed, but clocks are set back
            rested = now + self.most
        return rested + (self._line if lines == 1 else min(lines, self.burst) * self._line)

    def is_rested(self, rested: float, now: float) -> bool:
        """Whether the sender could say more than half a burst at once."""
        return rested - now <= self.most / 2

    def wait(self, rested: float, now: float) -> float:
        """How long to wait with that line, by what `take` says; 0.0 if it may be taken now."""
        spent = rested - now
        return spent - self.most if spent > self._too_much else 0.0
