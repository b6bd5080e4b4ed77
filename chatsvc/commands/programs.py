"""What programs ask for."""

from __future__ import annotations

from chatsvc.chat.errors import ChatError
from chatsvc.chat.sessions import Session
from chatsvc.command import command


@command("ping", is_outside=True, who="programs")
def ping(session: Session) -> None:
    """See whether the server is there: with a nonce, that is answered."""


@command("resume", who="programs")
def resume(session: Session, token: str = "") -> None:
    """Have a token, with which this place can be had again when the connection is lost.

    With that token and with the id up to which all was seen, it is what is asked for first.
    """
    if token:
        raise ChatError("It is too late for that: it comes straight behind /json.")
    session.chat.resumption.give(session)
