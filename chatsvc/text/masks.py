"""Masks: texts in which * stands for anything, and ? for one character."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable


def pattern(mask: str) -> re.Pattern[str]:
    """The pattern of the folded texts that a mask stands for; \\* and \\? stand for themselves.

    For each * in the mask, matching takes time proportional to the lengths of mask and text.
    """
    parts = re.findall(r"\\[*?]|[*?]+|[^*?\\]+|\\", folded(mask))
    # A run up to the next * is matched at the first chance, without backtracking (atomic).
    groups: list[list[str]] = [[]]
    for part in parts:
        if part[0] in "*?":  # ?* is *?, and so on: fewer groups take less time
            groups[-1].append("." * part.count("?"))
            if "*" in part:
                groups.append([])
        else:
            groups[-1].append(re.escape(part[1:] if part in (r"\*", r"\?") else part))
    first, *middle = ["".join(group) for group in groups]
    if not middle:
        return re.compile(first, re.DOTALL)
    *middle, last = middle
    lazy = "".join([f"(?>.*?{each})" for each in middle])
    return re.compile(f"{first}{lazy}.*{last}", re.DOTALL)


_known = lru_cache(10_000)(pattern)  # for masks in force, rather than those that people search by


def prepare(mask: str) -> None:
    """Do what takes longest, up to 0.4 ms, before many masks are matched at once."""
    _known(mask)


def matching(text: str) -> Callable[[str], bool]:
    """Says of each mask whether it stands for a text, without regard to case."""
    plain = folded(text)
    return lambda mask: _known(mask).fullmatch(plain) is not None
