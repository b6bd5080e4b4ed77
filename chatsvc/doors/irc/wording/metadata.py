"""Metadata as IRC's lines, for clients that subscribe to keys (draft/metadata-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.accounts.account import NO_METADATA
from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.doors.irc.wording.channel_lists import people_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chatsvc.chat.people.user import User
    from chatsvc.doors.irc.client import Client

    Those = Callable[[Client], bool] | None

CAP = "draft/metadata-3"
MOST_SUBSCRIBED = 50  # keys, of one client
MOST_SYNCED = 100  # people whose metadata a client is told at once
EVERYBODY = "*"  # the visibility of a value


def line(client: Client, target: str, key: str, value: str) -> str:
    """The line for the value of a key; empty for none."""
    begin = f":{client.door.name} {'761' if value else '766'} {client.nick} {target} {key}"
    return f"{begin} {EVERYBODY} :{value}" if value else f"{begin} :key not set"


def shown_to(client: Client, target: User | NamedRoom) -> dict[str, str]:
    """The metadata that a client may read; none of people whom its owner ignores."""
    is_ignored = not isinstance(target, NamedRoom) and ignores(client.user, target)
    return NO_METADATA if is_ignored else target.metadata


def wanted(client: Client, target: User | NamedRoom) -> list[str]:
    """The lines for the values to which a client subscribes."""
    facts = shown_to(client, target)
    keys = sorted(client.subscribed.intersection(facts)) if facts else ()
    return [line(client, target.name, key, facts[key]) for key in keys]


def of_room(client: Client, room: NamedRoom) -> list[str]:
    """The lines for a client that has joined a room: of the room, and of the people in it."""
    if CAP not in client.caps or not client.subscribed:
        return []
    users = people_in(client, room, MOST_SYNCED + 1)
    if len(users) > MOST_SYNCED:
        return [f":{client.door.name} 774 {client.nick} {room.name}"]
    found = wanted(client, room)
    for user in users:
        if user is not client.user:
            found += wanted(client, user)
    return client.batched(f"metadata {room.name}", found) if found else []


def tell_joined(clients: Iterable[Client], user: User, *, those: Those = None) -> None:
    """Tell some clients, unless they are many, the metadata of somebody who has joined them.

    those: as in `tell_changed`.
    """
    for client in _few(clients, (), those):
        lines = wanted(client, user) if client.user is not user else ()
        if lines:
            client.inform(*lines)


def tell_changed(
    clients: Iterable[Client],
    target: str,
    changes: Mapping[str, str],
    by: Client,
    *,
    those: Those = None,
) -> None:
    """Tell some clients, unless they are many, that values have changed.

    changes: the new values by their keys; empty for none.
    by: the client that has changed them, which is not told; nor are clients whose owners ignore its
        owner.
    those: says of each client that may have to be told whether it is one of them; None if all are.
    """
    for client in _few(clients, changes, those):
        if client is not by and not ignores(client.user, by.user):
            subscribed = client.subscribed
            client.inform(
                *[
                    line(client, target, key, value)
                    for key, value in changes.items()
                    if key in subscribed
                ]
            )


def _few(clients: Iterable[Client], keys: Iterable[str], those: Those) -> Sequence[Client]:
    """Those of some clients that subscribe to some keys, or to any; none if they are many."""
    found: list[Client] = []
    keys = frozenset(keys)
    for each in clients:
        subscribed = each.subscribed
        if (
            subscribed
            and not (keys and subscribed.isdisjoint(keys))
            and CAP in each.caps
            and (those is None or those(each))
        ):
            found.append(each)
            if len(found) > MOST_SYNCED:  # a crowd is not looked at as a whole
                return ()
    return found
