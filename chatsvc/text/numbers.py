"""Numbers that people and programs give: ids of messages, and how many of something."""

from __future__ import annotations

DIGITS = 18  # at most, so that a number fits into SQLite's integers


def number(text: str) -> int | None:
    """The whole number that a text is, in the digits 0 to 9; None if it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None
