"""Programs: what they ask for."""

from __future__ import annotations

from chatsvc.chat.chat import Chat
from chatsvc.chat.people.user import Session
from chatsvc.command import command, do
from chatsvc.errors import ChatError, Misused
from chatsvc.parameter import HERE, RoomName

SHORTEST, LONGEST = 10, 600  # seconds of silence after which a connection can be given up


@command("ping", is_outside=True, who="programs")
def ping(chat: Chat, session: Session, silence: str = "") -> None:
    """See whether the server is there: with a nonce, that is answered.

    With a number of seconds (silence), the server gives up this connection when nothing comes over
    it for so long.
    """
    if silence:
        is_number = silence.isascii() and silence.isdecimal() and len(silence) <= len(str(LONGEST))
        if not (is_number and SHORTEST <= int(silence) <= LONGEST):
            raise Misused(f"Silence is {SHORTEST} to {LONGEST} whole seconds.", "silence")
        session.connection.give_up_after(int(silence))


@command("type", is_outside=True, who="programs")
def type_line(
    chat: Chat, session: Session, line: str, room: RoomName = HERE, username: str = ""
) -> None:
    """Do what a person types: a command that begins with a slash, or something to say.

    With a room, it is typed where one speaks in that; with a username, where one speaks with that
    person alone, and commands for rooms have to name one.
    """
    session.typed_in = room or (username and f"@{username}")
    do(chat, session, line, "programs")


@command("resume", who="programs")
def resume(chat: Chat, session: Session, token: str = "", silence: str = "") -> None:
    """Have a token, with which this place can be had again when the connection is lost.

    With a token of before, or of one's own, it is what is asked for first. As for silence, see
    /ping.
    """
    if token:
        raise ChatError("It is too late for that: it comes straight behind /json.")
    ping(chat, session, silence)
    chat.tokens.give(session)
