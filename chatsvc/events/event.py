"""The base of all events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeVar, dataclass_transform

LOBBY = "#lobby"
PREFIX = "server: "  # starts each line of the server's own


Any = TypeVar("Any")


@dataclass_transform(frozen_default=True)
def event(kind: type[Any]) -> type[Any]:
    """Make a class an immutable dataclass with slots.

    The type checker enforces immutability: `frozen=True` at run time would take two thirds of the
    time of making an event.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


class Author(NamedTuple):
    """The author of some words.

    account: the name of the author's account; empty for guests, and where it is not known.
    """

    name: str
    account: str = ""


NOBODY = Author("")


@event
class Event:
    """Something that happened, told to all who read the room."""

    @property
    def author(self) -> Author:
        """The author of the words in it, perhaps a name alone; NOBODY if there are none."""
        return NOBODY

    def without_words(self) -> Event | None:
        """The event for somebody who ignores the author; None for none at all."""
        return None


class NameOnly(str):
    """The name of somebody, in an event for those who ignore them.

    A door tells nothing else of that person with it that they have chosen.
    """

    __slots__ = ()


def because(why: str) -> str:
    """How a sentence ends that may have a reason."""
    return f': "{why}"' if why else "."
