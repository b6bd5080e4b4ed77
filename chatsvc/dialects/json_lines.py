"""JSON lines, for programs: each line is an object, in both directions.

Requests are commands, and answers are events; both come from the same declarations as the text that
people type and read.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as _quoted
from typing import TYPE_CHECKING, Any

from chatsvc.chat.logs.log import Entry
from chatsvc.command.command import permitted
from chatsvc.command.typed import check_said
from chatsvc.dialects.requests import is_plain, nonce_of, parsed, seen_in, text_of
from chatsvc.errors import ChatError, Misused, Unkept
from chatsvc.events.answers import Refused
from chatsvc.events.forms import forms
from chatsvc.events.people import Merged, Renamed, Welcomed
from chatsvc.events.relayed import NOT_FOR_PEOPLE
from chatsvc.events.speech import Left, NotSaid, Past, Recalled, Said, SaidAlready, Waited
from chatsvc.text.times import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session
    from chatsvc.command.command import Command
    from chatsvc.dialects.hello import Resumption
    from chatsvc.events.event import Event

VERSION = 1
_ALWAYS = {"names", "rooms"}  # lists that are there even if they are empty
_UNLESS_0 = {"reply_to"}  # numbers that are left out if they are 0
_SAME_STAMP = 0.000999  # seconds from the beginning of a millisecond; then times are rounded up
MOST_WORDED = 500  # cached wordings of entries: as many as one slice may have
_worded: dict[int, tuple[Entry, bytes]] = {}  # by id
_encode = json.JSONEncoder(separators=(",", ":")).encode  # a tenth fewer bytes than with blanks


def refusal(error: ChatError) -> bytes:
    """The line for a connection that is not let in."""
    facts = Refused(str(error), error.code, "", "")
    return wording([Entry(0, None, 0.0, facts, b"")])


def begin(chat: Chat, session: Session, line: str) -> None:
    """Speak JSON with a session from now on, beginning with the welcome."""
    _, _, version = line.partition(" ")
    chat.users.show(session, wording)
    session.came_at = chat.delivery.last_id
    if version.strip() not in ("", str(VERSION)):
        session.refuse(Misused(f"There is only version {VERSION} of this."))
    for event in chat.arrivals.greeting(session):
        chat.delivery.tell(session, event)


def agree(chat: Chat, session: Session, request: Resumption) -> None:
    """Apply the other fields of a request to resume: the nonce, and the seconds of silence."""
    if request.silence is not None:
        run(chat, session, json.dumps({"do": "ping", "silence": request.silence}).encode())
    session.nonce = request.nonce


def run(chat: Chat, session: Session, line: bytes) -> None:
    """Run the request of a line, and answer if it is refused."""
    chat.announcements.announce()
    try:
        request = parsed(line)
        nonce = nonce_of(request) if "nonce" in request else ""
        if nonce and chat.nonces.repeat(session, nonce):
            if not session.is_busy:
                session.finish()
            return
        session.nonce = nonce
        session.typed_in = ""
        if "seen" in request:
            _note_seen(chat, session, request)
        name = request.get("do", "")
        if type(name) is not str or not name.isalpha():  # as most are, which saves a call
            name = text_of(request, "do")
        if not name:
            raise Misused('"do" says which command is to be done: {"do": "help"}', "do")
        try:
            found = permitted(chat, session, name, "programs")
        except Misused as error:
            raise Misused(str(error), "do") from None
        arguments = _arguments(found, request, is_plain(line))
        if found.names[0] == "here":  # a person may have typed it
            check_said(arguments[0], chat.knows)
        found.run(chat, session, arguments)
    except ChatError as error:
        session.refuse(error)
    if session.nonce and not session.is_busy:
        session.finish()


def wording(entries: Sequence[Entry]) -> bytes:
    """The objects of some events, one a line."""
    return b"\n".join([*objects(entries), b""])


def objects(entries: Sequence[Entry]) -> list[bytes]:
    """The objects of the events that programs are told of, without line ends.

    A slice with replies is worded for one reader alone, and any slice for each reader who ignores
    somebody; but most of their entries are the same for all. `lru_cache` would take three times as
    long, as it hashes everything in an entry.
    """
    told = []
    stamped, since, until = "", 1.0, 0.0  # a time in words, and when it is the right one
    for entry in entries:
        entry_id, log, at, event, _, _ = entry
        known = _worded.get(entry_id)
        if known is not None and known[0] is entry:
            worded = known[1]
        elif log is None:
            worded = _one(entry)
        else:
            if type(event) is Said and event.speaker and event.text and event.room:
                if not since <= at < until:
                    stamped, since, until = stamp(at), at, int(at * 1e3) / 1e3 + _SAME_STAMP
                worded = _said(event, entry_id, stamped)
            else:
                worded = _one(entry)
            if len(_worded) == MOST_WORDED:
                _worded.clear()
            _worded[entry_id] = entry, worded
        if worded:
            told.append(worded)
    return told


def _said(said: Said, entry_id: int, stamped: str) -> bytes:
    """The same bytes as from `_one`, in a sixth of the time: most events are messages."""
    more = ""
    if said.nonce:
        more = f',"nonce":{_quoted(said.nonce)}'
    if said.account:
        more += f',"account":{_quoted(said.account)}'
    if said.reply_to:
        more += f',"reply_to":{said.reply_to}'
    return (
        f'{{"event":"said","id":{entry_id},"at":"{stamped}","from":{_quoted(said.speaker)},'
        f'"text":{_quoted(said.text)},"room":{_quoted(said.room)}{more}}}'
    ).encode()


def _one(entry: Entry) -> bytes:
    if entry.line[:1] == NOT_FOR_PEOPLE:
        return b""
    return _encode(_answer(entry)).encode()


def _answer(entry: Entry) -> dict[str, Any]:
    fields = _object(entry.event, entry.at, entry.id if entry.log is not None else 0)
    return fields | {"answers": entry.answers} if entry.answers else fields


def _object(event: Event, at: float, entry_id: int) -> dict[str, Any]:
    fields: dict[str, Any]
    if isinstance(event, NotSaid) and event.nonce:
        event = Refused(f"Not said, as {event.why}.", Unkept.code, "", event.nonce)
    if isinstance(event, Merged):  # programs know only one kind, and see by the account who it is
        event = Renamed(event.name, event.new, event.account)
    if isinstance(event, Refused):
        error = {"code": event.code, "text": event.text, "field": event.field, "nonce": event.nonce}
        return {"error": {name: value for name, value in error.items() if value}}
    if isinstance(event, Left):
        return _object(event.direct, at, entry_id) | {"recalled": True, "waited": True}
    if isinstance(event, Past):
        return _object(event.said, event.at, event.id)
    if isinstance(event, Recalled):
        if isinstance(event, Waited):
            fields = _object(event.said, event.at, entry_id)
            return fields | {"recalled": True, "waited": True}
        fields = _object(event.said, event.at, event.id) | {"recalled": True}
        if not isinstance(event, SaidAlready):
            fields.pop("nonce", None)
        return fields
    name, names = forms()[type(event)]
    fields = {"event": name}
    if entry_id:
        fields["id"] = entry_id
    fields["at"] = stamp(at)
    for attribute, name in names.items():
        value = getattr(event, attribute)
        if value != "" and (value != () or name in _ALWAYS) and (value or name not in _UNLESS_0):
            fields[name] = value
    if isinstance(event, Welcomed):
        fields["version"] = VERSION
    return fields


def _note_seen(chat: Chat, session: Session, request: Mapping[str, Any]) -> None:
    """Note the read marker, which any request may have."""
    seen = seen_in(request)
    if seen is not None and session.token:
        session.user.note_read_marker(session.token, min(seen, chat.delivery.done_id))


def _arguments(found: Command, request: Mapping[str, Any], are_plain: bool) -> list[str]:
    """The arguments of a command, from the fields that it has; others are ignored.

    are_plain: whether there is nothing to clean in their texts.
    """
    arguments = []
    missing = None
    for each in found.parameters:
        value = request.get(each.field, "")
        if type(value) is str and (are_plain or value.isprintable()):
            text = value.strip()  # as of most, which saves a call for each
        else:
            text = text_of(request, each.field, each.is_message)
        if text:
            is_right = text[0] == "#" if each.is_room else each.is_message and " " < text < "\x7f"
            if not is_right:
                text = each.check(text, text)
        elif not each.optional and missing is None:
            missing = each
        arguments.append(text)
    if missing is not None:
        missing.check("", "")  # raises the error, once the other arguments are right
    if arguments and not arguments[-1]:
        arguments.pop()  # it is optional, and left out
    return arguments
