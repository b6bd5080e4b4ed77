"""The pace of an address: how fast its connections together may come and send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.flow.admission import Share
from chatsvc.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.clock import Clock, Timer

SHARE = 10  # connections' worth of the throttle for one address
REMEMBERED = 10_000  # addresses; the one without a newcomer for longest is forgotten first


class Pace:
    """The pace of one address.

    When it is used up, connections take turns, so that each gets as much as any other.

    share: its share of the server's time.
    """

    __slots__ = ("_clock", "_come", "_rested", "_throttle", "_timer", "_waiting", "share")

    def __init__(self, clock: Clock, throttle: Throttle) -> None:
        self.share = Share()
        self._clock = clock
        self._throttle = throttle
        self._rested = 0.0  # the throttle's state for lines
        self._come = 0.0  # the throttle's state for connections
        self._waiting: dict[Callable[[], object], int] = {}  # with the lines that each counts as
        self._timer: Timer | None = None  # runs while one waits

    def lets_in(self) -> bool:
        """Count one more connection, if it may come now."""
        now = self._clock.seconds()
        come = self._throttle.take(self._come, now)
        if self._throttle.wait(come, now) > 0 or len(self._waiting) >= self._throttle.burst:
            return False
        self._come = come
        return True

    def take(self, now: float, lines: int) -> bool:
        """Count some lines, if they may be taken now."""
        if self._waiting:
            return False
        rested = self._throttle.take(self._rested, now, lines)
        if self._throttle.wait(rested, now) > 0:
            return False
        self._rested = rested
        return True

    def is_rested(self, now: float) -> bool:
        """Whether more than half a burst of lines could be taken at once."""
        return self._throttle.is_rested(self._rested, now)

    def wait(self, call: Callable[[], object], lines: int) -> None:
        """Make a call once some lines may be taken, and count them."""
        self._waiting[call] = lines
        self._look()

    def forget(self, call: Callable[[], object]) -> None:
        """Cancel a call of `wait`."""
        if self._waiting.pop(call, None) is not None and not self._waiting and self._timer:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        if self._timer is None and self._waiting:
            lines = next(iter(self._waiting.values()))
            now = self._clock.seconds()
            wait = self._throttle.wait(self._throttle.take(self._rested, now, lines), now)
            self._timer = self._clock.callLater(wait, self._go_on)

    def _go_on(self) -> None:
        self._timer = None
        now = self._clock.seconds()
        while self._waiting:
            call, lines = next(iter(self._waiting.items()))
            rested = self._throttle.take(self._rested, now, lines)
            if self._throttle.wait(rested, now) > 0:
                break
            self._rested = rested
            del self._waiting[call]
            call()
        self._look()


class Paces:
    """The paces of all addresses.

    throttle: of one connection.
    """

    def __init__(self, clock: Clock, throttle: Throttle) -> None:
        self._clock = clock
        self._throttle = Throttle(SHARE * throttle.burst, SHARE * throttle.rate)
        self._paces: dict[str, Pace] = {}

    def __len__(self) -> int:
        return len(self._paces)

    def of(self, address: str) -> Pace:
        """The pace of an address."""
        pace = self._paces.pop(address, None) or Pace(self._clock, self._throttle)
        self._paces[address] = pace
        if len(self._paces) > REMEMBERED:
            del self._paces[next(iter(self._paces))]
        return pace
