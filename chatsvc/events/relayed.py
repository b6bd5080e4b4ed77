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
