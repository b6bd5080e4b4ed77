"""The first two lines of a program: the first asks for JSON, the second may ask to resume."""

from __future__ import annotations

from codecs import BOM_UTF8
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.dialects.requests import nonce_of, parsed, seen_in, text_of
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    pass


BEGIN = b"/json"  # begins a program's first line


class Resumption(NamedTuple):
    """A request to resume.

    seen: the read marker; None for none.
    silence: seconds of silence before the connection is given up; None for none.
    nonce: of the request; empty for none.
    """

    token: str
    seen: int | None
    silence: object
    nonce: str


def is_begun(line: bytes) -> bool:
    """Whether a line asks for JSON."""
    return line.removeprefix(BOM_UTF8).split(b" ", 1)[0] == BEGIN


def is_part(data: bytes) -> bool:
    """Whether some data may be the start of a line that asks for JSON."""
    return data != b"" and (BEGIN.startswith(data.removeprefix(BOM_UTF8)) or is_begun(data))


def resumption(line: bytes) -> Resumption | None:
    """The request to resume in a line; None if it is no such request."""
    with suppress(ChatError):
        request = parsed(line)
        token = request.get("token")
        if request.get("do") == "resume" and isinstance(token, str):
            text_of(request, "token")  # only checked: cleaned, it would be a different token
            return Resumption(token, seen_in(request), request.get("silence"), nonce_of(request))
    return None
