"""Paths of the archive's pages."""

from __future__ import annotations

from urllib.parse import quote, urlencode

ROOMS = "/archive/"
SEARCH = "/archive/search"
STYLE = "/archive/style.css"
_TAKEN = {"search"}  # first parts of paths that are no rooms


def room_path(name: str) -> str:
    """The path of the newest page of a room."""
    word = name.removeprefix("#")
    return ROOMS + quote(name if word in _TAKEN else word, safe="")


def part_path(name: str, **bound: int) -> str:
    """The path of the messages before, or after, an id."""
    return f"{room_path(name)}?{urlencode(bound)}"


def message_path(name: str, entry_id: int) -> str:
    """The path of a message, with what is around it."""
    return f"{room_path(name)}/{entry_id}#m{entry_id}"


def search_path(**query: str) -> str:
    """The path of a search."""
    return f"{SEARCH}?{urlencode(query)}"


def room_of(part: bytes) -> str:
    """The name of the room that a part of a path names. Raises UnicodeDecodeError."""
    word = part.decode("utf-8")
    return word if word[:1] == "#" else f"#{word}"
