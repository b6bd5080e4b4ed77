"""Requests in JSON lines, whose fields are checked and cleaned."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.errors import ChatError, Misused
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


NONCE_LENGTH = 64  # characters


class Malformed(ChatError):
    """A line is no JSON object."""

    code = "malformed"


def parsed(line: bytes) -> dict[str, Any]:
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


def nonce_of(asked: Mapping[str, Any]) -> str:
    """The nonce of a request; empty if it has none. Raises Misused."""
    nonce = asked.get("nonce", "")
    with suppress(Misused):
        is_short = isinstance(nonce, str) and len(nonce) <= NONCE_LENGTH
        if is_short and text_of(asked, "nonce") == nonce:
            return str(nonce)
    raise Misused(f"A nonce is a text of at most {NONCE_LENGTH} characters.", "nonce")


MOST_LINES = 50  # of one message
MOST_DIGITS = 100  # of an integer: from 4301 on, Python does not read it


def _object(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, in which no field may occur twice."""
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


def text_of(asked: Mapping[str, Any], field: str, is_message: bool = False) -> str:
    """The text of a field, cleaned; empty if it is missing. All texts of programs come from here.

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


def seen_in(asked: Mapping[str, Any]) -> int | None:
    """The read marker of a request; None if it has none. Raises Misused."""
    seen = asked.get("seen")
    if seen is not None and type(seen) is not int:
        raise Misused('"seen" is to be a whole number.', "seen")
    return seen
