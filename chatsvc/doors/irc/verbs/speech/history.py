"""History: what was said earlier, and how far one has read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chatsvc.chat.direct.pairs import Conversation, Pair
from chatsvc.chat.history.recall import MOST_LINES
from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.doors.irc.codec.formatting import plain
from chatsvc.doors.irc.codec.message import END
from chatsvc.doors.irc.supported.capabilities import PLAYBACK
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.wording import channel_lists
from chatsvc.errors import ChatError, Misused
from chatsvc.events.answers import Notice
from chatsvc.events.relayed import Relayed
from chatsvc.events.rooms import RoomEvent
from chatsvc.events.speech import Direct, Reacted
from chatsvc.store import StoreError
from chatsvc.text import numbers
from chatsvc.text.times import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.logs.log import Entry
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

    Remembered = NamedRoom | Conversation | Pair

COST = 5
WORDED_AT_ONCE = 25  # messages in one turn
READ_AT_ONCE = 4  # rooms whose last message is read in one turn
REPLAYED = (RoomEvent, Relayed)  # besides messages, for those who want that
# By subcommand: the number of its parameters.
_PARAMS = {"LATEST": 3, "BEFORE": 3, "AFTER": 3, "AROUND": 3, "BETWEEN": 4, "TARGETS": 3}


class Wrong(ValueError):
    """A reference to a message, or a number, that cannot be understood.

    code: of the standard reply.
    """

    def __init__(self, text: str = "", code: str = "INVALID_PARAMS") -> None:
        super().__init__(text)
        self.code = code


@verb("CHATHISTORY", cost=COST)
def chathistory(client: Client, message: Message) -> MaybeCoroutine:
    """Read what was said earlier (draft/chathistory)."""
    what, *rest = message.params or ("",)
    subcommand = what.upper()
    if subcommand not in _PARAMS:
        client.fail("CHATHISTORY", "INVALID_PARAMS", shown(what), "Unknown subcommand")
    elif len(rest) != _PARAMS[subcommand]:
        how = "Not enough" if len(rest) < _PARAMS[subcommand] else "Too many"
        client.fail("CHATHISTORY", "INVALID_PARAMS", subcommand, f"{how} parameters")
    elif subcommand == "TARGETS":
        return _targets(client, rest)
    else:
        return _history(client, subcommand, rest)
    return None


async def _history(client: Client, subcommand: str, params: Sequence[str]) -> None:
    target, *references, number = params
    try:
        room = remembered(client, target)
    except ChatError as error:
        client.fail("CHATHISTORY", "INVALID_TARGET", subcommand, shown(target), str(error))
        return
    try:
        most = limit(number)
        entries = await _found(client, room, subcommand, references, most) if room else []
    except Wrong as error:
        client.fail("CHATHISTORY", error.code, subcommand, shown(target), str(error))
        return
    except StoreError as error:
        text = f"The messages cannot be read now, as {error}."
        client.fail("CHATHISTORY", "MESSAGE_ERROR", subcommand, shown(target), text)
        return
    name = room.name if isinstance(room, NamedRoom) else target  # as asked, for irctest
    wording = client.wording
    lines = [
        wording.lines_of(entry.event, entry.id, entry.at)
        async for entry in client.chat.turns.soon(client.heard(entries), WORDED_AT_ONCE)
    ]
    client.tell_batch(f"chathistory {name}", "".join(lines).split(END)[:-1])


def remembered(client: Client, target: str) -> Remembered | None:
    """What a client may read of: a room, or a conversation; None if nothing was said in it.

    Raises ChatError.
    """
    chat, user = client.chat, client.user
    if target[:1] == "#":
        room = chat.rooms.entered(target, user)
        if not channel_lists.is_in(client, room, user):
            raise ChatError(f"You are not in {room.name}.")
        return room
    if chat.accounts.find(target) is None and target not in chat.users:
        raise ChatError("There is nobody of that name.")
    other = chat.users.get(target)
    pair = chat.pairs.get(user, other) if other is not None else None
    try:
        conversation = chat.conversations.find(user, target)
    except ChatError:
        return pair
    if pair is not None:
        conversation.log = pair.log  # with what the store does not keep
    return conversation


def limit(text: str) -> int:
    """How many lines are asked for, at most MOST_LINES. Raises Wrong."""
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise Wrong("A limit is a number.")
    return min(int(text), MOST_LINES)


async def _found(
    client: Client, room: Remembered, subcommand: str, references: Sequence[str], most: int
) -> Sequence[Entry]:
    between = partial(_between, client, room)
    newest = client.chat.recall.end
    if subcommand == "LATEST":
        start = 0 if references[0] == "*" else (await _place(client, room, references[0]))[1]
        return await between(start, newest, most, is_newest=True)
    end, start = await _place(client, room, references[0])
    if subcommand == "BEFORE":
        return await between(0, end, most, is_newest=True)
    if subcommand == "AFTER":
        return await between(start, newest, most, is_newest=False)
    if subcommand == "AROUND":
        before = await between(0, end, most // 2, is_newest=True)
        after = await between(end - 1, newest, most - len(before), is_newest=False)
        return [*before, *after]
    other_end, other_start = await _place(client, room, references[1])
    if start <= other_start:
        return await between(start, other_end, most, is_newest=False)
    return await between(other_start, end, most, is_newest=True)


async def _between(
    client: Client, room: Remembered, start: int, end: int, most: int, *, is_newest: bool
) -> Sequence[Entry]:
    """What a client is told of what `Recall.between` finds: reactions only with event-playback."""
    between = partial(client.chat.recall.between, room, start, end, is_newest=is_newest)
    if PLAYBACK in client.caps:
        return await between(most, others=REPLAYED)
    found = await between(most)
    told = _without_reactions(found)
    if len(told) < len(found):  # with fewer than it has asked for, it may take that for all
        told = _without_reactions(await between(MOST_LINES))
    return told[-most:] if is_newest else told[:most]


def _without_reactions(entries: Sequence[Entry]) -> Sequence[Entry]:
    return [entry for entry in entries if not isinstance(entry.event, Reacted)]


async def _place(client: Client, room: Remembered, reference: str) -> tuple[int, int]:
    """The position before which is what came before a reference, and that behind which is the rest.

    Raises Wrong.
    """
    kind, _, value = reference.partition("=")
    recall = client.chat.recall
    if kind == "msgid":
        entry_id = numbers.number(value)
        if entry_id is None:
            raise Wrong("There is no message with that msgid.")
        return await recall.split_at_id(room, entry_id)
    if kind == "timestamp":
        return await recall.split_at_time(room, time_of(value))
    code = "INVALID_MSGREFTYPE" if value else "INVALID_PARAMS"
    raise Wrong("A reference is msgid=... or timestamp=...", code)


def time_of(text: str) -> float:
    """The time of a timestamp. Raises Wrong."""
    try:
        return moment(text)
    except (ValueError, OverflowError):
        raise Wrong("A time is like 2026-11-25T21:03:00.123Z.") from None


async def _targets(client: Client, params: Sequence[str]) -> None:
    """Tell with whom, and in which rooms, something was said last in some time."""
    try:
        first, second = [time_of(each.removeprefix("timestamp=")) for each in params[:2]]
        most = limit(params[2])
    except Wrong as error:
        client.fail("CHATHISTORY", "INVALID_PARAMS", "TARGETS", str(error))
        return
    chat, user = client.chat, client.user
    rooms: list[NamedRoom | Conversation] = [
        *channel_lists.rooms_of(client, user),
        *chat.conversations.of(user),
    ]
    found = []
    async for room in client.slowly(rooms[:MOST_LINES], READ_AT_ONCE):
        last = await chat.recall.last(room, 1)
        at = moment(stamp(last[0].at)) if last else 0.0  # as clients know it
        if min(first, second) < at < max(first, second):
            found.append((last[0].at, room.name.removeprefix("@")))
    found.sort()
    lines = [
        f":{client.door.name} CHATHISTORY TARGETS {name} {stamp(at)}" for at, name in found[:most]
    ]
    client.tell_batch("draft/chathistory-targets", lines)


@verb("MARKREAD")
def markread(client: Client, message: Message) -> None:
    """Set, or show, how far you have read (draft/read-marker)."""
    if not message.params or not message.params[0]:
        client.fail("MARKREAD", "NEED_MORE_PARAMS", "Missing parameters")
        return
    target, *rest = message.params
    if not rest:
        client.tell(client.marked(shown(target)))
        return
    kind, _, value = rest[0].partition("=")
    try:
        if kind != "timestamp" or target != shown(target):
            raise Wrong
        at = min(time_of(value), client.chat.clock.now())  # nobody has read what is to come
        is_later = client.chat.read_markers.mark(client.session, target, at)
    except (Wrong, Misused):
        client.fail("MARKREAD", "INVALID_PARAMS", shown(target), "That is no timestamp")
        return
    client.tell(client.marked(shown(target)))
    room = client.chat.rooms.get(target) if is_later and client.user.account else None
    if room is not None and client.user in room.occupants:
        client.chat.speaking.remember(room)


@verb("REDACT", least=2, cost=COST)
def redact(client: Client, message: Message) -> MaybeCoroutine:
    """Remove a message (draft/message-redaction)."""
    if message.params[0][:1] != "#":
        return _redact_direct(client, *message.params[:3])
    return _redact(client, *message.params[:3])


async def _redact(client: Client, target: str, number: str, reason: str = "") -> None:
    chat = client.chat
    context = (shown(target), shown(number))
    room = chat.rooms.get(target) if target[:1] == "#" else None
    if room is None or not chat.rooms.is_in(room, client.user):
        client.fail("REDACT", "INVALID_TARGET", shown(target), "You cannot remove anything there")
        return
    entry_id = numbers.number(number)
    said = await chat.recall.find(entry_id) if entry_id is not None else None
    if said is None or said.room != room.key:
        client.fail("REDACT", "UNKNOWN_MSGID", *context, "There is no such message")
        return
    client.hush()
    try:
        await chat.redaction.redact(client.session, number, plain(reason)[:200])
    except ChatError as error:
        client.fail("REDACT", "REDACT_FORBIDDEN", *context, str(error))


async def _redact_direct(client: Client, target: str, number: str, reason: str = "") -> None:
    """Remove what one has written to somebody who is here."""
    chat, user = client.chat, client.user
    context = (shown(target), shown(number))
    other = chat.users.get(target)
    pair = chat.pairs.get(user, other) if other is not None else None
    if other is None or pair is None:
        client.fail("REDACT", "INVALID_TARGET", shown(target), "You cannot remove anything there")
        return
    entry_id = numbers.number(number)
    entry = pair.log.find(entry_id) if entry_id is not None else None
    said = entry.event if entry is not None else None
    if entry is None or not isinstance(said, Direct) or isinstance(said, Reacted):
        client.fail("REDACT", "UNKNOWN_MSGID", *context, "There is no such message")
        return
    if (said.account, said.account or said.speaker) != (
        user.account_name,
        user.account_name or user.name,
    ):
        client.fail("REDACT", "REDACT_FORBIDDEN", *context, "Only who has written it removes it")
        return
    if reason:
        chat.standing.check_words(user, other)
    await chat.recall.remove_direct(pair, entry)
    client.door.split(entry.id, ())  # nothing is left of its pieces and tags
    client.door.tag(entry.id, "")
    why = f" :{plain(reason)[:200]}" if reason else ""
    what = f"REDACT {said.to} {entry.id}{why}"
    told = Notice(f"{user.name} has removed line {entry.id} of what was written to {said.to}.")
    for session in dict.fromkeys((*user.sessions, *other.sessions)):
        each = client.door.clients.get(session)
        if session.user is not user and ignores(other, user):
            continue
        if each is client:
            client.tell_own(what)
        elif each is not None and "draft/message-redaction" in each.caps:
            each.inform_of(user, what)
        else:
            chat.delivery.tell(session, told)
