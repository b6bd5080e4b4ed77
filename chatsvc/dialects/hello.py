"""A program's first two lines: to speak JSON, and to resume."""

from __future__ import annotations

from codecs import BOM_UTF8
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.dialects.requests import nonce_of, parsed, seen_in, text_of
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    pass


BEGIN = b"/json"  # the start of a program's first line


class Resumption(NamedTuple):
    """A request to resume.

    seen: the read marker; None if it has none.
    silence: seconds of silence before the connection is given up; None if not given.
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
    """Whether some data may be part of a line that asks for JSON."""
    return data != b"" and (BEGIN.startswith(data.removeprefix(BOM_UTF8)) or is_begun(data))


def resumption(line: bytes) -> Resumption | None:
    """The request to resume in a line; None if it is another."""
    with suppress(ChatError):
        asked = parsed(line)
        token = asked.get("token")
        if asked.get("do") == "resume" and isinstance(token, str):
            text_of(asked, "token")  # as it is: one that was cleaned would be another
            return Resumption(token, seen_in(asked), asked.get("silence"), nonce_of(asked))
    return None
