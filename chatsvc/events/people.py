"""Who comes, goes, and is here."""

from __future__ import annotations

from dataclasses import replace

from chatsvc.events.event import PREFIX, Author, Event, because, event

MANY_JOINS = 20  # more than so many in a row are told in one line
NAMES_WIDTH = 68  # characters in a line of names, so that it fits a terminal
WELCOME = f"{PREFIX}Welcome"  # how the first line begins for all who are let in


@event
class Welcomed(Event):
    """Somebody was let in, and is told the name given and how many others are here.

    rooms: in which one is; none where one has to log in first.
    """

    name: str
    others: int
    rooms: tuple[str, ...]

    def __str__(self) -> str:
        company = {0: "Nobody else is here yet.", 1: "1 other person is here."}.get(
            self.others, f"{self.others} others are here."
        )
        return f"{WELCOME}, you are {self.name}. {company} Type /help for help."


@event
class LoggedIn(Event):
    """A session has logged in, and is told the name and the rooms that it has by that."""

    name: str
    rooms: tuple[str, ...]

    def __str__(self) -> str:
        return f"server: You are {self.name}."


@event
class LoggedOut(LoggedIn):
    """A session is a guest's again."""

    def __str__(self) -> str:
        return f"server: You are {self.name}, and not logged in any more."


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
    """Somebody said that they leave.

    why: the reason; empty if none was given.
    """

    why: str = ""

    @property
    def author(self) -> Author:
        """Whoever has given the reason."""
        return Author(self.name if self.why else "")

    def without_words(self) -> Event:
        """That somebody leaves, as there is no other way to learn of it; without the reason."""
        return replace(self, why="")

    def __str__(self) -> str:
        return f"server: {self.name} has quit{because(self.why)}"


@event
class Lost(Presence):
    """A connection ended without a word: closed, reset, timed out or cut off."""

    def __str__(self) -> str:
        return f"server: {self.name} has lost its connection."


@event
class Renamed(Presence):
    """Somebody has chosen a name."""

    new: str

    @property
    def author(self) -> Author:
        """Whoever has chosen the name."""
        return Author(self.new)

    def __str__(self) -> str:
        return f"server: {self.name} is now known as {self.new}."


@event
class Away(Presence):
    """Somebody is away, or is back; told only to those whose clients ask for that.

    why: the reason; empty if they are back.
    """

    why: str


@event
class Identified(Presence):
    """Somebody is the owner of an account from now on, or of none; told to the same."""


@event
class Listed(Event):
    """The names of some people.

    where: they are, or what of them.
    room: in which they are; empty if that is not what they have in common.
    more: how many there are besides.
    """

    names: tuple[str, ...]
    where: str
    room: str
    more: int

    def __str__(self) -> str:
        number = len(self.names) + self.more
        title = (
            f"server: 1 user is {self.where}"
            if number == 1
            else f"server: {number} users are {self.where}"
        )
        rows = [""]
        for name in self.names:
            if rows[-1] and len(rows[-1]) + len(name) > NAMES_WIDTH:
                rows.append("")
            rows[-1] += f", {name}" if rows[-1] else name
        if len(rows) == 1:
            return f"{title}: {rows[0]}" if number else f"{title}."
        more = [f"and {self.more} more"] if self.more else []
        return "\nserver:   ".join([f"{title}:", *rows, *more])
