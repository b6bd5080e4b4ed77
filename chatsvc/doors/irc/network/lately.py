"""What is known of what was said lately: so much of it as there is memory for."""

from __future__ import annotations

from typing import Generic, TypeVar

OVERHEAD = 200  # bytes that each takes besides its size, about

What = TypeVar("What")


class Lately(dict[int, What], Generic[What]):
    """Something of messages, by their ids; that of the oldest is forgotten first.

    most: the most bytes of all, about.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._sizes: dict[int, int] = {}
        self._size = 0

    def keep(self, entry_id: int, what: What, size: int) -> None:
        """Keep something, of so many bytes, of the message of an id."""
        self._size += size + OVERHEAD - self._sizes.get(entry_id, 0)
        self._sizes[entry_id] = size + OVERHEAD
        self[entry_id] = what
        while self._size > self._most:
            oldest = next(iter(self))
            del self[oldest]
            self._size -= self._sizes.pop(oldest)
