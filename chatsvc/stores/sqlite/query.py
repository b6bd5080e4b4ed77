"""Queries for the full-text index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.text.names import folded
from chatsvc.text.words import terms

if TYPE_CHECKING:
    from collections.abc import Collection


ROOMS = 100  # in a query; with more, all rooms are searched, and the results are filtered


def full_text_query(query: str | None, rooms: Collection[str], speaker: str | None) -> str:
    """A query in FTS5's syntax; empty if nothing can match.

    All words are quoted, so that none is special. Names match in any case, so that too much may be
    found.
    """
    parts = [_quoted(phrase) + " *" * is_begun for phrase, is_begun in terms(query or "")]
    if query is not None and not parts:
        return ""
    parts = [f"text : ({' '.join(parts)})"] if parts else []
    if len(rooms) <= ROOMS or not (parts or speaker):
        parts.append(f"room : ({' OR '.join(map(_quoted, map(word_of, rooms)))})")
    if speaker is not None:
        parts.append(f"speaker : {_quoted(word_of(speaker))}")
    return " AND ".join(parts)


def word_of(name: str) -> str:
    """A name, perhaps empty, as one word."""
    return "_" + "_".join(folded(name).split())


def _quoted(text: str) -> str:
    return '"' + text.replace("\0", " ").replace('"', '""') + '"'
