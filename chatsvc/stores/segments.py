"""Segments of ids: in each, a higher id means a later time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HIGHEST = 2**63 - 2  # of all ids

MOST_IMPORTS = 100  # with messages left, as each search goes through all segments

Segment = tuple[int, int]  # its first and its last id


def segments(imports: Iterable[Segment]) -> list[Segment]:
    """The segments of all ids, lowest first: those of imports, and those between them.

    imports: the ids of each import, lowest first. Its messages are older than those said before it
        that have lower ids.
    """
    found: list[Segment] = []
    start = 0
    for first, last in imports:
        found += [(start, first - 1), (first, last)]
        start = last + 1
    return [*found, (start, HIGHEST)]
