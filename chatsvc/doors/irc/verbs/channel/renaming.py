"""RENAME: another name for a channel (https://ircv3.net/specs/extensions/channel-rename)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.rooms import NameTaken
from chatsvc.chat.rooms.settings import WHY_LENGTH
from chatsvc.doors.irc.codec.formatting import plain
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import LIST_COST, entered, shown
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message


@verb("RENAME", least=2, cost=LIST_COST)
def rename(client: Client, message: Message) -> MaybeCoroutine:
    """Give a channel another name (draft/channel-rename)."""
    old, new, *why = message.params
    room = entered(client, old)
    if room is None:
        return None
    if client.chat.standing.role_of(room, client.user) < Role.OWNER:
        client.say("482", room.name, "Only the owner can rename the channel")
        return None
    if new[:1] != "#":
        client.fail("RENAME", "CANNOT_RENAME", room.name, shown(new), "Names begin with #")
        return None
    return _rename(client, room, new, plain(" ".join(why))[:WHY_LENGTH])


async def _rename(client: Client, room: NamedRoom, new: str, why: str) -> None:
    old = room.name
    client.hush()
    try:
        await client.chat.settings.rename(room, client.user, new, why)
    except ChatError as error:
        code = "CHANNEL_NAME_IN_USE" if isinstance(error, NameTaken) else "CANNOT_RENAME"
        client.fail("RENAME", code, old, shown(new), str(error))
