"""Messages: to channels and to people."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.command.typed import check_said, is_ordinary
from chatsvc.doors.irc.client import LastMessage
from chatsvc.doors.irc.codec import ctcp
from chatsvc.doors.irc.codec.formatting import plain
from chatsvc.doors.irc.codec.message import LINE_BYTES
from chatsvc.doors.irc.multiline import BATCH, CONCAT, Invalid, Multiline, joined
from chatsvc.doors.irc.supported.isupport import MOST_TARGETS
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.verbs.lookup.services import SERVICES, ask
from chatsvc.doors.irc.verbs.speech.saying import in_turn, say, write
from chatsvc.doors.irc.verbs.speech.statusmsg import is_for_some, say_to_some
from chatsvc.doors.irc.verbs.speech.tags import relay
from chatsvc.errors import ChatError, Unsaid
from chatsvc.events.speech import (
    Acted,
    Direct,
    DirectlyActed,
    DirectlyNoticed,
    Noticed,
    Said,
)

if TYPE_CHECKING:
    from chatsvc.chat.people.user import Session
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

FITS = 160  # bytes of a text that fit into a message, whoever says them


@verb("PRIVMSG")
def privmsg(client: Client, message: Message) -> MaybeCoroutine:
    """Say something."""
    return _send(client, message)


@verb("NOTICE")
def notice(client: Client, message: Message) -> MaybeCoroutine:
    """Say something that no program answers."""
    return _send(client, message)


def _send(client: Client, message: Message) -> MaybeCoroutine:
    if "batch" in message.tags:
        _collect(client, message)
        return None
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
        if not is_notice:
            client.say("407", shown(targets[MOST_TARGETS]), "Too many targets")
        return None
    room = client.chat.rooms.get(targets[0]) if targets[0][0] == "#" else None
    if room is not None and len(targets) == 1:
        begin = f"PRIVMSG {targets[0]} :".encode()
        client.last_message = LastMessage(begin, room.name, ref(room))
    wanted = list(dict.fromkeys(targets))
    return in_turn(wanted, lambda target: send(client, message.command, target, text))


def say_on(client: Client, session: Session, line: bytes) -> bool:
    """Say a line that begins as the last message to a channel did, unless it needs a closer look.

    That is nearly every line, and takes half the time. Returns whether it was done.
    """
    begin, channel, find = client.last_message
    if not line.startswith(begin) or len(line) - len(begin) > FITS:
        return False
    chat, room = client.door.chat, find()
    if room is None or room.name is not channel or not chat.rooms.is_in(room, session.user):
        return False
    client.label = client.tags = session.nonce = ""
    try:
        text = line[len(begin) :].decode()
        if not (text.isprintable() and is_ordinary(text)):
            return False
        chat.speaking.say(room, session, Said, text)
    except (UnicodeDecodeError, ChatError):
        return False
    if "echo-message" not in client.caps:
        chat.delivery.leave_out(session)
    return True


def send(client: Client, command: str, target: str, text: str) -> MaybeCoroutine:
    """Say something to one target."""
    service = SERVICES.get(target.casefold())
    is_notice = command == "NOTICE"
    if service is not None:
        return None if is_notice else ask(client, service, text)
    most = len(text) if text.isascii() else 4 * len(text)  # bytes
    if most > FITS and _is_too_long(client, command, target, text):
        if not is_notice:
            client.say("417", "With your name before it, that is too long for others")
        return None
    done = ctcp.done_in(text)
    if text[:1] == ctcp.MARK and done is None:
        return relay(client, command, target, text)
    is_action = done is not None
    said = _plain_lines(text if done is None else done)
    if not said:
        if not is_notice:
            client.say("412", "No text to send")
        return None
    if not (is_notice or is_action):
        try:
            check_said(said, client.chat.knows)
        except Unsaid as error:
            why = f"That was not said: it looks like {error.command}."
            client.say("404", shown(target), f"{why} A notice says it as it is.")
            return None
    if is_for_some(target):
        return say_to_some(client, command, target, ctcp.action(said) if is_action else said)
    if target[0] == "#":
        kind = Noticed if is_notice else Acted if is_action else Said
        say(client, client.session, target, kind, said, is_notice)
        return None
    direct = DirectlyNoticed if is_notice else DirectlyActed if is_action else Direct
    return write(client, target, direct, said, is_notice)


def _plain_lines(text: str) -> str:
    """Some lines without formatting, and without blank ones around them."""
    return "\n".join(map(plain, text.split("\n"))).strip("\n")


def _is_too_long(client: Client, command: str, target: str, text: str) -> bool:
    """Whether a line of a text would not fit into a message that others are sent."""
    longest = max([len(line.encode()) for line in text.split("\n")])
    begin = f":{client.source} {command} {target} :\r\n"
    return len(begin.encode()) + longest > LINE_BYTES


@verb("BATCH", least=1)
def batch(client: Client, message: Message) -> MaybeCoroutine:
    """Begin or end a message of several lines (draft/multiline)."""
    what, *rest = message.params
    begun = client.multiline
    if begun is None and what[:1] == "+" and len(rest) == 2 and rest[0] == BATCH:
        client.multiline = (what[1:], Multiline(rest[1], client.label, client.tags))
        client.label = client.session.nonce = ""
        return None
    if begun is None or what != f"-{begun[0]}":
        client.fail("BATCH", "MULTILINE_INVALID", "There is no such batch, or another has begun")
        return None
    client.multiline = None
    found = begun[1]
    if found.is_refused:
        return None
    client.label = client.session.nonce = found.label
    client.tags = found.tags
    before = client.chat.delivery.last_id
    try:
        text = found.text
        if "\n" in text and (text[0] == ctcp.MARK or is_for_some(found.target)):
            raise Invalid("CTCP, and what is for some in a channel, has one line")
        doing = send(client, found.verb, found.target, text)
    except Invalid as error:
        client.fail("BATCH", *error.code, str(error))
        return None
    last_id = client.chat.delivery.last_id
    if doing is None and len(found.pieces) > 1 and last_id > before:  # else nothing was said
        pieces = [piece._replace(text=plain(piece.text)) for piece in found.pieces]
        said = joined(pieces).strip("\n")  # blank lines around it are left to those who know pieces
        if text[0] != ctcp.MARK and said == _plain_lines(text):  # else it is split anew
            client.door.split(last_id, pieces)
    return doing


def _collect(client: Client, message: Message) -> None:
    """Take one of the lines of a message of several, unless one of them was refused before."""
    begun = client.multiline
    if begun is None or message.tags["batch"] != begun[0]:
        client.fail("BATCH", "MULTILINE_INVALID", "That line belongs to no batch")
        return
    found = begun[1]
    client.label = client.session.nonce = ""
    if found.is_refused:
        return
    try:
        if len(message.params) < 2:
            raise Invalid("There is nothing in that line")
        target, text = message.params[:2]
        found.take(message.command, target, text, CONCAT in message.tags)
    except Invalid as error:
        found.refuse()
        client.label = client.session.nonce = found.label
        client.fail("BATCH", *error.code, str(error))
