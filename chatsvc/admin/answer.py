"""The answers of commands: rows of a table, facts about one thing, and lines of text."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_SIZES = ("KiB", "MiB", "GiB", "TiB")


class Shown(NamedTuple):
    """A value for programs, and the text that people see in its place."""

    value: object
    text: str


# Texts, numbers, booleans, lists of texts, None or Shown, by name, in the order shown.
Values = Mapping[str, object]


@dataclass(frozen=True)
class Row:
    """A row of a table; rows that follow one another have the same names."""

    values: Values


@dataclass(frozen=True)
class Facts:
    """Facts about one thing, shown one below another."""

    values: Values


@dataclass(frozen=True)
class Line:
    """A line of text for people; programs get the values, or the text if there are none."""

    text: str
    values: Values = field(default_factory=dict)


Item = Row | Facts | Line


def for_programs(values: Values) -> dict[str, object]:
    """The values without the texts that people see in their place."""
    return {key: each.value if isinstance(each, Shown) else each for key, each in values.items()}


def lasting(seconds: float) -> Shown:
    """A span of time: seconds for programs; its two largest units for people."""
    left = round(seconds)
    parts = []
    for unit, letter in _UNITS:
        number, left = divmod(left, unit)
        if number:
            parts.append(f"{number}{letter}")
    return Shown(round(seconds, 3), " ".join(parts[:2]) or "0s")


def at(moment: float) -> Shown:
    """A moment in seconds since the epoch: in UTC (ISO 8601) for programs; local for people."""
    utc = datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
    text = time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
    return Shown(utc.replace("+00:00", "Z"), text)


def size(number: int) -> Shown:
    """A number of bytes: for people with KiB, MiB, GiB or TiB."""
    if number < 1024:
        return Shown(number, f"{number} bytes")
    power = min((number.bit_length() - 1) // 10, len(_SIZES))
    return Shown(number, f"{number / 1024**power:.1f} {_SIZES[power - 1]}")
