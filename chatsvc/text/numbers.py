"""Numbers in texts: those that people and programs give, and how many there are of something."""

from __future__ import annotations

DIGITS = 18  # at most, so that a number fits into SQLite's integers


def number(text: str) -> int | None:
    """The whole number that a text is, in the digits 0 to 9; None if it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None


def counted(many: int, noun: str, nouns: str = "") -> str:
    """How many there are of something, such as "1 message" or "2,000 messages".

    nouns: the plural, if it is not the noun with an s.
    """
    return f"{many:,} {noun if many == 1 else nouns or noun + 's'}"
