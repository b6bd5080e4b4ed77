"""Events."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar, dataclass_transform

LOBBY = "#lobby"
PREFIX = "server: "  # begins each of the server's own lines


Any = TypeVar("Any")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def event(kind: type[Any]) -> type[Any]:
    """Make a class an immutable dataclass with slots.

    The type checker enforces immutability; at run time, `frozen=True` would take two thirds of the
    time that making an event takes.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


class Author(NamedTuple):
    """The author of some words.

    account: the name of the author's account; empty for guests, and if unknown.
    room: the name of the room of a hook; empty for people.
    """

    name: str
    account: str = ""
    room: str = ""


NOBODY = Author("")


@event
class Event:
    """Something that happened, for all who read its room."""

    @property
    def author(self) -> Author:
        """The author of the words in it; NOBODY if there are none."""
        return NOBODY

    def without_words(self) -> Event | None:
        """The event for somebody who ignores the author; None to leave it out."""
        return None


class Reasoned(Event):
    """Mixed into events that a person may give a reason for.

    why: the reason; empty for none.
    """

    __slots__ = ()
    name: str
    why: str

    @property
    def author(self) -> Author:
        """The author of the reason."""
        return Author(self.name if self.why else "")

    def without_words(self) -> Event:
        """The event without its reason, as there is no other way to learn of it."""
        return replace(self, why="")  # type: ignore[call-arg]  # each of them has that field


class NameOnly(str):
    """A name in an event for somebody who ignores that person.

    Doors show none of the person's other texts beside it.
    """

    __slots__ = ()


def because(why: str) -> str:
    """The end of a sentence with a reason, if there is one."""
    return f': "{why}"' if why else "."
