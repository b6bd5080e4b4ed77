"""A draft: an unfinished text, for later."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

UNDOS = 100  # changes


@dataclass
class Draft:
    """An unfinished text, for later."""

    text: str = ""
    cursor: int = 0
    recalled: int | None = None  # the history's index of the text shown
    unfinished: str = ""  # the text from before it was recalled
    undos: deque[tuple[str, int]] = field(default_factory=lambda: deque(maxlen=UNDOS))
