"""Messages: to channels and to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.doors.irc.formatting import plain
from chatsvc.doors.irc.isupport import MOST_TARGETS
from chatsvc.doors.irc.verb import Doing, verb
from chatsvc.doors.irc.verbs.channels import shown
from chatsvc.errors import ChatError, NoSuchUser
from chatsvc.events.speech import (
    Acted,
    Direct,
    DirectlyActed,
    DirectlyNoticed,
    Noticed,
    Said,
)

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.message import Message

ACTION = "\x01ACTION "


@verb("PRIVMSG")
def privmsg(client: Client, message: Message) -> Doing:
    """Say something."""
    return _send(client, message)


@verb("NOTICE")
def notice(client: Client, message: Message) -> Doing:
    """Say something that nobody is to answer by itself."""
    return _send(client, message)


def _send(client: Client, message: Message) -> Doing:
    is_notice = message.command == "NOTICE"
    targets = message.params[0].split(",") if message.params else []
    text = message.params[1] if len(message.params) > 1 else ""
    if not targets or not targets[0]:
        if not is_notice:
            client.say("411", f"No recipient given ({message.command})")
        return None
    if not text:
        if not is_notice:
            client.say("412", "No text to send")
        return None
    if len(targets) > MOST_TARGETS:
        client.say("407", shown(targets[MOST_TARGETS]), "Too many targets")
        return None
    for target in dict.fromkeys(targets):
        doing = send(client, message.command, target, text)
        if doing is not None:
            return doing
    return None


def send(client: Client, command: str, target: str, text: str) -> Doing:
    """Say something to one target."""
    is_action = text.startswith(ACTION)
    said = plain(text.removeprefix(ACTION).rstrip("\x01") if is_action else text)
    if not said:
        return None
    is_notice = command == "NOTICE"
    if target[0] == "#":
        kind = Noticed if is_notice else Acted if is_action else Said
        _say(client, target, kind, said, is_notice)
        return None
    direct = DirectlyNoticed if is_notice else DirectlyActed if is_action else Direct
    return _write(client, target, direct, said, is_notice)


def _say(client: Client, name: str, kind: type[Said | Acted], text: str, is_notice: bool) -> None:
    chat, user = client.chat, client.user
    room = chat.rooms.get(name)
    if room is None or not chat.rooms.is_seen(room, user):
        if not is_notice:
            client.say("403", shown(name), "No such channel")
        return
    if not chat.rooms.is_in(room, user):
        if not is_notice:
            client.say("404", room.name, "Cannot send to channel (+n)")
        return
    client.flush()
    client.session.nonce = ""
    try:
        chat.speaking.say(room, client.session, kind, text)
    except ChatError as error:
        if not is_notice:
            client.say("404", room.name, f"Cannot send to channel: {error}")
        return
    finally:
        client.session.nonce = client.label
    _said(client)


def _said(client: Client) -> None:
    """Spare a client what it has said, or tell it with its label."""
    if "echo-message" not in client.caps:
        client.chat.delivery.leave_out(client.session)
    elif client.label:
        client.echoed.add(client.chat.delivery.last_id)


def _write(client: Client, name: str, kind: type[Direct], text: str, is_notice: bool) -> Doing:
    chat = client.chat
    other = chat.users.get(name)
    account = chat.accounts.find(name) if other is None else None
    if other is None and account is None:
        if not is_notice:
            client.say("401", shown(name), "No such nick")
        return None
    client.flush()
    client.session.nonce = "\0" if other is not None and other.away is not None else ""
    before = chat.delivery.last_id
    try:
        doing = chat.direct.write_to(client.session, name, text, kind)
    except NoSuchUser:
        client.say("401", shown(name), "No such nick")
        return None
    finally:
        client.session.nonce = client.label
    if doing is not None:
        return doing
    if chat.delivery.last_id > before:
        _said(client)
    if other is not None and other.away is not None and not is_notice:
        client.say("301", other.name, other.away)
    return None
