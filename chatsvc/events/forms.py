"""The forms of events as JSON objects."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, get_type_hints

from chatsvc.events import answers, orders, people, rooms, speech
from chatsvc.events.answers import Refused
from chatsvc.events.event import Event
from chatsvc.events.people import Merged, Welcomed
from chatsvc.events.speech import Left, Recalled

_VOCABULARY = (speech, people, rooms, orders, answers)
OTHERWISE = (Recalled, Refused, Left, Merged)  # they have the forms of other events, or none
_FIELDS = {"speaker": "from"}  # attributes whose fields have other names


class Form(NamedTuple):
    """The form of an event as a JSON object.

    name: the name of the event.
    names: the names of its fields, by attribute of the event.
    """

    name: str
    names: dict[str, str]


@cache
def forms() -> dict[type[Event], Form]:
    """The forms of all kinds of events."""
    found = {}
    for kind in chain.from_iterable(vars(part).values() for part in _VOCABULARY):
        if not (isinstance(kind, type) and issubclass(kind, Event)):
            continue
        if kind.__str__ is object.__str__:
            continue  # it is a base class
        words = "".join(f"-{each.lower()}" if each.isupper() else each for each in kind.__name__)
        names = {each.name: _FIELDS.get(each.name, each.name) for each in fields(kind)}
        found[kind] = Form("welcome" if kind is Welcomed else words.removeprefix("-"), names)
    return found


def event_of(received: dict[str, Any]) -> Event | None:
    """The event of an object; None if it is unknown or malformed."""
    name = received.get("event")
    if not isinstance(name, str) or name not in _readers():
        return None
    kind, attributes = _readers()[name]
    values = {}
    for attribute, field, type_, empty in attributes:
        value = received.get(field, empty)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            value = tuple(value)
        if not isinstance(value, type_):
            return None
        values[attribute] = value
    return kind(**values)


# By type: its type in JSON, and the value of a missing field.
_TYPES: dict[object, tuple[Any, object]] = {
    str: (str, ""),
    bool: (bool, False),
    int: (int, 0),
    float: (int | float, 0.0),
    tuple[str, ...]: (tuple, ()),
}


@cache
def _readers() -> dict[str, tuple[type[Event], list[tuple[str, str, Any, object]]]]:
    """By name of an event: its class, and its attributes with their fields and types."""
    readers = {}
    for kind, (name, names) in forms().items():
        if not issubclass(kind, OTHERWISE):
            hints = get_type_hints(kind)
            readers[name] = (
                kind,
                [(each, field, *_TYPES[hints[each]]) for each, field in names.items()],
            )
    return readers
