"""The topic of a channel, and the list of its people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.doors.irc.codec.message import LINE_BYTES
from chatsvc.doors.irc.wording.people import prefix, source_of

if TYPE_CHECKING:
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client


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


def people_in(client: Client, room: NamedRoom) -> list[User]:
    """The people in a room, as IRC has it."""
    if room is not client.chat.lobby:
        return list(room.occupants)
    users = list(client.chat.users.values())
    if client.door.auto_join:
        return users
    return [user for user in users if is_in(client, room, user)]


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
    """The lines for the names of the people in a room, and for their end."""
    chat, caps = client.chat, client.caps
    symbol = "@" if room.privacy == "hidden" else "="
    begin = f":{client.door.name} 353 {client.nick} {symbol} {room.name} :"
    most = LINE_BYTES - 2 - len(begin.encode())
    lines = []
    row: list[str] = []
    size = 0
    has_marks = chat.standing.has_marks(room)
    for user in people_in(client, room):
        name = source_of(chat, user) if "userhost-in-names" in caps else user.name
        word = prefix(chat, room, user, caps) + name if has_marks else name
        if row and size + len(word.encode()) > most:
            lines.append(begin + " ".join(row))
            row, size = [], 0
        row.append(word)
        size += len(word.encode()) + 1
    if row:
        lines.append(begin + " ".join(row))
    return [*lines, end_of_names(client, room.name)]


def end_of_names(client: Client, name: str) -> str:
    """The line for the end of the names."""
    return f":{client.door.name} 366 {client.nick} {name} :End of /NAMES list"
