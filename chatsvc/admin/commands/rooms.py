"""Rooms: listing, changing and deleting them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from chatsvc.admin.answer import Item, Line, Row, lasting
from chatsvc.admin.command import NOTHING, command
from chatsvc.admin.commands.moderation import Reason, scope
from chatsvc.admin.server.call import Call
from chatsvc.chat.administration.administering import Administering

Name = Annotated[str, "the room, with or without its #"]


@command("rooms", looks=True)
def rooms(call: Call) -> Iterator[Item]:
    """List all rooms, hidden ones as well."""
    chat = call.chat
    for room in sorted(chat.rooms.values(), key=lambda room: room.name):
        if not chat.rooms.holds(room):
            continue  # ended meanwhile
        yield Row(
            {
                "name": room.name,
                "people": len(chat.users if room is chat.lobby else room.occupants),
                "owner": room.owner_name or None,
                "privacy": room.privacy,
                "has_key": bool(room.password),
                "persistent": room.is_persistent or room.is_fixed or room is chat.lobby,
                "keep": None if room.keep is None else lasting(room.keep),
                "topic": room.topic,
            }
        )


@command("room delete", asks="Delete {room}, with all its messages?")
async def delete(call: Call, room: Name, reason: Reason = NOTHING) -> AsyncIterator[Item]:
    """Delete a room, with all its messages; its occupants are put out."""
    act = await _administering(call).delete(call.session, call.room(room), reason)
    yield Line(f"{act.name} is deleted (act {act.id}).", {"room": act.name, "act": act.id})


@command("room clear", asks="Delete all messages in {room}?")
async def clear(call: Call, room: Name, reason: Reason = NOTHING) -> AsyncIterator[Item]:
    """Delete all messages in a room; the room stays."""
    act = await _administering(call).clear(call.session, call.room(room), reason)
    text = f"All that was said in {act.name} is deleted (act {act.id})."
    yield Line(text, {"room": act.name, "act": act.id})


@command("room rename")
async def rename(
    call: Call, room: Name, new: Name, reason: Reason = NOTHING
) -> AsyncIterator[Item]:
    """Give a room another name; the old one leads to it for a day."""
    found = call.room(room)
    await call.chat.settings.rename(found, call.session.user, scope(new), reason)
    yield Line(f"{scope(room)} is called {found.name}.", {"room": found.name})


@command("room hand-over")
async def hand_over(call: Call, room: Name, name: str) -> AsyncIterator[Item]:
    """Give a room to somebody who is in it, or to an account."""
    found = call.room(room)
    target = call.chat.targets.person(name)
    account = call.chat.accounts.find(target.name)
    is_in = target.user is not None and target.user in found.occupants
    if is_in or account is None:
        await call.chat.moderation.hand_on(call.session, found, name)
    else:
        await _administering(call).hand_over(call.session, found, account, target.user)
    text = f"{found.name} belongs to {found.owner_name}."
    yield Line(text, {"room": found.name, "owner": found.owner_name})


def _administering(call: Call) -> Administering:
    chat = call.chat
    return Administering(
        chat.turns, chat.delivery, chat.rooms, chat.joining, chat.retention, chat.acts,
        chat.settings,
    )  # fmt: skip
