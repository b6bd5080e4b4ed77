"""Channels: going into them and out of them, their topics, and who is in them."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar

from chatsvc.chat.moderation.targets import MASK_LENGTH
from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.chat.rooms.joining import MOST_JOINED
from chatsvc.chat.rooms.knocking import TEXT_LENGTH, Open, TooSoon
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import ACCOUNTS_ONLY, TOPIC_LOCKED
from chatsvc.chat.rooms.rooms import Moved
from chatsvc.chat.rooms.settings import TOPIC_LENGTH
from chatsvc.doors.irc.codec.formatting import plain
from chatsvc.doors.irc.sets import shared
from chatsvc.doors.irc.supported.capabilities import RENAME
from chatsvc.doors.irc.supported.isupport import MOST_TARGETS
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.wording import channel_lists, metadata
from chatsvc.doors.irc.wording.alone import enter
from chatsvc.errors import ChatError
from chatsvc.events.event import LOBBY
from chatsvc.text.masks import pattern
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

LIST_COST = 5
AT_ONCE = 3  # channels into which a client goes, or out of them, in one turn
LISTED_AT_ONCE = 100  # channels in one turn
T = TypeVar("T")
_CONDITION = re.compile(r"([CT]?)([<>])([0-9]{1,8})", re.IGNORECASE)
READ_AT_ONCE = 2  # conditions of LIST, each of which may take half a millisecond
MOST_CONDITIONS = 10  # of one LIST


def found(client: Client, name: str) -> NamedRoom | None:
    """The room of that name, if a client may know of it; it is told if there is none."""
    try:
        room = client.chat.rooms.find(name, client.user)
    except ChatError:
        client.say("403", shown(name), "No such channel")
        return None
    return room


def entered(client: Client, name: str) -> NamedRoom | None:
    """The room of that name, if a client is in it; it is told if that is not so."""
    room = found(client, name)
    if room is not None and not channel_lists.is_in(client, room, client.user):
        client.say("442", room.name, "You're not on that channel")
        return None
    return room


def shown(word: str) -> str:
    """A word that a client has sent, as it can stand before the last parameter."""
    return word.replace(" ", "_").lstrip(":")[:60] or "*"


@verb("JOIN", least=1)
def join(client: Client, message: Message) -> MaybeCoroutine:
    """Join channels, or create them."""
    names = message.params[0].split(",")
    keys = message.params[1].split(",") if len(message.params) > 1 else []
    if names == ["0"]:
        rooms = client.chat.rooms.of(client.user)
        others = [room.name for room in rooms if room is not client.chat.lobby]
        return _each(client, others, lambda name: _part(client, name, ""))
    wanted = [(name, key) for name, key in zip_longest(names, keys, fillvalue="") if name]
    return _each(client, wanted, lambda one: _join(client, *one))


def _each(client: Client, things: Sequence[T], do: Callable[[T], object]) -> MaybeCoroutine:
    """Do something with each: with the first few at once, with the others in other turns."""
    for each in things[:AT_ONCE]:
        do(each)
    more = things[AT_ONCE:]
    return _go_on(client, more, do) if more else None


async def _go_on(client: Client, things: Sequence[T], do: Callable[[T], object]) -> None:
    await client.chat.turns.pause()
    async for each in client.slowly(things, AT_ONCE):
        do(each)


def _join(client: Client, name: str, key: str) -> None:
    chat, user = client.chat, client.user
    if name[0] != "#":
        client.say("403", shown(name), "No such channel")
        return
    room = chat.rooms.get(name)
    if room is chat.lobby:
        _join_lobby(client)
        return
    if room is not None and chat.rooms.is_in(room, user):
        return
    problem = _problem(client, room, key)
    if problem is not None:
        client.say(problem[0], shown(name), problem[1])
        return
    client.hush()
    try:
        chat.joining.join(name, client.session, key)
    except Moved as error:
        _tell_moved(client, name, key, error.room)
    except ChatError as error:
        client.say("403" if room is None else "471", shown(name), str(error))
    else:
        joined = chat.rooms.get(name)
        if user.metadata and joined is not None:
            metadata.tell_joined(client.door.readers_of(joined), user)


def _tell_moved(client: Client, name: str, key: str, room: NamedRoom | None) -> None:
    """Tell a client that a channel has another name; take one there that knows no other way."""
    text = "The channel has been renamed"
    if room is None:
        client.say("437", shown(name), "The name is not free yet")
    elif RENAME in client.caps:
        client.fail("JOIN", "CHANNEL_RENAMED", shown(name), room.name, text)
    else:
        client.say("470", shown(name), room.name, text)
        _join(client, room.name, key)


def _problem(client: Client, room: NamedRoom | None, key: str) -> tuple[str, str] | None:
    """Why a client cannot join a room: a numeric, and a text for people."""
    chat, user = client.chat, client.user
    if len(chat.rooms.of(user)) > MOST_JOINED:
        return "405", "You have joined too many channels"
    if room is None:
        return None
    banned = chat.standing.ban_notice(room, user)
    is_owner = chat.standing.role_of(room, user) >= Role.OWNER
    is_invited = user in room.invited or is_owner
    if banned and not is_invited:
        return "474", f"Cannot join channel (+b): {banned}"
    if is_invited:
        return None
    if room.privacy == "invite-only" and not chat.standing.is_let_in(room, user):
        return "473", "Cannot join channel (+i)"
    try:
        chat.settings.check_key(room, user, key)
    except ChatError as error:
        return "475", f"Cannot join channel (+k): {error}"
    if ACCOUNTS_ONLY in room.flags and user.account is None:
        return "477", "Cannot join channel (+R): log in first"
    if room.limit and len(room.occupants) >= room.limit:
        return "471", "Cannot join channel (+l)"
    return None


def _join_lobby(client: Client) -> None:
    if not client.shows_lobby:
        client.flush()
        client.reword(shows_lobby=True)
        client.tell(enter(client, LOBBY, client.chat.clock.now()).removesuffix("\r\n"))


@verb("PART", least=1)
def part(client: Client, message: Message) -> MaybeCoroutine:
    """Leave channels."""
    why = plain(message.params[1]) if len(message.params) > 1 else ""
    names = [name for name in message.params[0].split(",") if name]
    return _each(client, names, lambda name: _part(client, name, why))


def _part(client: Client, name: str, why: str) -> None:
    room = entered(client, name)
    if room is client.chat.lobby:
        client.joined = shared(client.joined - {room.name})
        client.tell_own(f"PART {room.name}")
        client.flush()
        client.reword(shows_lobby=False)
    elif room is not None:
        client.hush()
        client.chat.joining.part(room, client.session, why)


@verb("TOPIC", least=1)
def topic(client: Client, message: Message) -> MaybeCoroutine:
    """Show or set the topic of a channel."""
    room = found(client, message.params[0])
    if room is None:
        return None
    if len(message.params) == 1:
        if room.privacy != "public" and not channel_lists.is_in(client, room, client.user):
            client.say("442", room.name, "You're not on that channel")
            return None
        for line in channel_lists.topic(client, room):
            client.tell(line)
        return None
    room = entered(client, message.params[0])
    if room is None:
        return None
    role = client.chat.standing.role_of(room, client.user)
    if room is client.chat.lobby or (TOPIC_LOCKED in room.flags and role < Role.MODERATOR):
        client.say("482", room.name, "You're not channel operator")
        return None
    return client.chat.settings.set_topic(
        room, client.user, plain(message.params[1]).strip()[:TOPIC_LENGTH]
    )


@verb("NAMES", cost=LIST_COST)
def names(client: Client, message: Message) -> MaybeCoroutine:
    """List who is in channels."""
    return _names(client, message.params[0] if message.params else "*")


async def _names(client: Client, wanted: str) -> None:
    for name in list(dict.fromkeys(wanted.split(",")))[:MOST_TARGETS]:
        room = client.chat.rooms.get(name) if name else None
        if room is not None and client.chat.rooms.is_seen(room, client.user):
            await channel_lists.tell_names(client, room, client.tell_all)
    client.tell(channel_lists.end_of_names(client, shown_list(wanted)))


def shown_list(words: str) -> str:
    """Words with commas between them, as they can stand before the last parameter."""
    return words.replace(" ", "_").lstrip(":")[:300] or "*"


@verb("LIST", cost=LIST_COST)
def list_channels(client: Client, message: Message) -> MaybeCoroutine:
    """List the channels, or some of them (ELIST of C, M, N, T and U)."""
    words = ",".join(message.params[:2]).split(",")
    cost = LIST_COST + len(words) - 1
    client.visit.charge(cost - 1, f"LIST counts as {cost}")
    return _list(client, words[:MOST_CONDITIONS])


async def _list(client: Client, words: Sequence[str]) -> None:
    chat = client.chat
    now = chat.clock.now()
    conditions, masks = [], []
    async for each in chat.turns.soon(filter(None, words), READ_AT_ONCE):
        if _is_mask(each):
            masks.append(pattern(each[:MASK_LENGTH]))
        else:
            conditions.append(_condition(each, now))
    client.say("321", "Channel", "Users  Name")
    async for room in client.slowly(list(chat.rooms.values()), LISTED_AT_ONCE):
        if not chat.rooms.is_seen(room, client.user):
            continue
        is_lobby = room is chat.lobby
        number = await channel_lists.number_in(client, room) if is_lobby else len(room.occupants)
        is_hidden = room is chat.lobby and not number
        if masks and not any(mask.fullmatch(folded(room.name)) for mask in masks):
            continue
        if not is_hidden and all(is_met(room, number) for is_met in conditions):
            client.say("322", room.name, str(number), chat.rooms.topic(room, client.user))
    client.say("323", "End of /LIST")


def _is_mask(text: str) -> bool:
    """Whether a word of LIST names channels, of which one is enough; conditions hold all."""
    return text[0] != "!" and _CONDITION.fullmatch(text) is None


def _condition(text: str, now: float) -> Callable[[NamedRoom, int], bool]:
    """A condition of LIST: whether it holds of a room with so many people.

    Times are in minutes before now.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        mask = pattern(text.removeprefix("!")[:MASK_LENGTH])
        return lambda room, _: mask.fullmatch(folded(room.name)) is None
    what, compare, digits = found[1].upper(), found[2], int(found[3])

    def is_met(room: NamedRoom, number: int) -> bool:
        value: float = number
        if what:
            at = room.made_at if what == "C" else room.topic_at
            if not at:
                return False
            value = (now - at) / 60
        return value > digits if compare == ">" else value < digits

    return is_met


@verb("INVITE")
def invite(client: Client, message: Message) -> None:
    """Invite somebody to a channel, who can then join it in spite of its modes."""
    chat = client.chat
    if len(message.params) < 2:
        if message.params:
            client.say("461", "INVITE", "Not enough parameters")
            return
        for each in chat.rooms.values():
            if client.user in each.invited:
                client.say_plain("336", each.name)
        client.say("337", "End of /INVITE list")
        return
    nick, name = message.params[:2]
    other = chat.users.get(nick)
    if other is None:
        client.say("401", shown(nick), "No such nick")
        return
    room = entered(client, name)
    if room is None:
        return
    if channel_lists.is_in(client, room, other):
        client.say("443", other.name, room.name, "is already on channel")
        return
    role = chat.standing.role_of(room, client.user)
    if room.privacy == "invite-only" and role < Role.MODERATOR:
        client.say("482", room.name, "You're not channel operator")
        return
    chat.standing.check_words(client.user)  # also if there is nothing but the others to tell
    client.hush()
    if other not in room.invited:
        chat.joining.invite(room, client.session, other)
    client.say_plain("341", other.name, room.name)
    for reader in room.readers:
        neighbour = client.door.clients.get(reader)
        if neighbour is not None and neighbour is not client and "invite-notify" in neighbour.caps:
            neighbour.inform_of(client.user, f"INVITE {other.name} {room.name}")
    if other.away is not None:
        client.say_away(other)


@verb("KNOCK", least=1, cost=LIST_COST)
def knock(client: Client, message: Message) -> None:
    """Ask for an invitation to a channel that you cannot join."""
    chat = client.chat
    name, *text = message.params
    room = chat.rooms.get(name)
    if room is None:
        client.say("403", shown(name), "No such channel")
        return
    if channel_lists.is_in(client, room, client.user):
        client.say("714", room.name, "You're on that channel already")
        return
    client.hush()
    try:
        chat.knocking.knock(name, client.session, plain(" ".join(text))[:TEXT_LENGTH])
    except TooSoon as error:
        client.say("712", room.name, f"Too many knocks: {error}")
    except Open:
        client.say("713", room.name, "Channel is open, no need to knock")
    except ChatError as error:
        client.say("480", room.name, f"Cannot knock: {error}")
    else:
        client.say("711", room.name, "Your knock has been delivered")


@verb("KICK", least=2)
def kick(client: Client, message: Message) -> MaybeCoroutine:
    """Remove somebody from a channel."""
    return _kick(client, message)


async def _kick(client: Client, message: Message) -> None:
    names, nicks = message.params[0].split(","), message.params[1].split(",")
    why = plain(message.params[2]) if len(message.params) > 2 else ""
    if len(names) == 1:
        names *= len(nicks)
    for name, nick in list(zip(names, nicks, strict=False))[:MOST_TARGETS]:
        await _kick_one(client, name, nick, why)


async def _kick_one(client: Client, name: str, nick: str, why: str) -> None:
    chat = client.chat
    room = entered(client, name)
    if room is None:
        return
    if room is chat.lobby or chat.standing.role_of(room, client.user) < Role.MODERATOR:
        client.say("482", room.name, "You're not channel operator")
        return
    other = chat.users.get(nick)
    if other is None or not channel_lists.is_in(client, room, other):
        number = "401" if other is None else "441"
        if other is None:
            client.say(number, shown(nick), "No such nick")
        else:
            client.say(number, other.name, room.name, "They aren't on that channel")
        return
    client.hush()
    try:
        await chat.moderation.kick(client.session, room, other.name, why[:200])
    except ChatError as error:
        client.say("482", room.name, str(error))
