"""How much is said, and how fast it is kept and given out, in the last minute."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.histogram import BOUNDS

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.clock import Timer
    from chatsvc.histogram import Histogram

EVERY = 10.0  # seconds between two looks
LOOKS = 7  # those of the last minute


class Times(NamedTuple):
    """What a histogram has counted up to some moment."""

    counts: tuple[int, ...]
    seconds: float

    @classmethod
    def of(cls, histogram: Histogram) -> Times:
        """What it has counted by now."""
        return cls(tuple(histogram.counts), histogram.seconds)

    def since(self, before: Times) -> Times:
        """What was counted between two moments."""
        counts = [late - early for late, early in zip(self.counts, before.counts, strict=True)]
        return Times(tuple(counts), self.seconds - before.seconds)

    @property
    def mean(self) -> float | None:
        """Their mean in seconds; None for none."""
        number = sum(self.counts)
        return self.seconds / number if number else None

    @property
    def p99(self) -> float | None:
        """The bound in seconds that 99 of 100 do not exceed; None if there is none."""
        left = 0.99 * sum(self.counts)
        for count, bound in zip(self.counts, BOUNDS, strict=False):
            left -= count
            if left <= 0 and any(self.counts):
                return bound
        return None


class Look(NamedTuple):
    """What was done up to some moment, in seconds by the steady clock."""

    at: float
    said: int
    deliveries: int
    commits: Times
    rounds: Times


class Pace:
    """Looks every ten seconds."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._looks: deque[Look] = deque(maxlen=LOOKS)
        self._timer: Timer | None = None

    def start(self) -> None:
        """Look from now on."""
        self._looks.append(self._look())
        self._timer = self._chat.clock.callLater(EVERY, self.start)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def lately(self) -> Look:
        """What was done in the last minute, or since the start; `at` is its length in seconds."""
        now = self._look()
        first = self._looks[0] if self._looks else now
        return Look(
            now.at - first.at,
            now.said - first.said,
            now.deliveries - first.deliveries,
            now.commits.since(first.commits),
            now.rounds.since(first.rounds),
        )

    def _look(self) -> Look:
        delivery = self._chat.delivery
        times = Times.of(delivery.commit_times), Times.of(delivery.round_times)
        return Look(self._chat.clock.seconds(), delivery.said, delivery.deliveries, *times)
