"""The fields of what others send, of which nothing is certain, and the lines made of them."""

from __future__ import annotations

from typing import Any

MOST_LINES = 5  # of the same kind; of more, only the number is told
LINE_LENGTH = 250  # characters of a line
URL_LENGTH = 200  # a longer one is left out


def text_at(payload: object, *path: str) -> str:
    """The text, or the number, at a path in an object; empty if there is none."""
    found = payload
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found)


def list_at(payload: object, name: str) -> list[Any]:
    """The list of that name in an object; empty if there is none."""
    found = payload.get(name) if isinstance(payload, dict) else None
    return found if isinstance(found, list) else []


def texts_at(payload: object, name: str) -> dict[str, str]:
    """The texts in the object of that name, by name."""
    found = payload.get(name) if isinstance(payload, dict) else None
    return {key: text_at(found, key) for key in found} if isinstance(found, dict) else {}


def first_line(text: str) -> str:
    """The first line of a text that has something in it."""
    return next(filter(None, map(str.strip, text.splitlines())), "")


def line(text: str, url: str = "") -> str:
    """A line of a text, cut if it is long, with an address behind it."""
    url = url if url.startswith(("https://", "http://")) and len(url) <= URL_LENGTH else ""
    most = LINE_LENGTH - len(url)
    text = " ".join(text.split())
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return f"{text} {url}" if url else text


def shortened(lines: list[str]) -> list[str]:
    """The first few of some lines, and how many more there are."""
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"and {more} more"]
