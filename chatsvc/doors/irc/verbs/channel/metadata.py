"""METADATA: what is said of people and channels (draft/metadata-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.accounts.account import NO_METADATA
from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.chat.rooms.metadata import VALUE_BYTES, TooMany, changed, is_key
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.wording import metadata
from chatsvc.doors.irc.wording.channel_lists import people_in, rooms_of
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.people.user import User
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

    Target = User | NamedRoom | None  # None for oneself, before one has registered

COST = 3
_EARLY = ("GET", "LIST", "SET", "CLEAR", "SUB", "UNSUB", "SUBS")


@verb("METADATA", least=2, is_early=True, cost=COST)
def ask(client: Client, message: Message) -> MaybeCoroutine:
    """Show or change the metadata of a person or a channel (draft/metadata-3)."""
    name, subcommand, *rest = message.params
    what = subcommand.upper()
    function = {
        "GET": _get, "LIST": _list, "SET": _set, "CLEAR": _clear, "SYNC": _sync,
    }.get(what)  # fmt: skip
    if what in ("SUB", "UNSUB", "SUBS"):
        _subscribe(client, what, rest)
        return None
    if function is None or not (client.is_registered or what in _EARLY):
        client.fail("METADATA", "SUBCOMMAND_INVALID", shown(subcommand), "Unknown subcommand")
        return None
    if what in ("GET", "SET") and not rest:
        client.say("461", "METADATA", "Not enough parameters")
        return None
    try:
        target = _found(client, name)
    except ChatError as error:
        client.fail("METADATA", "INVALID_TARGET", shown(name), str(error))
        return None
    return function(client, target, rest)


def _found(client: Client, name: str) -> Target:
    """Whom or what a client means. Raises ChatError."""
    if not client.is_registered:
        if name in ("*", client.newcomer.wanted):
            return None
        raise ChatError("Register first.")
    chat, user = client.chat, client.user
    if name == "*":
        return user
    if name[0] != "#":
        return chat.users.find(name)
    room = chat.rooms.find(name, user)
    if room.privacy == "invite-only" and not chat.rooms.is_in(room, user):
        raise ChatError(f"{room.name} is invite-only.")
    return room


def _name(client: Client, target: Target) -> str:
    return client.nick if target is None else target.name


def _facts(client: Client, target: Target) -> dict[str, str]:
    return client.newcomer.facts if target is None else metadata.shown_to(client, target)


def _tell(client: Client, target: Target, lines: Sequence[str]) -> None:
    client.tell_batch(f"metadata {_name(client, target)}", lines)


def _get(client: Client, target: Target, keys: Sequence[str]) -> None:
    facts, name = _facts(client, target), _name(client, target)
    found = []
    for key in keys:
        if is_key(key):
            found.append(metadata.line(client, name, key, facts.get(key, "")))
        else:
            found.append(_invalid(client, key))
    _tell(client, target, found)


def _invalid(client: Client, key: str) -> str:
    text = "A key has at most 64 of a-z, 0-9, _, ., / and -"
    return f":{client.door.name} FAIL METADATA KEY_INVALID {shown(key)} :{text}"


def _list(client: Client, target: Target, _: Sequence[str]) -> None:
    facts, name = _facts(client, target), _name(client, target)
    _tell(client, target, [metadata.line(client, name, key, facts[key]) for key in sorted(facts)])


def _is_permitted(client: Client, target: Target, key: str) -> bool:
    """Whether a client may change what is said there; it is told if not."""
    if isinstance(target, NamedRoom):
        is_permitted = client.chat.metadata.may_set(target, client.user)
    else:
        is_permitted = target is None or target is client.user
    if not is_permitted:
        name = _name(client, target)
        client.fail("METADATA", "KEY_NO_PERMISSION", name, key, "That is not yours to change")
    return is_permitted


def _set(client: Client, target: Target, params: Sequence[str]) -> MaybeCoroutine:
    key, value = params[0], params[1] if len(params) > 1 else ""
    if not is_key(key):
        client.tell(_invalid(client, key))
        return None
    if not _is_permitted(client, target, key):
        return None
    if len(value.encode()) > VALUE_BYTES:
        text = f"A value has at most {VALUE_BYTES} bytes"
        client.fail("METADATA", "INVALID_VALUE", key, text)
        return None
    try:
        facts = changed(_facts(client, target), key, value)
    except TooMany as error:
        client.fail("METADATA", "LIMIT_REACHED", _name(client, target), str(error))
        return None
    return _change(client, target, facts, {key: value}, "")


def _clear(client: Client, target: Target, _: Sequence[str]) -> MaybeCoroutine:
    if not _is_permitted(client, target, "*"):
        return None
    old = _facts(client, target)
    gone = dict.fromkeys(sorted(old), "")
    return _change(client, target, NO_METADATA, gone, f"metadata {_name(client, target)}")


def _change(
    client: Client, target: Target, facts: dict[str, str], changes: dict[str, str], batch: str
) -> MaybeCoroutine:
    """Let other things be said, and tell who wants to know of those that are other now.

    batch: as which the client is told; as none if that is empty.
    """
    if isinstance(target, NamedRoom):
        return _change_room(client, target, facts, changes, batch)
    if target is None:
        client.newcomer.facts = facts
    else:
        try:
            client.chat.metadata.set_of(target, facts)
        except ChatError as error:
            client.refuse("METADATA", error)
            return None
        door = client.door
        watching, is_near = set(door.monitors.of(target.name)), door.neighbours(target)
        metadata.tell_changed(
            door.clients.values(),
            target.name,
            changes,
            client,
            those=lambda each: each in watching or is_near(each),
        )
    _tell_done(client, target, changes, batch)
    return None


async def _change_room(
    client: Client, room: NamedRoom, facts: dict[str, str], changes: dict[str, str], batch: str
) -> None:
    client.chat.standing.check_ban(room, client.user)
    client.chat.speaking.check(room, client.user)
    await client.chat.metadata.set_of_room(room, facts)
    metadata.tell_changed(client.door.readers_of(room), room.name, changes, client)
    _tell_done(client, room, changes, batch)


def _tell_done(client: Client, target: Target, changes: dict[str, str], batch: str) -> None:
    name = _name(client, target)
    lines = [metadata.line(client, name, key, value) for key, value in changes.items()]
    if batch:
        client.tell_batch(batch, lines)
    else:
        client.tell(lines[0])


def _subscribe(client: Client, what: str, keys: Sequence[str]) -> None:
    good = [key for key in dict.fromkeys(keys) if is_key(key)]
    for key in keys:
        if not is_key(key):
            client.tell(_invalid(client, key))
    if what == "UNSUB":
        client.subscribed = client.subscribed.difference(good)
    elif what == "SUB":
        room_left = metadata.MOST_SUBSCRIBED - len(client.subscribed)
        known = [key for key in good if key in client.subscribed]
        new = [key for key in good if key not in client.subscribed]
        good = known + new[:room_left]
        client.subscribed = client.subscribed.union(good)
        if len(new) > room_left:
            text = f"At most {metadata.MOST_SUBSCRIBED} keys can be subscribed to"
            client.fail("METADATA", "TOO_MANY_SUBS", new[room_left], text)
    else:
        good = sorted(client.subscribed)
    number = {"SUB": "770", "UNSUB": "771", "SUBS": "772"}[what]
    while good:  # so many as fit into a line
        row, good = good[:5], good[5:]
        client.say_plain(number, *row)
    if what == "SUB" and client.is_registered:
        client.say_plain("774", "*")


def _sync(client: Client, target: Target, _: Sequence[str]) -> None:
    """Tell the values that a client subscribes to: of a channel, and of those in it."""
    assert target is not None
    rooms = [target] if isinstance(target, NamedRoom) else []
    if target is client.user:
        rooms = rooms_of(client, client.user)
    found = metadata.wanted(client, target) if not isinstance(target, NamedRoom) else []
    users: dict[User, None] = {}
    for room in rooms:
        found += metadata.wanted(client, room)
        users.update(dict.fromkeys(people_in(client, room, metadata.MOST_SYNCED + 1)))
    users.pop(client.user, None)
    for user in list(users)[: metadata.MOST_SYNCED]:
        found += metadata.wanted(client, user)
    _tell(client, target, found)
