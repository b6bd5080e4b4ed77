"""The two lines by which a program begins to speak JSON, and asks to come back."""

from __future__ import annotations

from codecs import BOM_UTF8
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.dialects.requests import nonce_of, parsed, seen_in, text_of
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    pass


BEGIN = b"/json"  # of the first line of a connection


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


def is_begun(line: bytes) -> bool:
    """Whether a line asks for JSON."""
    return line.removeprefix(BOM_UTF8).split(b" ", 1)[0] == BEGIN


def is_part(data: bytes) -> bool:
    """Whether that may be a part of a line that asks for JSON."""
    return data != b"" and (BEGIN.startswith(data.removeprefix(BOM_UTF8)) or is_begun(data))


def resumption(line: bytes) -> Resumption | None:
    """What a line says that asks to come back; None if it does not."""
    with suppress(ChatError):
        asked = parsed(line)
        token = asked.get("token")
        if asked.get("do") == "resume" and isinstance(token, str):
            text_of(asked, "token")  # as it is: one that was cleaned would be another
            return Resumption(token, seen_in(asked), asked.get("silence"), nonce_of(asked))
    return None
