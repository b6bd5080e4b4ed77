"""Fields of JSON objects in an export, which may hold anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FIRST, LAST = 0.0, datetime(3000, 1, 1, tzinfo=UTC).timestamp()  # of what a time may be
NAMELESS = "reactions without a name"  # which are left out


def text_of(facts: Mapping[str, Any], field: str) -> str:
    """The text of a field; empty if it has none."""
    value = facts.get(field)
    return value if isinstance(value, str) else ""


def moment(value: object, per_second: int = 1) -> float | None:
    """A number, or the text of one, as seconds since the epoch; None if it is no time.

    per_second: how many of its unit are a second.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        at = float(value) / per_second
    except (ValueError, OverflowError):
        return None
    return at if FIRST < at < LAST else None


def emoji_of(name: str) -> str:
    """The emoji of a name, such as tada; :tada: if it is not known, or without the library.

    Empty if there is no name.
    """
    name = name.partition("::")[0]  # tones of skin are left out
    if not name:
        return ""
    named = f":{name}:"
    try:
        from emoji import emojize
    except ImportError:
        return named
    return str(emojize(named, language="alias"))
