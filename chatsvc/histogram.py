"""A histogram: how many durations were how long."""

from __future__ import annotations

from bisect import bisect_left

# Upper bounds in seconds: from what a round takes to what somebody gives up after.
BOUNDS = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0,
)  # fmt: skip


class Histogram:
    """Counts durations; one thread notes them, and any may read.

    counts: of the durations up to each bound, and above those before; then of those above all.
    seconds: of all durations together.
    """

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def note(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds
