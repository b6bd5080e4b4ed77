"""Prints the JSON Schema of JSON lines, as the code has it: ``python docs/schema.py``."""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatsvc.command.command import Command, commands
from chatsvc.dialects import json_lines
from chatsvc.dialects.requests import NONCE_LENGTH
from chatsvc.events.answers import Invited, Knocked, Notice, OwnSession
from chatsvc.events.event import Event
from chatsvc.events.forms import OTHERWISE, forms
from chatsvc.events.people import Listed
from chatsvc.events.speech import Direct, DirectlyActed, DirectlyNoticed, Spoken

TYPES: dict[object, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    tuple[str, ...]: {"type": "array", "items": {"type": "string"}},
}
NONCE = {"type": "string", "maxLength": NONCE_LENGTH}
# The fields that events always have; others are left out when they are empty.
ALWAYS = {"event", "at", "from", "name", "room", "text"}


def schema() -> dict[str, Any]:
    """The schema of events and requests."""
    events = [_event(kind) for kind in forms() if not issubclass(kind, OTHERWISE)]
    requests = [
        _request(name, each) for name, each in sorted(commands().items()) if each.who != "people"
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"chatsvc, JSON lines, version {json_lines.VERSION}",
        "$defs": {
            "event": {"oneOf": [*events, _error()]},
            "request": {"oneOf": requests},
        },
    }


def _event(kind: type[Event]) -> dict[str, Any]:
    name, names = forms()[kind]
    hints = get_type_hints(kind)
    properties = {"event": {"const": name}, "at": {"type": "string", "format": "date-time"}}
    properties |= {names[each.name]: TYPES[hints[each.name]] for each in fields(kind)}
    properties["id"] = {"type": "integer"}
    properties["answers"] = NONCE
    if issubclass(kind, Spoken):
        properties["recalled"] = {"const": True}
    if kind in (Direct, DirectlyActed, DirectlyNoticed):
        properties["waited"] = {"const": True}
    if name == "welcome":
        properties["version"] = {"const": json_lines.VERSION}
    required = [each for each in properties if each in ALWAYS or each == "version"]
    if issubclass(kind, Spoken | Listed) or kind in (Notice, Invited, Knocked, OwnSession):
        required.remove("room")  # between two people there is none
    return _object(properties, required)


def _error() -> dict[str, Any]:
    properties = dict.fromkeys(("code", "text", "field", "nonce"), TYPES[str])
    return _object({"error": _object(properties, ["code", "text"])}, ["error"])


def _request(name: str, command: Command) -> dict[str, Any]:
    properties: dict[str, Any] = {"do": {"const": name}, "nonce": NONCE, "seen": TYPES[int]}
    for parameter in command.parameters:
        properties[parameter.field] = {"type": ["string", "integer"]}
        if parameter.choices:
            properties[parameter.field] = {"enum": list(parameter.choices)}
    required = [each.field for each in command.parameters if not each.optional]
    # Other fields are ignored.
    return {"type": "object", "properties": properties, "required": ["do", *required]}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
