"""Client-only tags and CTCP, from client to client: only reactions are seen at other doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.chat.rooms.room import NO_CTCP
from chatsvc.doors.irc.supported.isupport import MOST_TARGETS
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.verbs.speech.saying import (
    echo,
    in_turn,
    note_said,
    open_to,
    refuse,
    say,
    write,
    written,
)
from chatsvc.doors.irc.verbs.speech.statusmsg import is_for_some, say_to_some
from chatsvc.doors.irc.wording.people import account_name
from chatsvc.doors.irc.wording.reactions import reaction_in
from chatsvc.errors import ChatError
from chatsvc.events.relayed import Relayed
from chatsvc.events.speech import DIRECTLY

if TYPE_CHECKING:
    from chatsvc.chat.people.user import User
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message


@verb("TAGMSG", least=1)
def tagmsg(client: Client, message: Message) -> MaybeCoroutine:
    """Send tags to other clients, such as that you are typing."""
    if not client.tags:
        return None
    targets = dict.fromkeys(message.params[0].split(",")[:MOST_TARGETS])
    return in_turn(list(targets), lambda target: _tag(client, target))


def _tag(client: Client, target: str) -> MaybeCoroutine:
    """Send tags to one target; reactions are said as messages are, unless they are for some."""
    reaction = reaction_in(client.tags)
    if reaction is None or is_for_some(target):
        return relay(client, "TAGMSG", target, "")
    kind, text = reaction
    if target[:1] != "#":
        return write(client, target, DIRECTLY[kind], text, is_notice=False)
    say(client, client.session, target, kind, text, is_notice=False)
    return None


def relay(client: Client, command: str, target: str, text: str) -> MaybeCoroutine:
    """Send other clients something that nobody at another door sees, and that is not kept."""
    chat, user = client.chat, client.user
    is_notice = command == "NOTICE"
    if is_for_some(target):
        return say_to_some(client, command, target, text)
    if target[:1] != "#":
        other = chat.users.get(target)
        if other is not None:
            return _relay_to(client, other, command, text)
        if not is_notice:
            client.say("401", shown(target), "No such nick")
        return None
    room = open_to(client, target, is_notice)
    if room is None:
        return None
    if text and NO_CTCP in room.flags:
        refuse(client, room.name, "+C", is_notice)
        return None
    try:
        chat.speaking.check(room, user)
    except ChatError as error:
        refuse(client, room.name, error, is_notice)
        return None
    event = Relayed(user.name, room.name, command, text, client.tags, account_name(user))
    client.flush()
    chat.delivery.append(room, event)
    if chat.rooms.is_in(room, user):
        note_said(client, client.session, chat.delivery.last_id)
    else:
        echo(client, event)
    return None


def _relay_to(client: Client, other: User, command: str, text: str) -> MaybeCoroutine:
    if ignores(other, client.user):
        return None
    user = client.user
    if not (text or other is user) and other.sessions:  # it is found again among what they said
        event = Relayed(user.name, other.name, command, "", client.tags, account_name(user))
        client.flush()
        doing = client.chat.direct.relay(client.session, other, event)
        if doing is not None:
            return written(client, doing)
        note_said(client, client.session, client.session.sent_id)
        return None
    client.chat.standing.check_words(client.user, other)
    what = f"{command} {other.name}{f' :{text}' if text else ''}"
    for session in other.sessions:
        each = client.door.clients.get(session)
        if each is not None and ("message-tags" in each.caps or text) and "T" not in each.modes:
            each.inform_of(user, what, client.tags)
    if "echo-message" in client.caps:
        client.tell_own(what, client.tags)
    return None
