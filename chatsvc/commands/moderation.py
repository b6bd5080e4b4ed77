"""Moderation: keeping order in a room."""

from __future__ import annotations

from math import inf
from typing import Literal

from chatsvc.chat.chat import Chat
from chatsvc.chat.moderation.moderation import MUTED_FOR
from chatsvc.chat.moderation.powers import may
from chatsvc.chat.moderation.targets import Target
from chatsvc.chat.people.user import Session
from chatsvc.command import LONG, command
from chatsvc.commands.people import tell_names
from chatsvc.errors import ChatError
from chatsvc.parameter import Place, Scope
from chatsvc.text.names import ACCOUNT, ADDRESS
from chatsvc.text.spans import term

MOST_SHOWN = 20  # acts in a log
HERE = Scope("")  # what stands for one that is left out


@command("kick")
async def kick(chat: Chat, session: Session, room: Scope, username: str, reason: str = "") -> None:
    """Put somebody out of a room, who can join it again.

    Moderators can put out participants and visitors, the owner moderators, too. /kick server NAME
    puts somebody off the server, which is for operators.
    """
    order = chat.moderation
    await order.kick(session, order.room(session, room, "kick"), username, reason)


@command("ban", cost=LONG)
async def ban(chat: Chat, session: Session, room: Scope, name: str, reason: str = "") -> None:
    """Keep somebody out of a room: /ban bob for 2h spam.

    Without a time it is until you undo it. Times are 30m, 2h, 1d12h, 10 minutes, forever. A name is
    that of somebody here, or of an account; of a guest, the address is banned. There are also /ban
    address 192.0.2.0/24 and /ban account bob. Whom it would hit, /ban? tells. /ban server NAME
    keeps somebody off the server, which is for operators.
    """
    order = chat.moderation
    found = order.room(session, room, "ban")
    target, rest = _target(chat, session, name, reason)
    seconds, rest = _terms(rest, inf)
    await order.ban(session, found, target, seconds, rest)


@command("ban?", cost=LONG)
async def would_ban(chat: Chat, session: Session, room: Scope, name: str, more: str = "") -> None:
    """List who of those here would be hit by a ban, and do nothing.

    Whom one of an address would hit is for operators only: so are addresses.
    """
    order = chat.moderation
    found = order.room(session, room, "bans")
    target, _ = _target(chat, session, name, more)
    if not target.is_person and not chat.standing.is_operator(session.user):
        raise ChatError("From which addresses people come is for operators only.")
    rank = chat.standing.role_of(found, session.user)
    hit = [
        user
        for user in await order.hit_by(found, target.keys, rank)
        if may(rank, "ban", chat.standing.role_of(found, user))
    ]
    where = "on this server" if found is chat.lobby else f"in {found.name}"
    tell_names(session, [user.name for user in hit], f"hit by that {where}")


@command("unban")
async def unban(chat: Chat, session: Session, room: Scope, name: str, more: str = "") -> None:
    """Let somebody join again who is banned: a name, an account or an address."""
    order = chat.moderation
    text = f"{name} {more}" if more else name
    await order.lift(session, order.room(session, room, "unban"), "ban", text)


@command("bans", cost=LONG)
async def bans(chat: Chat, session: Session, room: Scope = HERE) -> None:
    """List who is banned from a room, or muted in it."""
    order = chat.moderation
    found = order.room(session, room, "bans")
    where = "this server" if found is chat.lobby else found.name
    _tell(session, await order.listed(found, "ban", "mute"), f"Nobody is banned from {where}.")


@command("mute", cost=LONG)
async def mute(chat: Chat, session: Session, room: Scope, name: str, reason: str = "") -> None:
    """Let somebody not speak in a room for a while: /mute bob for 10m spam.

    Without a time it is for 10 minutes; for times see /help ban. /mute server NAME is for
    operators: nothing that somebody words reaches anybody then but operators, and whoever has
    written to them last.
    """
    order = chat.moderation
    found = order.room(session, room, "mute")
    target, rest = _target(chat, session, name, reason)
    seconds, rest = _terms(rest, MUTED_FOR)
    await order.mute(session, found, target, seconds, rest)


@command("unmute", cost=LONG)
async def unmute(chat: Chat, session: Session, room: Scope, name: str) -> None:
    """Let somebody speak again who is muted."""
    order = chat.moderation
    await order.lift(session, order.room(session, room, "unmute"), "mute", name)


@command("op")
async def op(chat: Chat, session: Session, room: Place, username: str) -> None:
    """Make somebody a moderator of your room.

    Somebody without an account is one until that guest leaves.
    """
    order = chat.moderation
    await order.give(session, order.room(session, room, "op"), "op", username)


@command("deop")
async def deop(chat: Chat, session: Session, room: Place, username: str, reason: str = "") -> None:
    """Let somebody be a moderator no longer."""
    order = chat.moderation
    await order.lift(session, order.room(session, room, "deop"), "op", username, reason)


@command("voice")
async def voice(chat: Chat, session: Session, room: Place, username: str) -> None:
    """Let somebody speak while the room is moderated."""
    order = chat.moderation
    await order.give(session, order.room(session, room, "voice"), "voice", username)


@command("devoice")
async def devoice(
    chat: Chat, session: Session, room: Place, username: str, reason: str = ""
) -> None:
    """Let somebody speak no longer while the room is moderated."""
    order = chat.moderation
    await order.lift(session, order.room(session, room, "devoice"), "voice", username, reason)


@command("moderated")
async def moderated(chat: Chat, session: Session, room: Place, state: Literal["on", "off"]) -> None:
    """Let only those speak in a room who have voice or keep order there, or let everybody."""
    order = chat.moderation
    found = order.room(session, room, "moderated")
    if state == "on":
        await order.set_moderated(session, found)
    else:
        await order.end_moderated(session, found)


@command("redact", cost=LONG)
async def redact(chat: Chat, session: Session, number: str, reason: str = "") -> None:
    """Remove what somebody said: /history shows its number.

    The text is gone from the history, from what /search finds, and from the server's files. That it
    was there stays, and who has removed it, and why.
    """
    await chat.redaction.redact(session, number, reason)


@command("log")
def log(chat: Chat, session: Session, room: Scope = HERE) -> None:
    """See who has kept order in a room of late: whom that hit, why, and how it ended.

    Each line begins with the number by which it can be undone.
    """
    order = chat.moderation
    found = order.room(session, room, "log")
    where = "on this server" if found is chat.lobby else f"in {found.name}"
    _tell(session, order.log(found, MOST_SHOWN), f"Nothing was done {where}.")


@command("undo")
async def undo(chat: Chat, session: Session, number: str, reason: str = "") -> None:
    """Undo what /log shows under a number.

    That is for whoever may do the opposite, but not for whom it hits.
    """
    await chat.moderation.undo(session, number, reason)


def _target(chat: Chat, session: Session, name: str, rest: str) -> tuple[Target, str]:
    """Whom a command is to hit, and what stands behind that."""
    kind = name.casefold()
    if kind in (ACCOUNT, ADDRESS):
        word, _, rest = rest.partition(" ")
        if not word:
            raise ChatError(f"Which {kind}?")
        name = f"{kind} {word}"
    return chat.targets.target(session.user, name), rest.strip()


def _terms(text: str, usual: float) -> tuple[float, str]:
    """For how many seconds something is to be, and why. Raises Misused."""
    found = term(text)
    return (usual, text) if found is None else found


def _tell(session: Session, lines: list[str], nothing: str) -> None:
    for line in lines:
        session.tell(line)
    if not lines:
        session.tell(nothing)
