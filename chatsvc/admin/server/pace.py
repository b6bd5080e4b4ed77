"""How much is said, and how fast it is kept, in the last minute."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.clock import Timer

EVERY = 10.0  # seconds between two counts
COUNTS = 7  # those of the last minute


class Count(NamedTuple):
    """What was done since the start, up to some moment, in seconds by the steady clock."""

    at: float
    said: int
    deliveries: int
    commits: int
    commit_seconds: float


class Pace:
    """Counts every ten seconds."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._counts: deque[Count] = deque(maxlen=COUNTS)
        self._timer: Timer | None = None

    def start(self) -> None:
        """Count from now on."""
        self._counts.append(self._now())
        self._timer = self._chat.clock.callLater(EVERY, self.start)

    def stop(self) -> None:
        """Count no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def lately(self) -> Count:
        """What was done in the last minute, or since the start; `at` is its length in seconds."""
        now = self._now()
        first = self._counts[0] if self._counts else now
        return Count(
            now.at - first.at,
            now.said - first.said,
            now.deliveries - first.deliveries,
            now.commits - first.commits,
            now.commit_seconds - first.commit_seconds,
        )

    def _now(self) -> Count:
        delivery = self._chat.delivery
        times = delivery.commit_times
        facts = delivery.said, delivery.deliveries, sum(times.counts), times.seconds
        return Count(self._chat.clock.seconds(), *facts)
