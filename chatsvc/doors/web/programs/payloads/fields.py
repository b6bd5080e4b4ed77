"""Fields of payloads, which may hold anything, and the lines made of them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_LINES = 5  # of the same kind; of any more, only the number is said
LINE_LENGTH = 250  # characters of a line
URL_LENGTH = 200  # a longer one is left out
MOST_READ = 4000  # characters of a text from which a line is made
MOST_TOLD = 50  # names of things that are listed in one line


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
    names = islice(found, MOST_TOLD) if isinstance(found, dict) else ()
    return {key: text_at(found, key) for key in names}


def first_line(text: str) -> str:
    """The first line of a text that has something in it, as far as it may be shown."""
    lines = text.lstrip()[:MOST_READ].splitlines()
    return lines[0].strip() if lines else ""


def line(text: str, url: str = "") -> str:
    """A line of a text, cut if it is long, with an address behind it."""
    url = url if url.startswith(("https://", "http://")) and len(url) <= URL_LENGTH else ""
    most = LINE_LENGTH - len(url)
    text = " ".join(text[:MOST_READ].split())
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return f"{text} {url}" if url else text


def shortened(things: list[Any], worded: Callable[[Any], str]) -> list[str]:
    """The lines of the first few of some things, and how many more there are."""
    more = len(things) - MOST_LINES
    lines = [worded(each) for each in things[:MOST_LINES]]
    return lines if more <= 0 else [*lines, f"and {more} more"]
