"""Numbers in texts: reading those of people and programs, and wording counts."""

from __future__ import annotations

DIGITS = 18  # at most, so that a number fits into SQLite's integers


def number(text: str) -> int | None:
    """The whole number in a text, of the digits 0 to 9; None if it is not one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None


def counted(many: int, noun: str, nouns: str = "") -> str:
    """A count of something, such as "1 message" or "2,000 messages".

    nouns: the plural, if it is not the noun with an s.
    """
    return f"{many:,} {noun if many == 1 else nouns or noun + 's'}"
