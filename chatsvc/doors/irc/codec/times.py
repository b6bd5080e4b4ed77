"""Times as IRC's tags have them."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(at: float) -> str:
    """A time, such as 2026-11-25T21:03:00.123Z (https://ircv3.net/specs/extensions/server-time)."""
    when = datetime.fromtimestamp(at, UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


def moment(text: str) -> float:
    """The time of a stamp, in seconds since the epoch. Raises ValueError."""
    if not text.endswith("Z") or not text.isascii():
        raise ValueError(f"{text!r} is no time in UTC.")
    return datetime.fromisoformat(text).timestamp()
