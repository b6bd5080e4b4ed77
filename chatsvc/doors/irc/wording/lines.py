"""Blocks of lines about the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.doors.irc.supported import isupport

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client


def motd(client: Client) -> list[str]:
    """The message of the day."""
    begin, nick, name = f":{client.door.name}", client.nick, client.door.name
    if not client.chat.arrivals.motd:
        return [f"{begin} 422 {nick} :There is no message of the day"]
    return [
        f"{begin} 375 {nick} :- {name} Message of the day -",
        *[f"{begin} 372 {nick} :- {line}" for line in client.chat.arrivals.motd],
        f"{begin} 376 {nick} :End of /MOTD command",
    ]


def lusers(client: Client) -> list[str]:
    """The numbers of people and channels."""
    chat, door = client.chat, client.door
    number = len(chat.users)
    operators = chat.standing.operators_here()
    is_lobby_shown = door.auto_join or len(chat.sessions) > len(door.clients) - door.in_lobby
    channels = len(chat.rooms) - int(not is_lobby_shown)
    door.most_users = max(door.most_users, number)
    begin, nick = f":{door.name}", client.nick
    return [
        f"{begin} 251 {nick} :There are {number} users and 0 invisible on 1 servers",
        f"{begin} 252 {nick} {operators} :operators online",
        f"{begin} 253 {nick} {len(door.waiting)} :unknown connections",
        f"{begin} 254 {nick} {channels} :channels formed",
        f"{begin} 255 {nick} :I have {number} clients and 0 servers",
        f"{begin} 265 {nick} {number} {door.most_users} :Current local users {number},"
        f" max {door.most_users}",
        f"{begin} 266 {nick} {number} {door.most_users} :Current global users {number},"
        f" max {door.most_users}",
    ]


def tokens(client: Client) -> list[str]:
    """The features that the server supports."""
    begin, nick = f":{client.door.name}", client.nick
    found = [
        f"{begin} 005 {nick} {each} :are supported by this server"
        for each in isupport.lines(client.door.title)
    ]
    return client.batched("draft/isupport", found) if isupport.CAP in client.caps else found
