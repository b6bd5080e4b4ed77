"""JSON lines, for programs: each line is an object, in both directions.

What can be asked are the commands, and what is told are the events: both are made of the same
declarations as the text that people read and write.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from chatsvc import command
from chatsvc.chat.errors import ChatError, Misused, Unkept
from chatsvc.chat.events import NotSaid, Past, Recalled, Refused, Spoken, Welcomed
from chatsvc.chat.log import Entry
from chatsvc.chat.room import NamedRoom
from chatsvc.chat.text import clean
from chatsvc.forms import forms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatsvc.chat.sessions import Session
    from chatsvc.command import Command

BEGIN = b"/json"  # of the first line of a connection
VERSION = 1
MOST_LINES = 50  # of what is said at once
NONCE_LENGTH = 64  # characters
MOST_DIGITS = 100  # of a whole number: with 4301, Python does not read it


class Resumption(NamedTuple):
    """What somebody asks for who wants to come back.

    seen: the id up to which all was read; None if that is not said.
    silence: as in `agree`; None if nothing is said of that.
    nonce: by which the answer is known; empty if that is not said.
    """

    token: str
    seen: int | None
    silence: object
    nonce: str


class Malformed(ChatError):
    """A line that is no object of JSON."""

    code = "malformed"


def refusal(error: ChatError) -> bytes:
    """What somebody is told who is not let in."""
    facts = Refused(str(error), error.code, "", "")
    return wording([Entry(0, None, 0.0, facts, b"")])


def begin(session: Session, line: str) -> None:
    """Speak JSON with a session from now on; it begins with a welcome. What it read is text."""
    _, _, version = line.partition(" ")
    session.show(wording)
    session.came_at = session.chat.delivery.last_id
    if version.strip() not in ("", str(VERSION)):
        session.refuse(Misused(f"There is only version {VERSION} of this."))
    for event in session.chat.greeting(session):
        session.chat.delivery.tell(session, event)


def is_begun(line: bytes) -> bool:
    """Whether a line asks for JSON."""
    return line.removeprefix(BOM_UTF8).split(b" ", 1)[0] == BEGIN


def is_part(data: bytes) -> bool:
    """Whether that may be a part of a line that asks for JSON."""
    return data != b"" and (BEGIN.startswith(data.removeprefix(BOM_UTF8)) or is_begun(data))


def resumption(line: bytes) -> Resumption | None:
    """What a line says that asks to come back; None if it does not."""
    with suppress(ChatError):
        asked = _parsed(line)
        if asked.get("do") == "resume" and "token" in asked:
            token = _text(asked, "token")
            return Resumption(token, _seen(asked), asked.get("silence"), _nonce(asked))
    return None


def agree(session: Session, asked: Resumption) -> None:
    """Agree after how many seconds of silence a connection is given up, which a ping can, too."""
    if asked.silence is not None:
        run(session, json.dumps({"do": "ping", "silence": asked.silence}).encode())
    session.nonce = asked.nonce


def run(session: Session, line: bytes) -> None:
    """Do what a line asks for, and answer if it cannot be done."""
    session.chat.announce()
    try:
        asked = _parsed(line)
        nonce = _nonce(asked)
        if nonce and session.repeat(nonce):
            if not session.is_busy:
                session.finish()
            return
        session.nonce = nonce
        session.typed_in = ""
        _note_seen(session, asked)
        name = _text(asked, "do")
        if not name:
            raise Misused('"do" says which command is to be done: {"do": "help"}', "do")
        try:
            found = command.permitted(session, name, "programs")
        except Misused as error:
            raise Misused(str(error), "do") from None
        texts = _texts(found, asked)
        if found.names[0] == "here":  # as somebody may have typed it
            command.check_said(texts["text"])
        found.run(session, found.check(texts))
    except ChatError as error:
        session.refuse(error)
    if not session.is_busy:
        session.finish()


def wording(entries: Sequence[Entry]) -> bytes:
    """One object an event, each on a line of its own."""
    return b"".join([json.dumps(_answer(entry)).encode() + b"\n" for entry in entries])


def _answer(entry: Entry) -> dict[str, Any]:
    told = _told(entry)
    return told | {"answers": entry.answers} if entry.answers else told


def _told(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any]
    event = entry.event
    if isinstance(event, NotSaid) and event.nonce:
        event = Refused(f"Not said, as {event.why}.", Unkept.code, "", event.nonce)
    if isinstance(event, Refused):
        error = {"code": event.code, "text": event.text, "field": event.field, "nonce": event.nonce}
        return {"error": {name: value for name, value in error.items() if value}}
    if isinstance(event, Past):
        return _told(event.entry)
    if isinstance(event, Recalled):
        told = _told(event.entry) | {"recalled": True}
        if event.when:  # it does not answer what is said again
            told.pop("nonce", None)
        return told
    name, names = forms()[type(event)]
    told = {"event": name}
    if entry.room is not None:
        told["id"] = entry.id
    told["at"] = _moment(entry.at)
    if isinstance(event, Spoken) and isinstance(entry.room, NamedRoom):
        told["room"] = entry.room.name
    for attribute, name in names.items():
        value = getattr(event, attribute)
        if value != "":
            told[name] = value
    if isinstance(event, Welcomed):
        told["version"] = VERSION
    return told


def _moment(at: float) -> str:
    when = datetime.fromtimestamp(at, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parsed(line: bytes) -> dict[str, Any]:
    """The fields of the object in a line. Raises Malformed."""
    try:
        asked = _DECODER.decode(line.decode("utf-8-sig"))
    except RecursionError:
        raise Malformed("That line is nested too deeply.") from None
    except ValueError as error:
        why = str(error) if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Malformed(f"That line is no JSON in UTF-8: {why}") from None
    if not isinstance(asked, dict):
        raise Malformed('A line is an object, like {"do": "help"}.')
    return asked


def _object(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, none of whose fields is there twice: which of the two was meant?"""
    found = dict(fields)
    if len(found) < len(fields):
        raise Malformed("That line has an object with the same field twice.")
    return found


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise Malformed(f"A number has at most {MOST_DIGITS} digits.")
    return int(digits)


def _no_number(word: str) -> None:
    raise Malformed(f"{word} is no number of JSON.")


# None of JSON's own answers to what stands in it can be relied on: of two fields of one name the
# last counts, NaN is a number, and a whole number of 4301 digits is a ValueError.
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole, parse_constant=_no_number)


def _text(asked: Mapping[str, Any], field: str, is_message: bool = False) -> str:
    """The text in a field, cleaned; empty if it is not there. Nothing else gets in from a program.

    is_message: whether it may have several lines.

    Raises Misused.
    """
    value = asked.get(field, "")
    if type(value) is int:
        return str(value)
    if not isinstance(value, str):
        raise Misused(f'"{field}" is to be a text.', field)
    try:
        value.encode()
    except UnicodeEncodeError:  # which can be written in JSON, and nowhere else
        raise Misused(f'"{field}" holds half of a surrogate pair.', field) from None
    if not is_message:
        return clean(value).strip()
    lines = value.replace("\r\n", "\n").strip("\n").split("\n")
    if len(lines) > MOST_LINES:
        raise Misused(f"What is said at once has at most {MOST_LINES} lines.", field)
    return "\n".join(map(clean, lines)).strip()


def _nonce(asked: Mapping[str, Any]) -> str:
    nonce = asked.get("nonce", "")
    with suppress(Misused):
        if isinstance(nonce, str) and len(nonce) <= NONCE_LENGTH and _text(asked, "nonce") == nonce:
            return nonce
    raise Misused(f"A nonce is a text of at most {NONCE_LENGTH} characters.", "nonce")


def _seen(asked: Mapping[str, Any]) -> int | None:
    """Up to which id all was read; None if that is not said. Raises Misused."""
    seen = asked.get("seen")
    if seen is not None and type(seen) is not int:
        raise Misused('"seen" is to be a whole number.', "seen")
    return seen


def _note_seen(session: Session, asked: Mapping[str, Any]) -> None:
    """Whatever is asked for may say up to which id all was read."""
    seen = _seen(asked)
    if seen is not None:
        session.user.seen = min(max(seen, session.user.seen), session.chat.delivery.done_id)


def _texts(found: Command, asked: Mapping[str, Any]) -> dict[str, str]:
    """What is asked for, by the fields that the command has; nobody looks at the others."""
    return {
        parameter.field: _text(asked, parameter.field, parameter.is_message)
        for parameter in found.parameters
    }
