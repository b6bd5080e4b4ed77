"""Completion of the word before the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.terminal.styles import neutral

if TYPE_CHECKING:
    from collections.abc import Sequence

CANDIDATES = 100  # the most of one completion


@dataclass
class Completion:
    """Candidates to replace the text between two indexes.

    common: the common beginning of all candidates; the present text if that is no shorter.
    """

    start: int
    end: int
    candidates: Sequence[str]
    common: str
    chosen: int | None = None

    def choose(self, step: int) -> str:
        """The next candidate, or with -1 the one before."""
        if self.chosen is None:
            self.chosen = 0 if step > 0 else len(self.candidates) - 1
        else:
            self.chosen = (self.chosen + step) % len(self.candidates)
        return self.candidates[self.chosen]


def completion(text: str, cursor: int, found: Sequence[str]) -> Completion | None:
    """The completion of the word before the cursor; None without a candidate."""
    before = text[:cursor]
    start = max(before.rfind(" "), before.rfind("\n")) + 1
    candidates = [neutral(each) for each in found[:CANDIDATES]]
    if not candidates:
        return None
    for end in ": ", " ":  # it may be there already
        if text.startswith(end, cursor):
            candidates = [each.removesuffix(end) for each in candidates]
    behind = text[cursor : cursor + 1]
    if behind.strip() and not behind.isalnum():  # a comma, for example
        candidates = [each.removesuffix(" ").removesuffix(":") for each in candidates]
    common = _common(candidates)
    if len(candidates) > 1 and len(common) <= len(before) - start:
        common = before[start:]
    return Completion(start, start + len(common), candidates, common)


def _common(texts: Sequence[str]) -> str:
    """The common beginning of all texts."""
    first, last = min(texts), max(texts)
    length = 0
    while length < len(first) and first[length] == last[length]:
        length += 1
    return first[:length]
