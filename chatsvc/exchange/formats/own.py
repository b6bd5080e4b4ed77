"""Our own format: JSON, an object a line; what is exported and what is imported.

The first line says what the file is, the last one how many messages it has.

    {"chatsvc": "export", "version": 1, "of": "rooms", "at": 1764151200.0}
    {"type": "room", "name": "#ops", "topic": "...", ...}
    {"type": "message", "room": "#ops", "id": 7, "at": 1764151200.25, "kind": "said", "by": "ann",
     "account": "ann", "text": "Hello"}
    {"type": "end", "messages": 1}

Programs leave out what they do not know. `at` is in seconds since the epoch. The kinds are said,
acted, noticed, reacted, unreacted and redacted; the text of the latter says who has removed the
message, and why. `reply_to` is the id of the message that one answers, or reacts to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from chatsvc.events import speech
from chatsvc.exchange.files import objects_of
from chatsvc.exchange.formats.fields import moment, text_of
from chatsvc.exchange.said import Found, LeftOut, Message, Room, Unreadable

if TYPE_CHECKING:
    from chatsvc.store import Stored

VERSION = 1
AT_ONCE = 32_000  # characters of lines together
KINDS = {kind.lower(): kind for kind in speech.KINDS}
ROOM_FACTS = ("topic", "topic_by", "topic_at", "made_at", "privacy")  # those that are imported
_LEFT_OUT = {"direct": "direct messages", "end": ""}


def line(**facts: object) -> str:
    """A line of an export, without its end."""
    return json.dumps(facts, separators=(",", ":"))


def header(of: str, at: float, **facts: object) -> str:
    """The first line.

    of: what it is of: rooms or person.
    """
    return line(chatsvc="export", version=VERSION, of=of, at=at, **facts)


def message(stored: Stored, room: str, kind: str = "message", **facts: object) -> str:
    """The line of a message."""
    if stored.account:
        facts["account"] = stored.account
    if stored.reply_to:
        facts["reply_to"] = stored.reply_to
    return line(
        type=kind,
        room=room,
        id=stored.id,
        at=stored.at,
        kind=stored.kind.lower(),
        by=stored.speaker,
        text=stored.text,
        **facts,
    )


def messages(
    said: Iterable[Stored], room: str, kind: str = "message", **facts: object
) -> Iterator[str]:
    """The lines of messages, some at a time: so few that nobody waits for it."""
    lines: list[str] = []
    size = 0
    for each in said:
        lines.append(message(each, room, kind, **facts))
        size += len(lines[-1])
        if size > AT_ONCE:
            yield "\n".join(lines)
            lines, size = [], 0
    if lines:
        yield "\n".join(lines)


def read(file: IO[bytes], name: str) -> Iterator[Found]:
    """The rooms and messages of an export. Raises Unreadable."""
    objects = objects_of(file, name)
    found = next(objects, None)
    head = {} if found is None or isinstance(found, LeftOut) else found[1]
    if head.get("chatsvc") != "export":
        raise Unreadable(f"{name} does not begin like an export of chatsvc.")
    if head.get("version") != VERSION:
        raise Unreadable(f"{name} is of a version that is not known here.")
    if head.get("of") == "person":
        raise Unreadable(f"{name} has the data of a person, which are not imported.")
    is_whole = False
    number = 0
    for each in objects:
        if isinstance(each, LeftOut):
            yield each
            continue
        where, facts = each
        kind = text_of(facts, "type")
        if kind == "message":
            made = _message(facts)
            number += isinstance(made, Message)
            yield LeftOut(made, where) if isinstance(made, str) else made
        elif kind == "room" and isinstance(facts.get("name"), str):
            yield _room(facts)
        elif kind == "end":
            is_whole = True
        else:
            yield LeftOut(_LEFT_OUT.get(kind, "objects of no known form"), where)
    if not is_whole:
        yield LeftOut("ends of files: something is missing there", name)


def _message(facts: Mapping[str, Any]) -> Message | str:
    """The message of an object; or what is wrong with it."""
    get = facts.get
    at, kind = moment(get("at")), KINDS.get(text_of(facts, "kind"))
    room, speaker, text, account = get("room"), get("by"), get("text"), get("account", "")
    if at is None:
        return "messages with a time that is none"
    if (
        kind is None
        or not isinstance(room, str)
        or not isinstance(speaker, str)
        or not isinstance(text, str)
        or not isinstance(account, str)
    ):
        return "messages of no known form"
    refs = [str(get(field)) if type(get(field)) is int else "" for field in ("id", "reply_to")]
    return Message(room, at, kind, speaker, text, account, *refs)


def _room(facts: Mapping[str, Any]) -> Room:
    name, topic, topic_by = [text_of(facts, field) for field in ("name", "topic", "topic_by")]
    topic_at, made_at = [moment(facts.get(field)) or 0.0 for field in ("topic_at", "made_at")]
    return Room(name, topic, topic_by, topic_at, made_at, text_of(facts, "privacy") or "public")
