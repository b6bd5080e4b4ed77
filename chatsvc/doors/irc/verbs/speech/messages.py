"""Messages: to channels and to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import EXTERNAL, NO_CTCP
from chatsvc.command.typed import check_said, is_ordinary
from chatsvc.doors.irc.client import HUSH, LastMessage
from chatsvc.doors.irc.codec.formatting import plain
from chatsvc.doors.irc.codec.message import LINE_BYTES
from chatsvc.doors.irc.multiline import BATCH, CONCAT, Invalid, Multiline
from chatsvc.doors.irc.supported.isupport import MOST_TARGETS
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.verbs.lookup.services import SERVICES, ask
from chatsvc.doors.irc.wording.people import account_name
from chatsvc.doors.irc.wording.reactions import reaction_in, replied_to
from chatsvc.doors.irc.wording.wording import END
from chatsvc.errors import ChatError, NoSuchUser, Unsaid
from chatsvc.events.answers import Notice
from chatsvc.events.relayed import Relayed
from chatsvc.events.speech import (
    Acted,
    Direct,
    DirectlyActed,
    DirectlyNoticed,
    Noticed,
    Reacted,
    Said,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from chatsvc.chat.people.user import Session, User
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

ACTION = "\x01ACTION "
LOOKED_AT_ONCE = 1000  # people in a room whose marks are looked up in one turn
FITS = 160  # bytes of a text that fit into a message, whoever says them


@verb("PRIVMSG")
def privmsg(client: Client, message: Message) -> MaybeCoroutine:
    """Say something."""
    return _send(client, message)


@verb("NOTICE")
def notice(client: Client, message: Message) -> MaybeCoroutine:
    """Say something that nobody is to answer by itself."""
    return _send(client, message)


def _send(client: Client, message: Message) -> MaybeCoroutine:
    if "batch" in message.tags and client.multiline is not None:
        _collect(client, client.multiline, message)
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
        client.say("407", shown(targets[MOST_TARGETS]), "Too many targets")
        return None
    if targets[0][0] == "#" and len(targets) == 1 and targets[0] != client.last_message.channel:
        client.last_message = LastMessage(f"PRIVMSG {targets[0]} :".encode(), targets[0])
    return _send_to_all(client, message.command, list(dict.fromkeys(targets)), text)


def _send_to_all(client: Client, command: str, targets: Sequence[str], text: str) -> MaybeCoroutine:
    """Say something to some targets, each of which waits for those before it."""
    for number, target in enumerate(targets):
        doing = send(client, command, target, text)
        if doing is not None:
            return _then(client, doing, command, targets[number + 1 :], text)
    return None


async def _then(
    client: Client,
    doing: Coroutine[object, object, None],
    command: str,
    targets: Sequence[str],
    text: str,
) -> None:
    await doing
    more = _send_to_all(client, command, targets, text)
    if more is not None:
        await more


def say_on(client: Client, session: Session, line: bytes) -> bool:
    """Say a line that begins as the last message to a channel did, unless it needs a closer look.

    That is nearly every line, and takes half the time. Returns whether it was done.
    """
    begin, channel = client.last_message
    if not line.startswith(begin) or len(line) - len(begin) > FITS:
        return False
    try:
        text = line[len(begin) :].decode()
    except UnicodeDecodeError:
        return False
    if not (text.isprintable() and is_ordinary(text)):
        return False
    client.label = client.tags = session.nonce = ""
    _say(client, session, channel, Said, text, is_notice=False)
    return True


def send(client: Client, command: str, target: str, text: str) -> MaybeCoroutine:
    """Say something to one target."""
    service = SERVICES.get(target.casefold())
    if service is not None:
        return ask(client, service, text)
    most = len(text) if text.isascii() else 4 * len(text)  # bytes
    if most > FITS and _is_too_long(client, command, target, text):
        client.say("417", "With your name before it, that is too long for others")
        return None
    is_action = text.startswith(ACTION)
    if text[:1] == "\x01" and not is_action:
        return _relay(client, command, target, text)
    lines = text.removeprefix(ACTION).rstrip("\x01") if is_action else text
    said = "\n".join(map(plain, lines.split("\n"))).strip("\n")
    if not said:
        return None
    is_notice = command == "NOTICE"
    if not (is_notice or is_action):
        try:
            check_said(said, client.chat.knows)
        except Unsaid as error:
            why = f"That was not said: it looks like {error.command}."
            client.say("404", shown(target), f"{why} A notice says it as it is.")
            return None
    if target[:2] in ("@#", "+#"):
        return _say_to_some(client, command, target, said)
    if target[0] == "#":
        kind = Noticed if is_notice else Acted if is_action else Said
        _say(client, client.session, target, kind, said, is_notice)
        return None
    direct = DirectlyNoticed if is_notice else DirectlyActed if is_action else Direct
    return _write(client, target, direct, said, is_notice)


def _is_too_long(client: Client, command: str, target: str, text: str) -> bool:
    """Whether a line of a text would not fit into a message that others are sent."""
    longest = max([len(line.encode()) for line in text.split("\n")])
    begin = f":{client.source} {command} {target} :\r\n"
    return len(begin.encode()) + longest > LINE_BYTES


@verb("BATCH", least=1)
def batch(client: Client, message: Message) -> MaybeCoroutine:
    """Begin or end a message of several lines (draft/multiline)."""
    what, *rest = message.params
    label, client.label = client.label, ""
    client.session.nonce = ""
    begun, client.multiline = client.multiline, None
    if what[:1] == "+" and len(rest) == 2 and rest[0] == BATCH:
        client.multiline = (what[1:], Multiline(rest[1], label, client.tags))
        return None
    if begun is None or what != f"-{begun[0]}":
        client.fail("BATCH", "MULTILINE_INVALID", "There is no such batch")
        return None
    found = begun[1]
    client.label = client.session.nonce = found.label
    client.tags = found.tags
    try:
        doing = send(client, found.verb, found.target, found.text)
    except Invalid as error:
        client.fail("BATCH", *error.code, str(error))
        return None
    if doing is None and len(found.pieces) > 1:
        client.door.split(client.chat.delivery.last_id, found.pieces)
    return doing


def _collect(client: Client, begun: tuple[str, Multiline], message: Message) -> None:
    """Take one of the lines of a message of several."""
    reference, found = begun
    client.label = client.session.nonce = ""
    try:
        if message.tags["batch"] != reference or len(message.params) < 2:
            raise Invalid("That line belongs to no batch")
        target, text = message.params[:2]
        found.take(message.command, target, text, CONCAT in message.tags)
    except Invalid as error:
        client.multiline = None
        client.fail("BATCH", *error.code, str(error))


async def _say_to_some(client: Client, command: str, target: str, text: str) -> None:
    """Say something to those in a channel who keep order there (@), or have voice, too (+)."""
    chat, user = client.chat, client.user
    room = chat.rooms.get(target[1:])
    if room is None or not chat.rooms.is_in(room, user):
        client.say("404", shown(target), "Cannot send to channel (+n)")
        return
    chat.speaking.check(room, user)
    least = Role.MODERATOR if target[0] == "@" else Role.PARTICIPANT
    line = f":{client.source} {command} {target[0]}{room.name} :{text}"
    told = Notice(f"{user.name} to those who keep order: {text}", room.name)
    async for other in chat.turns.slowly(list(room.occupants), LOOKED_AT_ONCE):
        marks = chat.standing.marks(room, other)
        if other is user or not marks or marks[0] < least or ignores(other, user):
            continue
        for session in other.sessions:
            each = client.door.clients.get(session)
            if each is not None:
                each.inform(line)
            else:
                chat.delivery.tell(session, told)


@verb("TAGMSG", least=1)
def tagmsg(client: Client, message: Message) -> MaybeCoroutine:
    """Send tags to other clients, such as that one is typing."""
    targets = dict.fromkeys(message.params[0].split(",")[:MOST_TARGETS])
    doing = [_relay(client, "TAGMSG", target, "") for target in targets] if client.tags else []
    waiting = [each for each in doing if each is not None]
    return _all(waiting) if waiting else None


async def _all(waiting: Sequence[Coroutine[object, object, None]]) -> None:
    for each in waiting:
        await each


async def _written(client: Client, doing: Coroutine[object, object, None]) -> None:
    """Say the first thing to somebody, or what waits; both are kept before that goes on."""
    delivery = client.chat.delivery
    before = delivery.last_id
    client.session.nonce = ""
    try:
        await doing
    finally:
        client.session.nonce = client.label
    if delivery.last_id > before:
        _said(client, client.session)


def _echo_to_self(client: Client, kind: type[Direct], text: str) -> None:
    """Tell a client, besides what it has said to its owner, that it has, if it wants that."""
    entry_id = client.chat.delivery.last_id
    if client.tags:
        client.door.tag(entry_id, client.tags)
    if "echo-message" in client.caps:
        event = kind(client.user.name, text, account=account_name(client.user), to=client.nick)
        told = client.wording.lines_of(event, entry_id, client.chat.clock.now())
        client.tell(told.removesuffix(END))


def _relay(client: Client, command: str, target: str, text: str) -> MaybeCoroutine:
    """Send other clients something that nobody at another door sees, and that is not kept."""
    chat, user = client.chat, client.user
    room = chat.rooms.get(target) if target[:1] == "#" else None
    other = chat.users.get(target)
    if room is None and other is None:
        client.say("401", shown(target), "No such nick or channel")
        return None
    if room is None:
        assert other is not None
        return _relay_to(client, other, command, text)
    if not chat.rooms.is_in(room, user):
        client.say("404", room.name, "Cannot send to channel (+n)")
        return None
    if text and NO_CTCP in room.flags:
        client.say("404", room.name, "Cannot send to channel (+C)")
        return None
    reaction = None if text else reaction_in(client.tags)
    if reaction is not None:
        _say(client, client.session, room.name, *reaction, is_notice=False)
        return None
    chat.speaking.check(room, user)
    event = Relayed(user.name, room.name, command, text, client.tags, account_name(user))
    client.flush()
    chat.delivery.append(room, event)
    _said(client, client.session)
    return None


def _relay_to(client: Client, other: User, command: str, text: str) -> MaybeCoroutine:
    if ignores(other, client.user):
        return None
    user = client.user
    if not (text or other is user) and other.sessions:  # it is found again among what they said
        event = Relayed(user.name, other.name, command, "", client.tags, account_name(user))
        client.flush()
        before = client.chat.delivery.last_id
        doing = client.chat.direct.relay(client.session, other, event)
        if doing is not None:
            return _written(client, doing)
        if client.chat.delivery.last_id > before:
            _said(client, client.session)
        return None
    client.chat.standing.check_words(client.user, other)
    rest = f" :{text}" if text else ""
    line = f":{client.source} {command} {other.name}{rest}"
    at = client.chat.clock.now()
    for session in other.sessions:
        each = client.door.clients.get(session)
        if each is not None and ("message-tags" in each.caps or text) and "T" not in each.modes:
            each.inform(each.wording.tags(0, at, account_name(client.user), client.tags) + line)
    if "echo-message" in client.caps:
        client.tell(client.wording.tags(0, at, account_name(client.user), client.tags) + line)
    return None


def _say(
    client: Client,
    session: Session,
    name: str,
    kind: type[Said | Acted | Reacted],
    text: str,
    is_notice: bool,
) -> None:
    chat, user = client.door.chat, session.user
    rooms = chat.rooms
    room = rooms.get(name)
    is_in = room is not None and rooms.is_in(room, user)
    if room is None or not (is_in or rooms.is_seen(room, user)):
        if not is_notice:
            client.say("403", shown(name), "No such channel")
        return
    if not is_in and EXTERNAL not in room.flags:
        if not is_notice:
            client.say("404", room.name, "Cannot send to channel (+n)")
        return
    client.flush()
    session.nonce = ""
    try:
        reply_to = replied_to(client.tags) if client.tags else 0
        chat.speaking.say(room, session, kind, text, reply_to)
    except ChatError as error:
        if not is_notice:
            client.say("404", room.name, f"Cannot send to channel: {error}")
        return
    finally:
        session.nonce = client.label
    if is_in:
        _said(client, session)
    elif client.tags:
        client.door.tag(chat.delivery.last_id, client.tags)


def _said(client: Client, session: Session) -> None:
    """Spare a client what it has said, or tell it with its label."""
    delivery = client.door.chat.delivery
    if client.tags:
        client.door.tag(delivery.last_id, client.tags)
    if "echo-message" not in client.caps:
        delivery.leave_out(session)
    elif client.label:
        client.echoed |= {delivery.last_id}


def _write(
    client: Client, name: str, kind: type[Direct], text: str, is_notice: bool
) -> MaybeCoroutine:
    chat = client.chat
    other = chat.users.get(name)
    account = chat.accounts.find(name) if other is None else None
    if other is None and account is None:
        if not is_notice:
            client.say("401", shown(name), "No such nick")
        return None
    client.flush()
    client.session.nonce = HUSH if other is not None and other.away is not None else ""
    before = chat.delivery.last_id
    try:
        doing = chat.direct.write_to(client.session, name, text, kind)
    except NoSuchUser:
        client.say("401", shown(name), "No such nick")
        return None
    finally:
        client.session.nonce = client.label
    if doing is not None:
        return _written(client, doing)
    if chat.delivery.last_id > before:
        if other is client.user:
            _echo_to_self(client, kind, text)
        else:
            _said(client, client.session)
    if other is not None and other.away is not None and not is_notice:
        client.say_away(other)
    return None
