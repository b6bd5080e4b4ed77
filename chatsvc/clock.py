"""The time, and calls that are made later."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Timer(Protocol):
    """A call that has yet to be made."""

    def cancel(self) -> None:
        """Don't make it. Raises an error when it was made or cancelled already."""


class Clock(Protocol):
    """Where time comes from.

    There are two clocks, as the system's can be set while the server runs. What waits goes by
    `seconds`; what is shown, or kept in the store, by `now`.
    """

    def seconds(self) -> float:
        """Seconds since the epoch as it seemed to be at the start; nobody can set that clock."""

    def now(self) -> float:
        """Seconds since the epoch, by the system's clock."""

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call so many seconds from now; 0 is at the end of this turn of the reactor."""


class ReactorClock:
    """The clock of a reactor, by which it waits, beside that of the system."""

    def __init__(self, reactor: Any) -> None:
        self.seconds: Callable[[], float] = reactor.seconds
        self.callLater: Callable[..., Timer] = reactor.callLater
        self.now = time.time


def make_steady(reactor: Any) -> None:
    """Have a reactor wait by a clock that nobody can set, as the one it has is the system's.

    Everything in Twisted that waits asks the reactor for the time.
    """
    epoch = time.time() - time.monotonic()
    reactor.seconds = lambda: epoch + time.monotonic()


def ahead(clock: Clock) -> float:
    """By how many seconds the system's clock was set ahead since the start; below 0 if back."""
    return clock.now() - clock.seconds()


# Runs a coroutine, at once as far as that does not wait; logs what it raises.
Spawn = Callable[[Coroutine[object, object, None]], object]
