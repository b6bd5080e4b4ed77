"""Presence: people come, go, and change names; and lists of people."""

from __future__ import annotations

from dataclasses import replace

from chatsvc.events.event import NOBODY, PREFIX, Author, Event, NameOnly, Reasoned, because, event

MANY_JOINS = 20  # joins in a row; more are told in one line
NAMES_WIDTH = 68  # characters in a line of names, which fits into a terminal
MISSED = "To see what was said while you were away, type /since."  # a notice, after a login
WELCOME = f"{PREFIX}Welcome"  # begins the first line to everybody who is let in


@event
class Welcomed(Event):
    """The session was let in.

    name: its name.
    others: the number of other people here.
    rooms: its rooms; none if it has to log in first.
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
    """The session has logged in: its name and rooms from now on."""

    name: str
    rooms: tuple[str, ...]

    def __str__(self) -> str:
        return f"server: You are {self.name}."


@event
class LoggedOut(LoggedIn):
    """The session has logged out, and is a guest's again."""

    def __str__(self) -> str:
        return f"server: You are {self.name}, and not logged in any more."


@event
class Presence(Event):
    """A change of a person's presence, told in the lobby, where everyone is."""

    name: str


@event
class Joined(Presence):
    """A connection was accepted and given its name, or somebody came back to an account.

    account: the name of the account; empty for guests.
    """

    account: str = ""

    @property
    def author(self) -> Author:
        """The person who joins: some doors show more texts of theirs than the name."""
        return NOBODY if isinstance(self.name, NameOnly) else Author(self.name, self.account)

    def without_words(self) -> Event:
        """The event with the name only."""
        return replace(self, name=NameOnly(self.name))

    def __str__(self) -> str:
        return f"server: {self.name} has joined."


@event
class CrowdJoined(Presence):
    """More than MANY_JOINS people joined at once; one of them is named."""

    others: int

    def __str__(self) -> str:
        return f"server: {self.name} and {self.others} others have joined."


@event
class Quit(Reasoned, Presence):
    """Somebody left with /quit.

    why: the reason; empty for none.
    """

    why: str = ""

    def __str__(self) -> str:
        return f"server: {self.name} has quit{because(self.why)}"


@event
class Lost(Presence):
    """A connection ended without /quit: closed, reset, timed out or cut off."""

    def __str__(self) -> str:
        return f"server: {self.name} has lost its connection."


@event
class Renamed(Presence):
    """Somebody has changed names.

    account: the name of the account, to which they may just have logged in; empty for guests.
    """

    new: str
    account: str = ""

    @property
    def author(self) -> Author:
        """The author of the new name."""
        return Author(self.new)

    def __str__(self) -> str:
        return f"server: {self.name} is now known as {self.new}."


@event
class Merged(Renamed):
    """A guest has logged in as somebody who is here already; both are one person from now on."""

    def without_words(self) -> Event:
        """That the guest is gone, as there is no other way to learn of it."""
        return Quit(self.name)

    def __str__(self) -> str:
        return f"server: {self.name} has logged in as {self.new}."


@event
class Away(Presence):
    """Somebody is away, or is back; told only to clients that ask for it.

    why: the reason; empty if they are back.
    """

    why: str


@event
class Identified(Presence):
    """Somebody owns an account from now on, or none; told only to clients that ask for it.

    former: the name of the account that it was before; empty for none.
    """

    former: str = ""


@event
class Watched(Event):
    """Somebody whom the session watches has come or gone.

    here: whether somebody has the name now.
    """

    name: str
    here: bool

    def __str__(self) -> str:
        return f"server: {self.name}, whom you watch, {'is here' if self.here else 'has gone'}."


@event
class Listed(Event):
    """The names of some people.

    where: where they are, or what they have in common, in words.
    room: the room whose people are listed; empty for none.
    more: the number of people left out.
    topic: of the room; empty for none.
    operators, owners, moderators: the ones of the first 1000 names with that highest role.
    away: the ones of these who are away, or have lost their connection.
    """

    names: tuple[str, ...]
    where: str
    room: str
    more: int
    topic: str = ""
    operators: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    away: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """How many there are, and where."""
        number = len(self.names) + self.more
        are = "1 user is" if number == 1 else f"{number} users are"
        return f"{PREFIX}{are} {self.where}"

    def __str__(self) -> str:
        rows = [""]
        for name in self.names:
            if rows[-1] and len(rows[-1]) + len(name) > NAMES_WIDTH:
                rows.append("")
            rows[-1] += f", {name}" if rows[-1] else name
        if len(rows) == 1:
            return f"{self.title}: {rows[0]}" if self.names else f"{self.title}."
        more = [f"and {self.more} more"] if self.more else []
        return "\nserver:   ".join([f"{self.title}:", *rows, *more])
