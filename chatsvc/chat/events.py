"""What can happen: each event prints as the line that people see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

MANY_JOINS = 20  # more than so many in a row are told in one line
WELCOME = "server: Welcome"  # how the first line begins for all who are let in

Any = TypeVar("Any")


@dataclass_transform(frozen_default=True)
def event(kind: type[Any]) -> type[Any]:
    """Make a class a dataclass with slots, which nobody changes.

    It is the type checker that sees to it: what `frozen=True` does at run time takes two thirds of
    the time in which an event is made.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


@event
class Event:
    """Something that happened, told to whoever reads the room."""


@event
class Said(Event):
    """Somebody said something, to a room or to one other person."""

    speaker: str
    text: str

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text}"


@event
class Welcomed(Event):
    """Somebody was let in, and is told the name given and how many others are here."""

    name: str
    others: int

    def __str__(self) -> str:
        company = {0: "Nobody else is here yet.", 1: "1 other person is here."}.get(
            self.others, f"{self.others} others are here."
        )
        return f"{WELCOME}, you are {self.name}. {company} Type /help for help."


@event
class Presence(Event):
    """What happened to a person; told in the lobby, where everyone is."""

    name: str


@event
class Joined(Presence):
    """A connection was accepted and given its name."""

    def __str__(self) -> str:
        return f"server: {self.name} has joined."


@event
class CrowdJoined(Presence):
    """More than MANY_JOINS came at once; one of them is named."""

    others: int

    def __str__(self) -> str:
        return f"server: {self.name} and {self.others} others have joined."


@event
class Quit(Presence):
    """Somebody said that they leave."""

    def __str__(self) -> str:
        return f"server: {self.name} has quit."


@event
class Lost(Presence):
    """A connection ended without a word: closed, reset, timed out or cut off."""

    def __str__(self) -> str:
        return f"server: {self.name} has lost its connection."


@event
class Notice(Event):
    """What the server has to say, to everyone or to one session."""

    text: str

    def __str__(self) -> str:
        return f"server: {self.text}"


@event
class Missed(Event):
    """A session fell so far behind that this many lines were forgotten before it read them."""

    lines: int

    def __str__(self) -> str:
        return f"server: You missed {self.lines} {'line' if self.lines == 1 else 'lines'}."
