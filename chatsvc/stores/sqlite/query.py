"""What the index of words is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.text.words import terms

if TYPE_CHECKING:
    from collections.abc import Collection


ROOMS = 100  # that a search has the index look for; for more, it looks at all


def sought(query: str, rooms: Collection[str], speaker: str | None) -> str:
    """What to ask the index for; empty if there is nothing to be found.

    It is asked for words in quotes only, where nothing has a meaning. It finds names in any case,
    so it may find too much.
    """
    parts = [_quoted(phrase) + " *" * is_begun for phrase, is_begun in terms(query)]
    if not parts:
        return ""
    parts = [f"text : ({' '.join(parts)})"]
    if len(rooms) <= ROOMS:
        parts.append(f"room : ({' OR '.join(map(_quoted, map(word_of, rooms)))})")
    if speaker is not None:
        parts.append(f"speaker : {_quoted(word_of(speaker))}")
    return " AND ".join(parts)


def word_of(name: str) -> str:
    """A name, which may be empty, as one word."""
    return "_" + "_".join(name.casefold().split())


def _quoted(text: str) -> str:
    return '"' + text.replace("\0", " ").replace('"', '""') + '"'
