"""What only the one who asked is told."""

from __future__ import annotations

from chatsvc.events.event import Event, event


@event
class Notice(Event):
    """What the server has to say, to everyone or to one session.

    room: the name of the room that it is about; empty if it is about none.
    """

    text: str
    room: str = ""

    def __str__(self) -> str:
        return f"server: {self.text}"


@event
class Admitted(Notice):
    """A session is in a room from now on, and reads what is said there."""


@event
class Dismissed(Notice):
    """A session is in a room no longer."""


@event
class Refused(Event):
    """Something that a session asked for cannot be had.

    text: why, for people.
    code: why, for programs.
    field: what was wrong of what was asked; empty if that cannot be told.
    nonce: by which the session knows what it has asked; empty if it did not give one.
    """

    text: str
    code: str
    field: str
    nonce: str

    def __str__(self) -> str:
        return f"server: {self.text}"


@event
class Paced(Event):
    """How fast a session may send: a burst of lines at once, then so many a second."""

    burst: int
    rate: float

    def __str__(self) -> str:
        return f"server: You may send {self.burst} lines at once, then {self.rate:g} a second."


@event
class Resumable(Event):
    """A session was given a token, with which it can be resumed on another connection.

    seen: the id up to which it has been told what there was.
    """

    token: str
    seen: int

    def __str__(self) -> str:
        return f"server: Your token is {self.token}."


@event
class Resumed(Resumable):
    """A session goes on behind that id.

    name: that it has.
    rooms: in which it is.
    missing: in how many of them not all is known any more that has happened since.
    """

    name: str
    rooms: tuple[str, ...]
    missing: int

    def __str__(self) -> str:
        return f"server: You are {self.name} again. Your token is {self.token}."


@event
class Done(Event):
    """Something that a session asked for, and gave a nonce, is done; what it was told is before."""

    nonce: str

    def __str__(self) -> str:
        return f"server: Done ({self.nonce})."
