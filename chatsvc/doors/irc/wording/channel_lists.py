"""The topic of a channel, and the list of its people."""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING

from chatsvc.doors.irc.codec.message import LINE_BYTES
from chatsvc.doors.irc.wording.people import prefix, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client

FEW = 200  # people in a room whose names are told at once
NAMED_AT_ONCE = 200  # people in one turn


def topic(client: Client, room: NamedRoom, is_wanted: bool = True) -> list[str]:
    """The lines for a room's topic.

    is_wanted: whether the client asks for it, and is told if there is none.
    """
    begin = f":{client.door.name}"
    text = client.chat.rooms.topic(room, client.user)
    if not text:
        none = f"{begin} 331 {client.nick} {room.name} :No topic is set"
        return [none] if is_wanted else []
    lines = [f"{begin} 332 {client.nick} {room.name} :{text}"]
    if room.topic_by:
        lines.append(f"{begin} 333 {client.nick} {room.name} {room.topic_by} {room.topic_at:.0f}")
    return lines


def people_in(client: Client, room: NamedRoom, most: int) -> list[User]:
    """The first so many people in a room, as IRC has it."""
    users = _who_may_be_in(client, room)
    if room is not client.chat.lobby or client.door.auto_join:
        return list(islice(users, most))
    clients = client.door.clients
    here = (  # somebody with several connections comes repeatedly
        user
        for user in users
        for session in user.sessions
        if (each := clients.get(session)) is None or each.shows_lobby
    )
    return list(islice((user for user, _ in groupby(here)), most))


async def number_in(client: Client, room: NamedRoom) -> int:
    """How many people are in a room."""
    users = _who_may_be_in(client, room)
    if room is not client.chat.lobby or client.door.auto_join:
        return len(users)
    number = 0
    async for user in client.slowly(list(users), NAMED_AT_ONCE):
        number += is_in(client, room, user)
    return number


def _who_may_be_in(client: Client, room: NamedRoom) -> Collection[User]:
    """The people in a room; for the lobby, all, of whom some may not be in it as IRC has it."""
    return client.chat.users.values() if room is client.chat.lobby else room.occupants


def is_in(client: Client, room: NamedRoom, user: User) -> bool:
    """Whether somebody is in a room, as IRC has it: in the lobby if a connection shows it."""
    if room is client.chat.lobby:
        shows = client.door.shows_lobby
        return client.door.auto_join or any(shows(session) for session in user.sessions)
    return user in room.occupants


def rooms_of(client: Client, user: User) -> list[NamedRoom]:
    """The rooms that somebody is in, as IRC has it."""
    return [room for room in client.chat.rooms.of(user) if is_in(client, room, user)]


def names(client: Client, room: NamedRoom) -> list[str]:
    """The lines that tell who is in a room that a client may know of, and that this is all.

    Only for rooms with few people, as `has_few` says; see `tell_names`.
    """
    return [*_rows(client, room, people_in(client, room, FEW)), end_of_names(client, room.name)]


def has_few(client: Client, room: NamedRoom) -> bool:
    """Whether a room has so few people that their names are told at once."""
    return len(_who_may_be_in(client, room)) <= FEW


async def tell_names(
    client: Client, room: NamedRoom, tell: Callable[[Sequence[str]], object]
) -> None:
    """The same lines but the last, some in each turn.

    tell: called with them.
    """
    everybody = list(_who_may_be_in(client, room))
    async for start in client.slowly(range(0, len(everybody), NAMED_AT_ONCE), 1):
        some = everybody[start : start + NAMED_AT_ONCE]
        here = [user for user in some if client.chat.users.get(user.name) is user]
        tell(_rows(client, room, [user for user in here if is_in(client, room, user)]))


def _rows(client: Client, room: NamedRoom, users: Iterable[User]) -> list[str]:
    chat, caps = client.chat, client.caps
    symbol = "@" if room.privacy == "hidden" else "="
    begin = f":{client.door.name} 353 {client.nick} {symbol} {room.name} :"
    most = LINE_BYTES - 2 - len(begin.encode())
    lines = []
    row: list[str] = []
    size = 0
    has_marks = chat.standing.has_marks(room)
    for user in users:
        name = source_of(chat, user) if "userhost-in-names" in caps else user.name
        word = prefix(chat, room, user, caps) + name if has_marks else name
        if row and size + len(word.encode()) > most:
            lines.append(begin + " ".join(row))
            row, size = [], 0
        row.append(word)
        size += len(word.encode()) + 1
    if row:
        lines.append(begin + " ".join(row))
    return lines


def end_of_names(client: Client, name: str) -> str:
    """The line for the end of the names."""
    return f":{client.door.name} 366 {client.nick} {name} :End of /NAMES list"
