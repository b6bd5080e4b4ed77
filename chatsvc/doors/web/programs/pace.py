"""The pace of credentials: each may speak in a burst, then at a steady rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.doors.web.programs.errors import TooFast
from chatsvc.throttle import LONG, Throttle

if TYPE_CHECKING:
    from chatsvc.clock import Clock

BURST = 30  # messages
A_SECOND = 1.0
REMEMBERED = 10_000  # credentials; the one that spoke longest ago is forgotten first


class Paces:
    """The paces of all credentials."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._throttle = Throttle(BURST, A_SECOND)
        self._rested: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._rested)

    def take(self, key: str) -> None:
        """Count a message of a credential, before it is read. Raises TooFast."""
        now = self._clock.seconds()
        rested = self._throttle.take(self._rested.get(key, 0.0), now)
        wait = self._throttle.wait(rested, now)
        if wait > 0:
            raise TooFast(wait)
        self._rested.pop(key, None)
        self._rested[key] = rested
        if len(self._rested) > REMEMBERED:
            del self._rested[next(iter(self._rested))]

    def charge(self, key: str, text: str) -> None:
        """Count a long message that was taken as several, up to a burst in all."""
        lines = len(text.encode()) // LONG
        if lines:
            now = self._clock.seconds()
            rested = self._throttle.take(self._rested[key], now, lines)
            self._rested[key] = min(rested, now + self._throttle.most)
