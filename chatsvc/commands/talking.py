"""Talking: to everyone, in a room, or to one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chatsvc.command.command import LONG, command
from chatsvc.command.parameter import Message, RoomName
from chatsvc.errors import SHOWN, ChatError
from chatsvc.events.speech import (
    DIRECT_KINDS,
    DIRECTLY,
    KINDS,
    MOST_REACTED,
    Acted,
    DirectlyActed,
    Reacted,
    Redacted,
    Said,
    Unreacted,
)
from chatsvc.text import numbers

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import MaybeCoroutine, Session


@command("bc")
def bc(chat: Chat, session: Session, message: Message) -> None:
    """Say something to everyone."""
    chat.speaking.say(chat.lobby, session, Said, message)


@command("here")
def here(chat: Chat, session: Session, message: Message) -> MaybeCoroutine:
    """Say something in the room you joined or spoke in last, at first to everyone.

    A line without a slash does the same, even after a /dm. To say a line that begins with a slash,
    type two.
    """
    if session.person:
        return chat.direct.write_to(session, session.person, message)
    chat.speaking.say(chat.rooms.here(session, "said"), session, Said, message)
    return None


@command("say")
def say(chat: Chat, session: Session, room: RoomName, message: Message) -> None:
    """Say something in a room.

    From then on, lines without a slash are said there, too.
    """
    entered = chat.rooms.entered(room, session.user)
    chat.rooms.turn_to(entered, session)
    chat.speaking.say(entered, session, Said, message)


@command("me")
def act(chat: Chat, session: Session, message: Message) -> MaybeCoroutine:
    """Say what you do, in the room you joined or spoke in last."""
    if session.person:
        return chat.direct.write_to(session, session.person, message, DirectlyActed)
    chat.speaking.say(chat.rooms.here(session, "said"), session, Acted, message)
    return None


@command("dm", "msg")
def dm(chat: Chat, session: Session, username: str, message: Message) -> MaybeCoroutine:
    """Send a direct message to one person.

    Only that person sees it. If both of you have an account, it waits up to 30 days for somebody
    who is not here, and /history @name finds it later.
    """
    return chat.direct.write_to(session, username, message)


@command("dms", cost=LONG)
def dms(chat: Chat, session: Session, who: Literal["all", "accounts", ""] = "") -> None:
    """Show or set who can write to you, or invite you: all, or only people who have logged in.

    Guests can still answer you, until somebody else writes to them.
    """
    if who:
        chat.direct.refuse_guests(session.user, who == "accounts")
    can = "Only those who have logged in" if session.user.refuses_guests else "Everybody"
    session.tell(f"{can} can send you direct messages.")


@command("reply", "r")
def reply(chat: Chat, session: Session, message: Message) -> MaybeCoroutine:
    """Answer the last direct message that you got.

    If somebody else has written to you since your last answer, it tells you so once, and sends
    nothing.
    """
    if session.person:
        return chat.direct.write_to(session, session.person, message)
    return chat.direct.write(session, session.user.correspondent(), message)


@command("answer")
async def answer(chat: Chat, session: Session, number: str, message: Message) -> None:
    """Answer a message by its number, which /history shows, in the place where it was said."""
    await _answer(chat, session, number, Said, message)


@command("react")
async def react(chat: Chat, session: Session, number: str, message: Message) -> None:
    """React to a message by its number, in at most 32 characters, such as an emoji."""
    await _answer(chat, session, number, Reacted, message)


@command("unreact")
async def unreact(chat: Chat, session: Session, number: str, message: Message) -> None:
    """Take a reaction back."""
    await _answer(chat, session, number, Unreacted, message)


async def _answer(
    chat: Chat, session: Session, number: str, kind: type[Said | Reacted], text: str
) -> None:
    if issubclass(kind, Reacted) and (len(text) > MOST_REACTED or "\n" in text):
        raise ChatError(f"A reaction has at most {MOST_REACTED} characters.")
    user, entry_id = session.user, numbers.number(number) or 0
    room = None
    found = chat.pairs.find(user, entry_id)
    if found is None and (said := await chat.recall.find(entry_id)) is not None:
        room = chat.rooms.by_key(said.room)
        if room is not None and chat.rooms.is_in(room, user):
            found = room.name, KINDS[said.kind]
        elif (name := chat.conversations.other_in(user, said.room)) is not None:
            found = name, DIRECT_KINDS[said.kind]
    if found is None:
        raise ChatError(f'Nothing that you can read has the number "{number[:SHOWN]}".')
    name, answered = found
    if issubclass(answered, Redacted | Reacted):
        raise ChatError("That is no message.")
    if room is not None:
        chat.speaking.say(room, session, kind, text, entry_id)
    elif doing := chat.direct.write_to(session, name, text, DIRECTLY[kind], entry_id):
        await doing
