"""Asking who is here, and who somebody is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.moderation.targets import MASK_LENGTH
from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.wording import channel_lists
from chatsvc.doors.irc.wording.metadata import CAP, EVERYBODY, shown_to
from chatsvc.doors.irc.wording.people import (
    account_name,
    host,
    prefix,
    realname,
    source_of,
    username,
)
from chatsvc.text.masks import pattern
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

COST = 5
MOST_FOUND = 500  # people in one answer
TOLD_AT_ONCE = 40  # of these in one turn
SEEN_AT_ONCE = 200  # people whose names are compared with a mask in one turn
WHOX_FIELDS = "tcuihsnfdlaor"  # in the order in which they are told


@verb("WHO", cost=COST)
def who(client: Client, message: Message) -> MaybeCoroutine:
    """List the people in a channel, or those whose names match a mask (also WHOX)."""
    mask = message.params[0] if message.params else "*"
    return _who(client, mask, message.params[1] if len(message.params) > 1 else "")


async def _who(client: Client, mask: str, fields: str) -> None:
    chat = client.chat
    number = 0
    flags, percent, wanted = fields.partition("%")
    async for room, user in _found(client, mask, "o" in flags):
        if percent:
            client.tell(_whox(client, wanted, room, user))
        else:
            name = room.name if room is not None else "*"
            where = (username(user), host(chat, user), client.door.name)
            marks = _flags(client, room, user)
            client.say("352", name, *where, user.name, marks, f"0 {_realname(client, user)}")
        number += 1
        if number == MOST_FOUND:
            break
        if number % TOLD_AT_ONCE == 0:
            await chat.turns.pause()
            if client.session.has_left:
                return
    client.say("315", shown(mask), "End of WHO list")


async def _found(
    client: Client, mask: str, are_operators: bool
) -> AsyncIterator[tuple[NamedRoom | None, User]]:
    """The people that a mask means, each with a channel in which they are.

    are_operators: whether only operators are meant.
    """
    chat = client.chat
    is_operator = chat.standing.is_operator
    shared = [
        room
        for room in chat.rooms.of(client.user)
        if client.user in room.occupants or room is chat.lobby
    ]
    if mask[:1] == "#":
        room = chat.rooms.get(mask)
        if room is None or not chat.rooms.is_seen(room, client.user):
            return
        if are_operators:  # who are few, and may be anywhere in it
            async for user in _everybody(client):
                if is_operator(user) and channel_lists.is_in(client, room, user):
                    yield room, user
            return
        for user in channel_lists.people_in(client, room, MOST_FOUND):
            yield room, user
        return
    named = chat.users.get(mask)
    if named is not None:
        if is_operator(named) or not are_operators:
            yield _shared(client, shared, named), named
    elif "*" in mask or "?" in mask:
        wanted = pattern(mask[:MASK_LENGTH])
        async for user in _everybody(client):
            if are_operators and not is_operator(user):
                continue
            if wanted.fullmatch(folded(user.name)):
                room = _shared(client, shared, user)
                if room is not None or user is client.user or not _is_hidden(client, user):
                    yield room, user


def _everybody(client: Client) -> AsyncIterator[User]:
    return client.slowly(list(client.chat.users.values()), SEEN_AT_ONCE)


def _is_hidden(client: Client, user: User) -> bool:
    """Whether somebody does not want to be found by a mask, except in a channel."""
    clients = [client.door.clients.get(session) for session in user.sessions]
    return any(each is not None and "i" in each.modes for each in clients)


def _shared(client: Client, rooms: Iterable[NamedRoom], user: User) -> NamedRoom | None:
    """The first of some rooms in which somebody is."""
    return next((room for room in rooms if channel_lists.is_in(client, room, user)), None)


def _flags(client: Client, room: NamedRoom | None, user: User) -> str:
    flags = "G" if user.away is not None else "H"
    if client.chat.standing.is_operator(user):
        flags += "*"
    if "B" in client.door.modes_of(user):
        flags += "B"
    if room is not None:
        flags += prefix(client.chat, room, user, client.caps)
    return flags


def _whox(client: Client, fields: str, room: NamedRoom | None, user: User) -> str:
    wanted, _, token = fields.partition(",")
    values = {
        "t": token[:3] or "0",
        "c": room.name if room is not None else "*",
        "u": username(user),
        "i": "255.255.255.255",
        "h": host(client.chat, user),
        "s": client.door.name,
        "n": user.name,
        "f": _flags(client, room, user),
        "d": "0",
        "l": "0",
        "a": account_name(user) or "0",
        "o": "n/a",
        "r": f":{_realname(client, user)}",
    }
    told = [values[field] for field in WHOX_FIELDS if field in wanted]
    return " ".join([f":{client.door.name} 354 {client.nick}", *told])


def _realname(client: Client, user: User) -> str:
    """The real name of somebody; for a client whose owner ignores them, the name."""
    return user.name if ignores(client.user, user) else realname(user)


@verb("WHOIS", least=1, cost=2)
def whois(client: Client, message: Message) -> None:
    """Show who somebody is."""
    nick = message.params[-1].split(",")[0]
    user = client.chat.users.get(nick)
    if user is None:
        client.say("401", shown(nick), "No such nick")
        client.say("318", shown(nick), "End of /WHOIS list")
        return
    chat, name = client.chat, user.name
    client.say("311", name, username(user), host(chat, user), "*", _realname(client, user))
    channels = _channels(client, user)
    if channels:
        client.say("319", name, " ".join(channels))
    client.say("312", name, client.door.name, "chatsvc")
    if chat.standing.is_operator(user):
        client.say("313", name, "is an operator of this server")
    if "B" in client.door.modes_of(user):
        client.say("335", name, f"is a bot on {client.door.name}")
    client.say_away(user)
    if user is client.user or chat.standing.is_operator(client.user):
        addresses = dict.fromkeys([each.address or "an unknown address" for each in user.sessions])
        client.say("378", name, f"is connecting from {', '.join(addresses) or 'nowhere just now'}")
    if user.account is not None:
        client.say("330", name, user.account.name, "is logged in as")
    if user.sessions and all(each.connection.is_private for each in user.sessions):
        client.say("671", name, "is using a secure connection")
    if CAP in client.caps:
        for key, value in sorted(shown_to(client, user).items()):
            client.say("760", name, key, EVERYBODY, value)
    client.say("318", name, "End of /WHOIS list")


def _channels(client: Client, user: User) -> list[str]:
    chat = client.chat
    is_hidden = "i" in client.door.modes_of(user) and user is not client.user
    return [
        prefix(chat, room, user, client.caps) + room.name
        for room in channel_lists.rooms_of(client, user)
        if chat.rooms.is_seen(room, client.user)
        and (not is_hidden or channel_lists.is_in(client, room, client.user))
    ]


@verb("WHOWAS", cost=2)
def whowas(client: Client, message: Message) -> None:
    """Show who somebody was who has left."""
    nick = message.params[0] if message.params else ""
    if not nick:
        client.say("431", "No nickname given")
        return
    text = message.params[1] if len(message.params) > 1 else ""
    most = int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 9 else 0
    found = client.door.gone.of(nick)
    for each in found[: most or len(found)]:
        is_ignored = client.user.ignored.find(each.keys) is not None
        realname = each.name if is_ignored else each.realname
        client.say("314", each.name, each.username, each.host, "*", realname)
        client.say("312", each.name, client.door.name, each.when)
    if not found:
        client.say("406", shown(nick), "There was no such nickname")
    client.say("369", shown(nick), "End of WHOWAS")


@verb("USERHOST", least=1)
def userhost(client: Client, message: Message) -> None:
    """Show the hosts of up to five people, and whether they are away."""
    found = []
    for nick in message.params[:5]:
        user = client.chat.users.get(nick)
        if user is not None:
            star = "*" if client.chat.standing.is_operator(user) else ""
            away = "-" if user.away is not None else "+"
            found.append(
                f"{user.name}{star}={away}{source_of(client.chat, user).partition('!')[2]}"
            )
    client.say("302", " ".join(found))


@verb("ISON", least=1)
def ison(client: Client, message: Message) -> None:
    """Show which of some people are here."""
    nicks = " ".join(message.params).split()
    found = [user.name for nick in nicks if (user := client.chat.users.get(nick)) is not None]
    client.say("303", " ".join(found))
