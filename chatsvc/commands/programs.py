"""What programs ask for."""

from __future__ import annotations

from chatsvc.chat.errors import ChatError
from chatsvc.chat.events import Resumable
from chatsvc.chat.sessions import Session
from chatsvc.command import Place, command, do


@command("ping", is_outside=True, who="programs")
def ping(session: Session) -> None:
    """See whether the server is there: with a nonce, that is answered."""


@command("type", is_outside=True, who="programs")
def type_line(session: Session, room: Place, line: str) -> None:
    """Do what a person types: a command that begins with a slash, or something to say.

    With a room, it is typed where one speaks in that.
    """
    if room:
        session.room = session.chat.rooms.entered(room, session.user)
    do(session, line, "programs")


@command("resume", who="programs")
def resume(session: Session, token: str = "") -> None:
    """Have a token, with which this place can be had again when the connection is lost.

    With that token and with the id up to which all was seen, it is what is asked for first.
    """
    if token:
        raise ChatError("It is too late for that: it comes straight behind /json.")
    chat = session.chat
    token = chat.resumption.give(session)
    chat.delivery.tell(session, Resumable(token, chat.delivery.last_id))
