"""A typed text, cut into messages that the server accepts."""

from __future__ import annotations

import json

MOST_LINES = 50  # of one message
MOST_BYTES = 7000  # of one message, as JSON


def pieces(text: str) -> list[str]:
    """A text cut into messages that the server accepts, between lines where possible."""
    found: list[str] = []
    for line in text.split("\n"):
        rest = line
        while len(part := _beginning(rest)) < len(rest):
            found.append(part)
            rest = rest[len(part) :]
        together = f"{found[-1]}\n{rest}" if found else rest
        if found and together.count("\n") < MOST_LINES and _size(together) <= MOST_BYTES:
            found[-1] = together
        else:
            found.append(rest)
    return [piece for piece in found if piece.strip()]


def _beginning(text: str) -> str:
    """The start of a text, no longer than one message may be."""
    end = len(text)
    while _size(text[:end]) > MOST_BYTES:
        end = min(end // 2 + 1, end - 1)
    return text[:end]


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace"))
