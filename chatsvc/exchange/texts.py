"""Texts of an export, as the chat takes them: safe for terminals, and not too long."""

from __future__ import annotations

from chatsvc.text.pieces import split
from chatsvc.text.safe import clean, shows

TEXT_BYTES = 8192  # of a message: as much as a line from a client may have
MOST_LINES = 50  # of a message
_SURELY_SHORT = TEXT_BYTES // 4  # characters


def messages_of(text: str) -> list[str]:
    """The texts of the messages that a text makes: none if nothing of it is visible.

    One that could have been said here stays as it is.
    """
    if text.isprintable() and len(text) <= _SURELY_SHORT:
        return [text] if shows(text) else []
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [text for text in _grouped(lines) if shows(text)]


def _grouped(lines: list[str]) -> list[str]:
    """Lines together, as many as one message may have."""
    groups: list[str] = []
    group: list[str] = []
    size = 0
    for line in lines:
        for piece in split(clean(line), TEXT_BYTES):
            more = len(piece.encode()) + 1
            if group and (size + more > TEXT_BYTES + 1 or len(group) >= MOST_LINES):
                groups.append("\n".join(group))
                group, size = [], 0
            group.append(piece)
            size += more
    return [*groups, "\n".join(group)]
