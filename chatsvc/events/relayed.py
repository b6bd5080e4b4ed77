"""What clients of one kind tell each other, which means nothing to others."""

from __future__ import annotations

from chatsvc.events.event import Author, Event, event

NOT_FOR_PEOPLE = b"\0"  # begins the line of what means nothing to people, and is not told to them


@event
class Relayed(Event):
    """Something that clients of IRC tell each other through a room; it is not kept.

    verb: that of the message, as PRIVMSG.
    text: of the message; empty if it has none.
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
        """Whose client has sent it."""
        return Author(self.speaker, self.account)

    def __str__(self) -> str:
        return f"\0{self.tags} {self.text}"  # as long as what clients are told
