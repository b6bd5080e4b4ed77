"""The protocol of the socket: JSON, an object a line.

The client asks once, and keeps the connection open; when it ends, so does the work.

    {"version": 1, "command": "kick", "arguments": {"name": "bob", "reason": "spam"}}

The server answers with any number of items, and one last line, then closes.

    {"row": {"name": "ann", "idle": 12.5}, "shown": {"idle": "12s"}}
    {"facts": {"version": "1.0"}}
    {"line": "bob was kicked.", "values": {"act": 7}}
    {"done": true}        or {"refused": "..."}, or {"misused": "..."}

`shown` has the texts that people see in place of some values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chatsvc.admin.answer import Facts, Item, Line, Row, Shown, for_programs
from chatsvc.errors import SHOWN, Misused

VERSION = 1
ASKED_BYTES = 64 * 1024  # of the request
ANSWER_BYTES = 4 * 1024 * 1024  # of a line of the answer
_NAMES: dict[str, type[Row | Facts]] = {"row": Row, "facts": Facts}


def encoded(message: Mapping[str, object]) -> bytes:
    """The line of a message, in ASCII."""
    return json.dumps(message, default=str).encode() + b"\n"


def question(command: str, arguments: Mapping[str, object]) -> bytes:
    """The line that asks for a command."""
    return encoded({"version": VERSION, "command": command, "arguments": arguments})


def asked(line: bytes) -> tuple[str, dict[str, Any]]:
    """The command and the arguments of the line that asks. Raises Misused."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise Misused("What was asked is not JSON.") from None
    version = found.get("version") if isinstance(found, dict) else None
    if version != VERSION or version is True:
        raise Misused(
            f"This server speaks version {VERSION} of the administrator's protocol, not"
            f" {json.dumps(version)[:SHOWN]}."
        )
    command, arguments = found.get("command"), found.get("arguments", {})
    if not isinstance(command, str) or not isinstance(arguments, dict):
        raise Misused("A command is a text, and its arguments are an object.")
    return command, arguments


def answered(item: Item) -> bytes:
    """The line of an item."""
    shown = {key: each.text for key, each in item.values.items() if isinstance(each, Shown)}
    values = for_programs(item.values)
    message: dict[str, object]
    if isinstance(item, Line):
        message = {"line": item.text, "values": values}
    else:
        message = {"row" if isinstance(item, Row) else "facts": values}
    if shown:
        message["shown"] = shown
    return encoded(message)


def item_of(message: Mapping[str, Any]) -> Item:
    """The item of a message. Raises KeyError if it is none, as from a later version."""
    text, shown = message.get("line", ""), message.get("shown", {})
    name = next(each for each in ("line", "row", "facts") if each in message or each == "facts")
    found = message["values" if name == "line" else name]
    if not (isinstance(text, str) and isinstance(shown, dict) and isinstance(found, dict)):
        raise KeyError(name)
    values = {
        key: Shown(each, str(shown[key])) if key in shown else each for key, each in found.items()
    }
    return Line(text, values) if name == "line" else _NAMES[name](values)
