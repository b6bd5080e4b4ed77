"""The time, and calls that are made later: what Twisted's reactor and its Clock for tests give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Timer(Protocol):
    """A call that has yet to be made."""

    def cancel(self) -> None:
        """Don't make it. Raises an error when it was made or cancelled already."""


class Clock(Protocol):
    """Where time comes from."""

    def seconds(self) -> float:
        """Seconds since the epoch."""

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call so many seconds from now; 0 is at the end of this turn of the reactor."""
