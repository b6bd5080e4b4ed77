"""The protocol's JSON objects, one a line: requests, events and errors."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.command.command import commands
from chatsvc.text.safe import from_what_shows

LONGEST_TOKEN = 128  # characters

Request = dict[str, Any]  # a request
Received = dict[str, Any]  # an event or an error, as docs/protocol.md has them

# Commands that can be sent again: messages, which are said once, and idempotent ones.
_AGAIN = {
    *("answer", "bc", "dm", "here", "join", "me", "msg", "nick", "ping", "r", "react", "reply"),
    *("say", "unreact", "users", "who"),
}


def encoded(request: Request) -> bytes:
    """The line of a request, without its end."""
    return json.dumps(request, ensure_ascii=False).encode("utf-8", "replace")


def may_be_done_twice(request: Request) -> bool:
    """Whether a request can be sent again, though it may have been done."""
    return _command(request) in _AGAIN


def cost(request: Request) -> int:
    """The number of lines that a request counts as, apart from its length."""
    found = commands().get(_command(request))
    return 1 if found is None else found.cost


def _command(request: Request) -> str:
    """The name of the command, or of the typed one; "here" for a message."""
    name: str = request["do"]
    if name == "type":
        line = from_what_shows(str(request.get("line", "")))
        name = line.partition(" ")[0] if line[:1] == "/" and line[:2] != "//" else "here"
    return name.removeprefix("/").casefold()


def understood(line: bytes) -> Received | None:
    """The object on a line; None if it is not one of docs/protocol.md."""
    try:
        received = json.loads(line)
    except (ValueError, RecursionError):
        return None
    kind, error = received.get("event"), received.get("error", {})
    is_sound = (
        isinstance(error, dict)
        and isinstance(error.get("nonce", ""), str)
        and isinstance(received.get("nonce", ""), str)
        and isinstance(received.get("answers", ""), str)
        and isinstance(received.get("id", 0), int)
    )
    if kind in ("resumable", "resumed"):
        token, seen = received.get("token"), received.get("seen")
        is_sound = is_sound and isinstance(token, str) and isinstance(seen, int)
        is_sound = is_sound and len(token) <= LONGEST_TOKEN
    if kind in ("welcome", "resumed"):
        name, rooms = received.get("name"), received.get("rooms")
        is_sound = is_sound and isinstance(name, str) and isinstance(rooms, list)
        is_sound = is_sound and all(isinstance(each, str) for each in rooms)
    elif kind == "paced":
        burst, rate = received.get("burst"), received.get("rate")
        is_sound = (
            is_sound and isinstance(burst, int) and isinstance(rate, int | float) and rate > 0
        )
    return received if is_sound else None
