"""Sets of names that clients share, as a set takes nearly as much memory as a client."""

from __future__ import annotations

from functools import lru_cache

MOST_SETS = 1000  # that are shared; others take their own memory
NO_NAMES: frozenset[str] = frozenset()
NO_IDS: frozenset[int] = frozenset()


@lru_cache(MOST_SETS)
def shared(names: frozenset[str]) -> frozenset[str]:
    """The one set of all clients that have the same names."""
    return names
