"""Answers: events for one session only."""

from __future__ import annotations

from chatsvc.events.event import Event, event


@event
class Notice(Event):
    """A message from the server, to everyone or to one session.

    room: the name of the room that it is about; empty for none.
    """

    text: str
    room: str = ""

    def __str__(self) -> str:
        return f"server: {self.text}"


@event
class Invited(Notice):
    """Somebody invites this person to a room.

    name: of the inviting person.
    to: the name of the room.
    """

    name: str = ""
    to: str = ""


@event
class Knocked(Notice):
    """Somebody asks to be invited to a room.

    name: of the asking person.
    to: the name of the room.
    why: their words; empty for none.
    """

    name: str = ""
    to: str = ""
    why: str = ""


@event
class OwnSession(Notice):
    """One of the person's own connections, or a token that takes the place of a login.

    key: the key that `/sessions end` takes.
    kind: text, JSON, IRC or web; or a token: token, with which a program comes back; sign-in, of a
        browser; or API token.
    label: the name of an API token; empty for none.
    address: where the connection comes from; empty if unknown.
    since: when it was made, in UTC (ISO 8601); empty if unknown.
    used: when it was heard from last, or the token was used last, to within a day; as `since`.
    is_this: whether it is the connection that asks.
    """

    key: str = ""
    kind: str = ""
    label: str = ""
    address: str = ""
    since: str = ""
    used: str = ""
    is_this: bool = False


@event
class Admitted(Notice):
    """The session is in a room from now on, and reads it."""


@event
class Dismissed(Notice):
    """The session is no longer in a room."""


@event
class MarkedRead(Event):
    """The person has read up to a time; told only to programs that ask for it.

    room: the name of the room; or of a person, after an @.
    until: that time, in UTC (ISO 8601).
    """

    room: str
    until: str

    def __str__(self) -> str:
        return f"server: You have read {self.room} up to {self.until}."


@event
class Refused(Event):
    """A request was refused.

    text: the reason, for people.
    code: the reason, for programs.
    field: the wrong field of the request; empty for none.
    nonce: of the request; empty for none.
    """

    text: str
    code: str
    field: str
    nonce: str

    def __str__(self) -> str:
        return f"server: {self.text}"


@event
class Paced(Event):
    """The pace of the session: a burst of lines at once, then `rate` lines a second."""

    burst: int
    rate: float

    def __str__(self) -> str:
        lines = "1 line" if self.burst == 1 else f"{self.burst} lines"
        return f"server: You may send {lines} at once, then {self.rate:g} a second."


@event
class Resumable(Event):
    """The session has a token, with which another connection can resume its place.

    seen: the id up to which everything was told.
    """

    token: str
    seen: int

    def __str__(self) -> str:
        return f"server: Your token is {self.token}."


@event
class Resumed(Resumable):
    """The session was resumed, and reads on after `seen`.

    name: its name.
    rooms: its rooms.
    missing: the number of rooms with events since then that are lost for good.
    restarted: whether the server was restarted, so that earlier presence is unknown.
    left: the rooms that it was removed from, or has left by another connection.
    """

    name: str
    rooms: tuple[str, ...]
    missing: int
    restarted: bool = False
    left: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"server: You are {self.name} again. Your token is {self.token}."


@event
class Done(Event):
    """A request with a nonce is done; all its answers were told."""

    nonce: str

    def __str__(self) -> str:
        return f"server: Done ({self.nonce})."
