"""Programs: commands for them only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.command.command import command
from chatsvc.command.parameter import HERE, RoomName
from chatsvc.command.typed import do
from chatsvc.errors import ChatError, Misused

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session

SHORTEST, LONGEST = 10, 600  # seconds of silence before a connection can be given up


@command("ping", is_outside=True, who="programs")
def ping(chat: Chat, session: Session, silence: str = "") -> None:
    """Check that the server is there: with a nonce, it answers.

    With a number of seconds (silence), the server gives up this connection after so long without a
    byte from it.
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
    """Do what a typed line does: a command that begins with a slash, or something to say.

    With a room, it is typed in that room; with a username, in a conversation with that person
    alone, where commands for rooms have to name one.
    """
    session.typed_in = room or (username and f"@{username}")
    do(chat, session, line, "programs")


@command("resume", who="programs")
def resume(chat: Chat, session: Session, token: str = "", silence: str = "") -> None:
    """Get a token, with which another connection can resume this place.

    With an earlier token, or one of the program's own, it is the first request. For silence, see
    /ping.
    """
    if token:
        raise ChatError("It is too late for that: it has to come straight after /json.")
    ping(chat, session, silence)
    chat.tokens.grant(session)
