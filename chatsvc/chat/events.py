"""What can happen: each event prints as the line that people see."""

from __future__ import annotations

from dataclasses import dataclass

MANY_JOINS = 20  # more than so many in a row are told in one line
WELCOME = "server: Welcome"  # how the first line begins for all who are let in


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, told to whoever reads the room."""


@dataclass(frozen=True, slots=True)
class Said(Event):
    """Somebody said something, to a room or to one other person."""

    speaker: str
    text: str

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text}"


@dataclass(frozen=True, slots=True)
class Welcomed(Event):
    """Somebody was let in, and is told the name given and how many others are here."""

    name: str
    others: int

    def __str__(self) -> str:
        company = {0: "Nobody else is here yet.", 1: "1 other person is here."}.get(
            self.others, f"{self.others} others are here."
        )
        return f"{WELCOME}, you are {self.name}. {company} Type /help for help."


@dataclass(frozen=True, slots=True)
class Presence(Event):
    """What happened to a person; told in the lobby, where everyone is."""

    name: str


@dataclass(frozen=True, slots=True)
class Joined(Presence):
    """A connection was accepted and given its name."""

    def __str__(self) -> str:
        return f"server: {self.name} has joined."


@dataclass(frozen=True, slots=True)
class CrowdJoined(Presence):
    """More than MANY_JOINS came at once; one of them is named."""

    others: int

    def __str__(self) -> str:
        return f"server: {self.name} and {self.others} others have joined."


@dataclass(frozen=True, slots=True)
class Quit(Presence):
    """Somebody said that they leave."""

    def __str__(self) -> str:
        return f"server: {self.name} has quit."


@dataclass(frozen=True, slots=True)
class Lost(Presence):
    """A connection ended without a word: closed, reset, timed out or cut off."""

    def __str__(self) -> str:
        return f"server: {self.name} has lost its connection."


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """What the server has to say, to everyone or to one session."""

    text: str

    def __str__(self) -> str:
        return f"server: {self.text}"


@dataclass(frozen=True, slots=True)
class Missed(Event):
    """A session fell so far behind that this many lines were forgotten before it read them."""

    lines: int

    def __str__(self) -> str:
        return f"server: You missed {self.lines} {'line' if self.lines == 1 else 'lines'}."
