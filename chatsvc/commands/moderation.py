"""Moderation: keeping order in a room."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal

from chatsvc.chat.moderation.moderation import AT_ONCE, MUTED_FOR
from chatsvc.chat.moderation.powers import may
from chatsvc.chat.moderation.targets import Target
from chatsvc.command.command import LONG, command
from chatsvc.command.parameter import RoomFirst, Scope
from chatsvc.commands.people import tell_names
from chatsvc.errors import ChatError, Misused
from chatsvc.text.names import ACCOUNT, ADDRESS
from chatsvc.text.spans import begins_with_time, term

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session

MOST_SHOWN = 20  # acts in a log
HERE = Scope("")  # the default


@command("kick")
async def kick(chat: Chat, session: Session, room: Scope, username: str, reason: str = "") -> None:
    """Remove somebody from a room; they can join it again.

    Moderators can kick participants, visitors, and an owner without an account, who is still the
    owner; owners can also kick moderators. /kick server NAME, for operators, removes somebody from
    the server.
    """
    order = chat.moderation
    if begins_with_time(reason):
        raise Misused(
            "A kick does not last. To keep somebody out for a time, write it like this:"
            " /ban bob for 2h spam."
        )
    await order.kick(session, order.room(session, room, "kick"), username, reason)


@command("ban", cost=LONG)
async def ban(chat: Chat, session: Session, room: Scope, name: str, reason: str = "") -> None:
    """Keep somebody out of a room: /ban bob for 2h spam.

    Without a time, it lasts until you undo it. Times are 30m, 2h, 1d12h, 10 minutes, forever. The
    name is that of somebody here, or of an account; a ban of a guest is one of the address. There
    are also /ban address 192.0.2.0/24 and /ban account bob. /ban? shows whom a ban would hit.
    /ban server NAME, for operators, keeps somebody off the server.
    """
    order = chat.moderation
    found = order.room(session, room, "ban")
    target, rest = _target(chat, session, name, reason)
    seconds, rest = _terms(rest, inf)
    await order.ban(session, found, target, seconds, rest)


@command("ban?", cost=LONG)
async def would_ban(chat: Chat, session: Session, room: Scope, name: str, more: str = "") -> None:
    """Show whom a ban would hit, without banning anybody.

    Only operators can ask about addresses.
    """
    order = chat.moderation
    found = order.room(session, room, "bans")
    target, _ = _target(chat, session, name, more)
    if not target.is_person and not chat.standing.is_operator(session.user):
        raise ChatError("Only operators can see addresses.")
    rank = chat.standing.role_of(found, session.user)
    people = await order.hit_by(found, target.keys, rank)
    hit = [
        user
        async for user in chat.turns.slowly(people, AT_ONCE)
        if may(rank, "ban", chat.standing.role_of(found, user))
    ]
    where = "on this server" if found is chat.lobby else f"in {found.name}"
    tell_names(session, [user.name for user in hit], f"hit by that {where}")


@command("unban")
async def unban(chat: Chat, session: Session, room: Scope, name: str, more: str = "") -> None:
    """Lift a ban of a name, an account or an address."""
    order = chat.moderation
    text = f"{name} {more}" if more else name
    await order.lift(session, order.room(session, room, "unban"), "ban", text)


@command("bans", cost=LONG)
async def bans(chat: Chat, session: Session, room: Scope = HERE) -> None:
    """List the bans and mutes of a room."""
    order = chat.moderation
    found = order.room(session, room, "bans")
    where = "this server" if found is chat.lobby else found.name
    _tell(session, await order.listed(found, "ban", "mute"), f"Nobody is banned from {where}.")


@command("mute", cost=LONG)
async def mute(chat: Chat, session: Session, room: Scope, name: str, reason: str = "") -> None:
    """Mute somebody in a room for a while: /mute bob for 10m spam.

    Without a time, it lasts 10 minutes; for times see /help ban. /mute server NAME, for operators,
    mutes somebody everywhere: their words then reach only operators, and the person who sent them
    the last direct message.
    """
    order = chat.moderation
    found = order.room(session, room, "mute")
    target, rest = _target(chat, session, name, reason)
    seconds, rest = _terms(rest, MUTED_FOR)
    await order.mute(session, found, target, seconds, rest)


@command("unmute", cost=LONG)
async def unmute(chat: Chat, session: Session, room: Scope, name: str) -> None:
    """Lift a mute."""
    order = chat.moderation
    await order.lift(session, order.room(session, room, "unmute"), "mute", name)


@command("op")
async def op(chat: Chat, session: Session, room: RoomFirst, username: str) -> None:
    """Make somebody a moderator of your room.

    A guest stays a moderator until they leave.
    """
    order = chat.moderation
    await order.give(session, order.room(session, room, "op"), "op", username)


@command("deop")
async def deop(
    chat: Chat, session: Session, room: RoomFirst, username: str, reason: str = ""
) -> None:
    """Take the role of moderator from somebody."""
    order = chat.moderation
    await order.lift(session, order.room(session, room, "deop"), "op", username, reason)


@command("voice")
async def voice(chat: Chat, session: Session, room: RoomFirst, username: str) -> None:
    """Give somebody voice, so that they can speak while the room is moderated."""
    order = chat.moderation
    await order.give(session, order.room(session, room, "voice"), "voice", username)


@command("devoice")
async def devoice(
    chat: Chat, session: Session, room: RoomFirst, username: str, reason: str = ""
) -> None:
    """Take voice from somebody."""
    order = chat.moderation
    await order.lift(session, order.room(session, room, "devoice"), "voice", username, reason)


@command("moderated")
async def moderated(
    chat: Chat, session: Session, room: RoomFirst, state: Literal["on", "off"]
) -> None:
    """Let only moderators and those with voice speak in a room, or let everybody."""
    order = chat.moderation
    found = order.room(session, room, "moderated")
    if state == "on":
        await order.set_moderated(session, found)
    else:
        await order.end_moderated(session, found)


@command("redact", cost=LONG)
async def redact(chat: Chat, session: Session, number: str, reason: str = "") -> None:
    """Remove a message by its number, which /history shows.

    The text is deleted from the history, the search and the server's files. A note stays in its
    place: who removed it, and why.
    """
    await chat.redaction.redact(session, number, reason)


@command("log")
def log(chat: Chat, session: Session, room: Scope = HERE) -> None:
    """Show the latest acts of moderation in a room: who did what to whom, why, and how it ended.

    Each line begins with the number that /undo takes.
    """
    order = chat.moderation
    found = order.room(session, room, "log")
    where = "on this server" if found is chat.lobby else f"in {found.name}"
    _tell(session, order.log(found, MOST_SHOWN), f"Nothing was done {where}.")


@command("undo")
async def undo(chat: Chat, session: Session, number: str, reason: str = "") -> None:
    """Undo an act of moderation by its number, which /log shows.

    You need the right to do the opposite, and you cannot undo an act against yourself.
    """
    await chat.moderation.undo(session, number, reason)


def _target(chat: Chat, session: Session, name: str, rest: str) -> tuple[Target, str]:
    """The target of a command, and the text after it."""
    kind = name.casefold()
    if kind in (ACCOUNT, ADDRESS):
        word, _, rest = rest.partition(" ")
        if not word:
            raise ChatError(f"Which {kind}?")
        name = f"{kind} {word}"
    return chat.targets.target(session.user, name), rest.strip()


def _terms(text: str, usual: float) -> tuple[float, str]:
    """The duration in seconds, and the reason. Raises Misused."""
    found = term(text)
    return (usual, text) if found is None else found


def _tell(session: Session, lines: list[str], nothing: str) -> None:
    for line in lines:
        session.tell(line)
    if not lines:
        session.tell(nothing)
