"""A bounded map: facts about the latest messages."""

from __future__ import annotations

from typing import Generic, TypeVar

OVERHEAD = 200  # bytes of a fact besides its size, about

V = TypeVar("V")


class BoundedMap(dict[int, V], Generic[V]):
    """A fact about each of the latest messages, by id; the oldest is forgotten first.

    most: bytes of all facts, about.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._sizes: dict[int, int] = {}
        self._size = 0

    def keep(self, entry_id: int, value: V, size: int) -> None:
        """Keep a fact of some bytes about the message with an id."""
        self._size += size + OVERHEAD - self._sizes.get(entry_id, 0)
        self._sizes[entry_id] = size + OVERHEAD
        self[entry_id] = value
        while self._size > self._most:
            oldest = next(iter(self))
            del self[oldest]
            self._size -= self._sizes.pop(oldest)
