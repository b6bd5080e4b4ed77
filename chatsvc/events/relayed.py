"""Relayed messages: IRC clients send them to each other, and people never see them."""

from __future__ import annotations

from chatsvc.events.event import Author, Event, event

NOT_FOR_PEOPLE = b"\0"  # begins the line of an event that people never see


@event
class Relayed(Event):
    """A message from an IRC client to the others in a room, such as a CTCP; it is not stored.

    verb: such as PRIVMSG.
    text: of the message; empty for none.
    tags: of the message, as they are written.
    account: the name of the speaker's account; empty for guests.
    """

    speaker: str
    room: str
    verb: str
    text: str
    tags: str
    account: str = ""

    @property
    def author(self) -> Author:
        """The person whose client has sent it."""
        return Author(self.speaker, self.account)

    def __str__(self) -> str:
        return f"\0{self.tags} {self.text}"  # as long as what clients are sent


@event
class Noted(Event):
    """A change of a person, for IRC clients with some capability; it is not stored.

    account: the name of the person's account; empty for guests.
    cap: the capability.
    change: the verb of the message, and what follows it.
    number: identifies the change; the same in all rooms.
    """

    name: str
    account: str
    cap: str
    change: str
    number: int

    @property
    def author(self) -> Author:
        """The person: people who ignore them are not told of the change."""
        return Author(self.name, self.account)

    def __str__(self) -> str:
        return f"\0{self.change}"


@event
class Ranked(Event):
    """A change of a person's role in a room, by a login or logout, for IRC clients.

    change: the change of the channel's modes, as IRC has it.
    """

    room: str
    change: str

    def __str__(self) -> str:
        return f"\0{self.change}"


@event
class Elsewhere(Event):
    """An event about a person, for the readers of a room who do not read the lobby.

    number: as in `Noted`.
    """

    what: Event
    number: int

    @property
    def author(self) -> Author:
        """The author of the words in it."""
        return self.what.author

    def without_words(self) -> Event | None:
        """The same event without the author's words."""
        left = self.what.without_words()
        return None if left is None else Elsewhere(left, self.number)

    def __str__(self) -> str:
        return f"\0{self.what}"
