"""Saying: how a client's message gets into the chat, and what the client is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.chat.rooms.room import EXTERNAL
from chatsvc.doors.irc.codec.message import END
from chatsvc.doors.irc.labels import Hushed
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.wording.people import account_name
from chatsvc.doors.irc.wording.reactions import replied_to
from chatsvc.errors import ChatError, NoSuchUser
from chatsvc.events.speech import Reacted

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client
    from chatsvc.events.event import Event
    from chatsvc.events.speech import Acted, Direct, Said


def in_turn(targets: Sequence[str], do: Callable[[str], MaybeCoroutine]) -> MaybeCoroutine:
    """Do something for some targets, each of which waits for those before it."""
    for number, target in enumerate(targets):
        doing = do(target)
        if doing is not None:
            return _then(doing, targets[number + 1 :], do)
    return None


async def _then(
    doing: Coroutine[object, object, None],
    targets: Sequence[str],
    do: Callable[[str], MaybeCoroutine],
) -> None:
    await doing
    more = in_turn(targets, do)
    if more is not None:
        await more


def say(
    client: Client,
    session: Session,
    name: str,
    kind: type[Said | Acted | Reacted],
    text: str,
    is_notice: bool,
) -> None:
    """Say something in a channel.

    name: the channel's.
    is_notice: whether the client is told nothing if it cannot be said.
    """
    chat, user = client.door.chat, session.user
    room = open_to(client, name, is_notice)
    if room is None:
        return
    client.flush()
    session.nonce = ""
    try:
        reply_to = replied_to(client.tags) if client.tags else 0
        chat.speaking.say(room, session, kind, text, reply_to)
    except ChatError as error:
        refuse(client, room.name, error, is_notice)
        return
    finally:
        session.nonce = client.label
    if chat.rooms.is_in(room, user):
        note_said(client, session, chat.delivery.last_id)
    else:
        echo(client, kind(user.name, text, room.name, "", user.account_name, reply_to=reply_to))


def refuse(client: Client, target: str, why: ChatError | str, is_notice: bool) -> None:
    """Tell a client why it cannot say something in a channel, unless that is a notice.

    target: the channel, or some of those in it, as the client is told.
    why: an error; or a mode, such as +n.
    """
    if not is_notice:
        reason = f" ({why})" if isinstance(why, str) else f": {why}"
        client.say("404", target, f"Cannot send to channel{reason}")


def open_to(client: Client, name: str, is_notice: bool) -> NamedRoom | None:
    """The channel of that name, if a client may send something there; else it is told why not.

    is_notice: whether it is told nothing.
    """
    rooms = client.chat.rooms
    room = rooms.get(name)
    is_in = room is not None and rooms.is_in(room, client.user)
    if room is None or not (is_in or rooms.is_seen(room, client.user)):
        if not is_notice:
            client.say("403", shown(name), "No such channel")
        return None
    if not is_in and EXTERNAL not in room.flags:
        refuse(client, room.name, "+n", is_notice)
        return None
    return room


def note_said(client: Client, session: Session, entry_id: int) -> None:
    """Spare a client what it has said, or tell it with its label.

    entry_id: of that. If there is a newer one, it waits for somebody, and is left out already.
    """
    delivery = client.door.chat.delivery
    if client.tags:
        client.door.tag(entry_id, client.tags)
    if "echo-message" in client.caps:
        if client.label:
            client.echoed |= {entry_id}
    elif entry_id == delivery.last_id:
        delivery.leave_out(session)


def write(
    client: Client, name: str, kind: type[Direct], text: str, is_notice: bool
) -> MaybeCoroutine:
    """Send somebody a direct message.

    is_notice: as for `say`.
    """
    chat = client.chat
    other = chat.users.get(name)
    account = chat.accounts.find(name) if other is None else None
    if account is not None:
        other = chat.users.owner(account)  # who may go by another name
    reply_to = replied_to(client.tags) if client.tags else 0
    if other is None and account is None:
        if not is_notice:
            client.say("401", shown(name), "No such nick")
        return None
    client.flush()
    is_away = other is not None and other.away is not None
    nonce = Hushed() if is_away else ""
    client.session.nonce = nonce
    client.session.sent_id = 0
    try:
        doing = chat.direct.write_to(client.session, name, text, kind, reply_to)
    except NoSuchUser:
        if not is_notice:
            client.say("401", shown(name), "No such nick")
        return None
    finally:
        client.session.nonce = client.label
    is_quiet = is_notice or issubclass(kind, Reacted)
    if doing is not None:
        doing = written(client, doing, nonce)
        return _tell_away(client, doing, other) if other and is_away and not is_quiet else doing
    if client.session.sent_id:
        if other is client.user:
            facts = {"account": account_name(client.user), "to": client.nick}
            echo(client, kind(client.user.name, text, reply_to=reply_to, **facts))
        else:
            note_said(client, client.session, client.session.sent_id)
    if other and is_away and not is_quiet:
        client.say_away(other)
    return None


async def _tell_away(client: Client, doing: Coroutine[object, object, None], other: User) -> None:
    """Say something to somebody who is away, and tell the client that."""
    await doing
    client.say_away(other)


async def written(client: Client, doing: Coroutine[object, object, None], nonce: str = "") -> None:
    """Say the first thing to somebody, or what waits; both are kept before that goes on.

    nonce: Hushed to leave out the chat's own answers, as for `Client.hush`.
    """
    session = client.session
    session.nonce = nonce
    session.sent_id = 0
    try:
        await doing
    finally:
        session.nonce = client.label
    if session.sent_id:
        note_said(client, session, session.sent_id)


def echo(client: Client, event: Event) -> None:
    """Tell a client that it has said something, if it wants that and does not hear it there.

    That is what it has said from outside a channel, or, besides what it hears, to its owner.
    """
    delivery = client.chat.delivery
    if client.tags:
        client.door.tag(delivery.last_id, client.tags)
    if "echo-message" in client.caps:
        told = client.wording.lines_of(event, delivery.last_id, delivery.last_at)
        client.tell_all(told.split(END)[:-1])
