"""Times of logs, which are local and go by the wall clock."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from functools import lru_cache


class Wall:
    """The wall clock of a log: reads its times, which never go back.

    zone: of its times; None for this machine's.

    A log is in the order of time. In the hour that is repeated in autumn, the times that would go
    back stay where they are, so that the order of the lines is kept.
    """

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._last = 0.0
        self._start = lru_cache(1000)(self._start_of)

    def at(self, day: date, hour: int, minute: int, second: int = 0) -> float:
        """Seconds since the epoch; at least those of the last time. Raises ValueError."""
        if not (minute < 60 and second <= 60):
            raise ValueError("there is no such minute or second")
        self._last = max(self._last, self._start(day, hour) + 60 * minute + second)
        return self._last

    def _start_of(self, day: date, hour: int) -> float:
        """When an hour begins. Raises ValueError."""
        try:
            return datetime(day.year, day.month, day.day, hour, tzinfo=self._zone).timestamp()
        except OverflowError:
            raise ValueError("there is no such year") from None
