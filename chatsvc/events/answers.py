"""Events for the session that asked only."""

from __future__ import annotations

from chatsvc.events.event import Event, event


@event
class Notice(Event):
    """A message of the server, to everyone or to one session.

    room: the name of the room that it is about; empty for none.
    """

    text: str
    room: str = ""

    def __str__(self) -> str:
        return f"server: {self.text}"


@event
class Invited(Notice):
    """Somebody invites this person.

    name: of whoever does.
    to: the name of the room.
    """

    name: str = ""
    to: str = ""


@event
class Knocked(Notice):
    """Somebody asks to be invited.

    name: of whoever does.
    to: the name of the room.
    why: their words; empty for none.
    """

    name: str = ""
    to: str = ""
    why: str = ""


@event
class Admitted(Notice):
    """A session is in a room from now on, and reads it."""


@event
class Dismissed(Notice):
    """A session is no longer in a room."""


@event
class Refused(Event):
    """A request was refused.

    text: the reason, for people.
    code: the reason, for programs.
    field: the field of the request that was wrong; empty if none is known.
    nonce: the request's; empty if it had none.
    """

    text: str
    code: str
    field: str
    nonce: str

    def __str__(self) -> str:
        return f"server: {self.text}"


@event
class Paced(Event):
    """The pace of a session: a burst of lines at once, then `rate` lines a second."""

    burst: int
    rate: float

    def __str__(self) -> str:
        return f"server: You may send {self.burst} lines at once, then {self.rate:g} a second."


@event
class Resumable(Event):
    """A session got a token, with which another connection can resume it.

    seen: the id up to which it has been told everything.
    """

    token: str
    seen: int

    def __str__(self) -> str:
        return f"server: Your token is {self.token}."


@event
class Resumed(Resumable):
    """A session was resumed, and reads on after `seen`.

    name: its name.
    rooms: its rooms.
    missing: the number of these with events since then that nobody has any more.
    restarted: whether the server was restarted: it does not know who came and went before.
    """

    name: str
    rooms: tuple[str, ...]
    missing: int
    restarted: bool = False

    def __str__(self) -> str:
        return f"server: You are {self.name} again. Your token is {self.token}."


@event
class Done(Event):
    """A request with a nonce is done; its answers came before."""

    nonce: str

    def __str__(self) -> str:
        return f"server: Done ({self.nonce})."
