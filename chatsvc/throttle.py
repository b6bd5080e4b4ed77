"""The throttle: a burst of lines at once, then a steady number a second."""

from __future__ import annotations

from math import inf

LONG = 1024  # bytes; a line counts as one more for each of these


class Throttle:
    """A token bucket whose whole state is one number for each sender.

    The number is the time at which the sender is rested: when everything that it has sent is paid
    for at the rate (the generic cell rate algorithm, ITU-T I.371). It starts at 0.0. All times are
    in seconds.

    burst: lines that may come at once, at least 1.
    rate: lines a second that may come in the long run, above 0.
    most: seconds until a burst is paid for.
    """

    def __init__(self, burst: int, rate: float) -> None:
        self.burst = burst
        self.rate = rate
        self._line = 1 / rate
        self.most = burst / rate
        self._too_much = (burst + 0.5) / rate  # halfway to one more, as times are inexact

    @classmethod
    def off(cls) -> Throttle:
        """A throttle that lets everything pass."""
        return cls(1, inf)

    def take(self, rested: float, now: float, lines: int = 1) -> float:
        """When the sender will be rested if a line is taken now.

        lines: the number that it counts as; what exceeds a burst does not count.
        """
        if rested < now:
            rested = now
        elif (
            rested > now + self.most
        ):  # never more than a burst is owed, unless a clock is set back
            rested = now + self.most
        return rested + (self._line if lines == 1 else min(lines, self.burst) * self._line)

    def is_rested(self, rested: float, now: float) -> bool:
        """Whether the sender may send more than half a burst at once."""
        return rested - now <= self.most / 2

    def wait(self, rested: float, now: float) -> float:
        """How long a line has to wait; 0.0 if it may be taken now.

        rested: what `take` returns for the line.
        """
        spent = rested - now
        return spent - self.most if spent > self._too_much else 0.0
