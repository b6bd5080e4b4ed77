"""What events are called in JSON lines, and what their attributes are."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, get_type_hints

from chatsvc.events import answers, orders, people, rooms, speech
from chatsvc.events.answers import Refused
from chatsvc.events.event import Event
from chatsvc.events.people import Welcomed
from chatsvc.events.speech import Left, Recalled

_VOCABULARY = (speech, people, rooms, orders, answers)
OTHERWISE = (Recalled, Refused, Left)  # which are told as others are, or in another way
_FIELDS = {"speaker": "from"}  # what they are called here, if not as in the events


class Form(NamedTuple):
    """What an event is as an object.

    name: what it is called.
    names: what its attributes are called, by their names in the event.
    """

    name: str
    names: dict[str, str]


@cache
def forms() -> dict[type[Event], Form]:
    """Of all events that are told in the same way."""
    found = {}
    for kind in chain.from_iterable(vars(part).values() for part in _VOCABULARY):
        if not (isinstance(kind, type) and issubclass(kind, Event)):
            continue
        if kind.__str__ is object.__str__:
            continue  # it is there for others to be made of
        words = "".join(f"-{each.lower()}" if each.isupper() else each for each in kind.__name__)
        names = {each.name: _FIELDS.get(each.name, each.name) for each in fields(kind)}
        found[kind] = Form("welcome" if kind is Welcomed else words.removeprefix("-"), names)
    return found


def event_of(told: dict[str, Any]) -> Event | None:
    """The event that an object tells of; None if it is none that is known, or is ill formed."""
    name = told.get("event")
    if not isinstance(name, str) or name not in _readers():
        return None
    kind, attributes = _readers()[name]
    values = {}
    for attribute, field, type_, empty in attributes:
        value = told.get(field, empty)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            value = tuple(value)
        if not isinstance(value, type_):
            return None
        values[attribute] = value
    return kind(**values)


# What stands in an object for a type, and what is meant if it is left out.
_TYPES: dict[object, tuple[Any, object]] = {
    str: (str, ""),
    int: (int, 0),
    float: (int | float, 0.0),
    tuple[str, ...]: (tuple, ()),
}


@cache
def _readers() -> dict[str, tuple[type[Event], list[tuple[str, str, Any, object]]]]:
    """Of each event that is told as itself, by its name: its attributes, and how to read them."""
    readers = {}
    for kind, (name, names) in forms().items():
        if not issubclass(kind, OTHERWISE):
            hints = get_type_hints(kind)
            readers[name] = (
                kind,
                [(each, field, *_TYPES[hints[each]]) for each, field in names.items()],
            )
    return readers
