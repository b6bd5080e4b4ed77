"""A typed text, cut into messages that the server accepts."""

from __future__ import annotations

import json

MOST_LINES = 50  # of one message
MOST_BYTES = 7000  # of one message, as JSON
_json = json.JSONEncoder(ensure_ascii=False).encode


def pieces(text: str) -> list[str]:
    """A text cut into messages that the server accepts, between lines where possible."""
    found: list[list[str]] = []  # the lines of each message
    size = 0  # of the last message
    for line in text.split("\n"):
        rest = line
        while (own := _size(rest)) > MOST_BYTES:
            part = _beginning(rest)
            found.append([part])
            size = _size(part)
            rest = rest[len(part) :]
        # Two more bytes for the line feed, two fewer for the quotes.
        if found and len(found[-1]) < MOST_LINES and size + own <= MOST_BYTES:
            found[-1].append(rest)
            size += own
        else:
            found.append([rest])
            size = own
    messages = ["\n".join(lines) for lines in found]
    return [message for message in messages if message.strip()]


def _beginning(text: str) -> str:
    """The start of a text, no longer than one message may be."""
    end = len(text)
    while _size(text[:end]) > MOST_BYTES:
        end = min(end // 2 + 1, end - 1)
    return text[:end]


def _size(text: str) -> int:
    return len(_json(text).encode("utf-8", "replace"))
