"""CTCP, which says what somebody does, and what clients ask each other.

https://modern.ircdocs.horse/ctcp
"""

from __future__ import annotations

MARK = "\x01"  # begins it; it may end it, too
_ACTION = f"{MARK}ACTION "


def action(text: str) -> str:
    """What somebody does, as CTCP."""
    return f"{_ACTION}{text}{MARK}"


def done_in(text: str) -> str | None:
    """What somebody does, by the text of a message; None if the text is something else."""
    return text.removeprefix(_ACTION).rstrip(MARK) if text.startswith(_ACTION) else None
