"""Times for programs: in UTC, to the millisecond."""

from __future__ import annotations

import time
from datetime import datetime
from functools import lru_cache


def stamp(at: float) -> str:
    """A time, such as 2026-11-25T21:03:00.123Z.

    That is the form of RFC 3339, and of IRC's tags (https://ircv3.net/specs/extensions/server-time).
    """
    return _stamp(round(at * 1e6) // 1000)  # what is smaller than a microsecond does not count


@lru_cache(maxsize=1000)  # as several things mostly happen in a millisecond
def _stamp(milliseconds: int) -> str:
    second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{second}.{milliseconds % 1000:03}Z"


def moment(text: str) -> float:
    """The time of a stamp, in seconds since the epoch. Raises ValueError."""
    if not text.endswith("Z") or not text.isascii():
        raise ValueError(f"{text!r} is no time in UTC.")
    return datetime.fromisoformat(text).timestamp()
