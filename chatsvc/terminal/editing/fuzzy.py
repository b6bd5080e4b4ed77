"""Fuzzy matching: texts that have some letters in the same order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Score = tuple[int, int, int, int]


def best(query: str, texts: Iterable[str], folded: Callable[[str], str], most: int) -> list[str]:
    """At most ``most`` of the texts that match, the best first; among equals, the earlier.

    Those that have the letters side by side come before those that have them apart: apart, only
    texts that begin with the first letter, or have it after a sign, match.

    folded: makes texts that are alike the same.
    """
    wanted = folded(query)
    if not wanted:
        return [text for text, _ in zip(texts, range(most), strict=False)]
    apart = re.compile(rf"(?:^|\W|_)({'.*?'.join(map(re.escape, wanted))})", re.DOTALL)
    found: list[tuple[_Score, str]] = []
    for number, text in enumerate(texts):
        look = folded(text)
        at = look.find(wanted)
        if at >= 0:
            is_inside = at > 0 and look[at - 1].isalnum()
            found.append(((int(is_inside), at, len(look), number), text))
        elif scattered := apart.search(look):
            found.append(((2, scattered.end(1) - scattered.start(1), len(look), number), text))
    return [text for _, text in sorted(found)[:most]]
