"""STATUSMSG: messages to those in a channel who have a rank there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import NO_CTCP
from chatsvc.doors.irc.codec import ctcp
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.verbs.speech.saying import refuse
from chatsvc.errors import ChatError
from chatsvc.events.answers import Notice

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client

LOOKED_AT_ONCE = 1000  # people in a room whose marks are looked up in one turn


def is_for_some(target: str) -> bool:
    """Whether a target is those in a channel who have a rank."""
    return target[:2] in ("@#", "+#")


async def say_to_some(client: Client, command: str, target: str, text: str) -> None:
    """Say something to those in a channel who keep order there (@), or have voice, too (+).

    text: empty for tags alone; other doors show neither these nor a CTCP other than ACTION.
    """
    chat, user = client.chat, client.user
    room = chat.rooms.get(target[1:])
    done = ctcp.done_in(text)
    is_for_clients = text[:1] in ("", ctcp.MARK) and done is None
    why: ChatError | str = ""
    if room is None or not chat.rooms.is_in(room, user):
        why = "+n"
    elif text and is_for_clients and NO_CTCP in room.flags:
        why = "+C"
    else:
        try:
            chat.speaking.check(room, user)
        except ChatError as error:
            why = error
    if room is None or why:
        refuse(client, shown(target), why, command == "NOTICE")
        return
    least = Role.MODERATOR if target[0] == "@" else Role.PARTICIPANT
    what = f"{command} {target[0]}{room.name}{f' :{text}' if text else ''}"
    said = text if done is None else f"* {user.name} {done}"
    told = Notice(f"{user.name} to those who keep order: {said}", room.name)
    tags = client.tags
    async for other in chat.turns.slowly(list(room.occupants), LOOKED_AT_ONCE):
        marks = chat.standing.marks(room, other)
        if other is not user and (not marks or marks[0] < least or ignores(other, user)):
            continue
        for session in other.sessions:
            each = client.door.clients.get(session)
            if each is None:
                if not is_for_clients:
                    chat.delivery.tell(session, told)
            elif each is not client and (text or "message-tags" in each.caps):
                each.inform_of(user, what, tags)
    if "echo-message" in client.caps and (text or "message-tags" in client.caps):
        client.tell_own(what, tags)
