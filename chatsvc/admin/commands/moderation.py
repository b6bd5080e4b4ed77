"""Moderation: keeping order, in a room or on the whole server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from math import inf
from typing import Annotated

from chatsvc.admin.answer import Item, Line, Row, at
from chatsvc.admin.command import NOTHING, Text, command
from chatsvc.admin.server.call import Call
from chatsvc.chat.moderation.act import PAST, Act
from chatsvc.clock import ahead
from chatsvc.command.parameter import Scope
from chatsvc.commands import moderation
from chatsvc.text.names import SERVER

Room = Annotated[str, "in this room; otherwise on the whole server"]
Reason = Annotated[Text, "what people are told"]
Terms = Annotated[Text, "for how long, and why: for 2h spam"]


def scope(room: str) -> Scope:
    """Where to act: the room of a name, with or without its #; or the whole server."""
    return Scope(f"#{room.removeprefix('#')}" if room else SERVER)


@command("kick")
async def kick(
    call: Call, name: str, reason: Reason = NOTHING, *, room: Room = ""
) -> AsyncIterator[Item]:
    """Remove somebody from the server, or from a room; they can come again."""
    key = _key(call, room)
    await moderation.kick(call.chat, call.session, scope(room), name, reason)
    yield _done(call, key)


@command("ban")
async def ban(
    call: Call, name: str, terms: Terms = NOTHING, *, room: Room = ""
) -> AsyncIterator[Item]:
    """Keep somebody off the server, or out of a room: ban bob for 2h spam.

    Without a time, it lasts until it is undone. The name is that of somebody here, or of an
    account; a ban of a guest is one of the address. There are also: ban address 192.0.2.0/24, and
    ban account bob.
    """
    key = _key(call, room)
    await moderation.ban(call.chat, call.session, scope(room), name, terms)
    yield _done(call, key)


@command("unban")
async def unban(call: Call, name: str, more: Text = NOTHING, *, room: Room = "") -> None:
    """Lift a ban of a name, an account or an address, such as: unban address 192.0.2.7."""
    await moderation.unban(call.chat, call.session, scope(room), name, more)


@command("mute")
async def mute(
    call: Call, name: str, terms: Terms = NOTHING, *, room: Room = ""
) -> AsyncIterator[Item]:
    """Keep somebody from speaking, for 10 minutes or as long as you say: mute bob for 1h."""
    key = _key(call, room)
    await moderation.mute(call.chat, call.session, scope(room), name, terms)
    yield _done(call, key)


@command("unmute")
async def unmute(call: Call, name: str, *, room: Room = "") -> AsyncIterator[Item]:
    """Lift a mute."""
    await moderation.unmute(call.chat, call.session, scope(room), name)
    told = " ".join(call.session.take_told())
    yield Line(told or f"The mute of {name} is lifted.")


@command("undo")
async def undo(call: Call, act: int, reason: Reason = NOTHING) -> AsyncIterator[Item]:
    """Undo an act of moderation that lasts, by its number, which acts shows."""
    await moderation.undo(call.chat, call.session, str(act), reason)
    found = call.chat.acts.find(act)
    told = " ".join(call.session.take_told())
    yield Line(told or f"Act {act} is undone.", {} if found is None else _facts(call, found))


@command("bans", looks=True)
def bans(call: Call, *, room: Room = "") -> Iterator[Item]:
    """List the bans and mutes in force."""
    for act in call.chat.acts.in_force(_key(call, room), "ban", "mute"):
        yield Row(_facts(call, act))


@command("acts", looks=True)
def acts(
    call: Call, *, room: Room = "", last: Annotated[int, "at most this many"] = 50
) -> Iterator[Item]:
    """List the latest acts of moderation: who did what to whom, and why."""
    for act in call.chat.acts.of(_key(call, room))[-max(0, last) :] if last > 0 else ():
        yield Row(_facts(call, act) | {"undone_by": act.undone_by or None})


def _key(call: Call, name: str) -> str:
    """The key of a room, or of the whole server. Raises NoSuchRoom."""
    return call.room(name).key if name else call.chat.lobby.key


def _facts(call: Call, act: Act) -> dict[str, object]:
    to_now = ahead(call.chat.clock)
    return {
        "act": act.id,
        "at": at(act.at + to_now),
        "by": act.actor,
        "did": PAST.get(act.kind, act.kind),
        "name": act.name,
        "until": at(act.until + to_now) if act.lasts and act.until < inf else None,
        "reason": act.reason,
    }


def _done(call: Call, key: str) -> Line:
    """The act that the administrator has just done.

    key: of the room, which may have ended when nobody was left in it.
    """
    own = [act for act in call.chat.acts.of(key) if act.actor == call.by]
    told = " ".join(call.session.take_told())
    return Line(told or own[-1].line(call.chat.clock), _facts(call, own[-1]))
