"""Programs: commands for them only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.command.command import LONG, command
from chatsvc.command.parameter import HERE, HERE_ALONE, RoomName, RoomOrPerson
from chatsvc.command.typed import do
from chatsvc.errors import ChatError, Misused
from chatsvc.text.names import check_characters
from chatsvc.text.times import moment

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


@command("markread", who="programs")
def mark_read(
    chat: Chat, session: Session, room: RoomOrPerson = HERE_ALONE, until: str = ""
) -> None:
    """Note up to which time you have read a room, or the messages of somebody; or ask for that.

    With a time (until), such as the `at` of a message, your other devices are told. Without one,
    you are told how far you have read there, or without a room everywhere; and from then on,
    whenever you read on another device.
    """
    target = room.removeprefix("@")
    if not until:
        session.connection.charge(LONG - 1, f"markread without a time counts as {LONG}")
        chat.read_markers.show(session, target)
        return
    if room[:1] == "#":
        target = chat.rooms.entered(room, session.user).name
    elif target:
        check_characters(target)
    else:
        raise Misused("Which room was read?", "room")
    try:
        at = moment(until)
    except (ValueError, OverflowError):
        raise Misused("A time is like 2026-11-25T21:03:00.123Z.", "until") from None
    chat.read_markers.mark(session, target, min(at, chat.clock.now()))
