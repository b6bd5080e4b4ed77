"""The parts of a request: its token, room and numbers, and the text in its body."""

from __future__ import annotations

import re
from binascii import a2b_qp
from typing import TYPE_CHECKING

from chatsvc.chat.programs.programs import Unauthorized
from chatsvc.dialects.requests import NONCE_LENGTH, nonce_of, parsed, text_of
from chatsvc.door.contract import LONGEST
from chatsvc.doors.web.programs.errors import TooLong, Unreadable
from chatsvc.doors.web.programs.payloads import payload
from chatsvc.errors import SHOWN, Misused
from chatsvc.text.numbers import number
from chatsvc.text.safe import shows

if TYPE_CHECKING:
    from chatsvc.doors.web.request import WebRequest

TEXT, JSON, FORM = "text/plain", "application/json", "application/x-www-form-urlencoded"
PAYLOAD = b"payload="  # begins a form of GitHub's
MOST_CLEANED = 2 * LONGEST  # characters of a message, of which some may be removed
_BARE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
MOST_VALUES = 10_000  # of an object, about; services send a tenth of that


def token_in(request: WebRequest) -> str:
    """The token of a request; empty if it has none. Raises Unauthorized."""
    header = request.getHeader("Authorization")
    if header is None:
        return ""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Send a token like this: Authorization: Bearer TOKEN")
    return token.strip()


def room_in(name: str) -> str:
    """The room that a part of a path names, with or without its #."""
    return name if name[:1] == "#" else f"#{name}"


def number_in(field: str, text: str | None) -> int | None:
    """The number that a text is; None if there is none. Raises Misused."""
    if text is None:
        return None
    found = number(text)
    if found is None:
        raise Misused(f'"{text[:SHOWN]}" is no number.', field)
    return found


def query_in(request: WebRequest, field: str) -> str | None:
    """The parameter of that name; None if there is none. Raises Misused."""
    values = request.args.get(field.encode(), [])
    if len(values) > 1:
        raise Misused(f"Give {field} once.", field)
    return values[0].decode("utf-8", "replace") if values else None


def is_text_wanted(request: WebRequest) -> bool:
    """Whether a request is to be answered with text, rather than JSON. Raises Misused."""
    wanted = query_in(request, "format") or "json"
    if wanted not in ("json", "text"):
        raise Misused("The format is json or text.", "format")
    return wanted == "text"


def nonce_in(request: WebRequest) -> str:
    """The nonce of a request, from its Idempotency-Key; empty if it has none. Raises Misused.

    It may be quoted, as in the draft of that header (draft-ietf-httpapi-idempotency-key-header).
    """
    key = (request.getHeader("Idempotency-Key") or "").strip('"')
    try:
        return nonce_of({"nonce": key})
    except Misused:
        text = f"An Idempotency-Key is a text of at most {NONCE_LENGTH} characters."
        raise Misused(text, "Idempotency-Key") from None


def words_in(request: WebRequest) -> str:
    """What a request says, cleaned: a text, the text in an object, or a service's payload.

    Raises Misused, Malformed, TooLong or Unreadable.
    """
    found = _text(request)
    if len(found) > MOST_CLEANED:
        raise TooLong(f"A message has at most {LONGEST} bytes.")
    text = text_of({"text": found}, "text", is_message=True)
    if not shows(text):
        raise Misused("There is nothing to say in that.", "text")
    if len(text.encode()) > LONGEST:
        raise TooLong(f"A message has at most {LONGEST} bytes.")
    return text


def _text(request: WebRequest) -> str:
    body: bytes = request.content.read()
    kind = (request.getHeader("Content-Type") or TEXT).partition(";")[0].strip().lower()
    if kind not in (TEXT, JSON, FORM):
        raise Unreadable(f"Send {TEXT} or {JSON}.")
    event = request.getHeader("X-GitHub-Event") or ""
    if kind == FORM:
        # GitHub can send its payload in a form; curl calls everything a form.
        if body.startswith(PAYLOAD):
            body = _unquoted(body[len(PAYLOAD) :].partition(b"&")[0])
        kind = JSON if body.lstrip()[:1] == b"{" else TEXT
    if kind == JSON:
        # Many small values take a hundred times as long to read as a long text.
        if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
            raise TooLong(f"What is posted has at most {MOST_VALUES} values.")
        return payload.text_of(parsed(body), event)
    return body.decode("utf-8", "replace")


def _unquoted(value: bytes) -> bytes:
    """A value in a form, decoded.

    A % without two hexadecimal digits behind it stays. Once each of these is quoted, too,
    quoted-printable (RFC 2045, section 6.7) differs only in its sign; urllib's own function takes
    40 ms for as much as a request may have.
    """
    quoted = _BARE.sub(b"%25", value)
    return a2b_qp(quoted.replace(b"=", b"=3D").replace(b"+", b" ").replace(b"%", b"="))
