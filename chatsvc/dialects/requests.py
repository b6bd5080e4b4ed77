"""Requests in JSON lines: their fields are checked and cleaned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatsvc.errors import ChatError, Misused
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


NONCE_LENGTH = 64  # characters
MOST_LINES = 50  # of one message
MOST_DIGITS = 100  # of an integer; Python does not read more than 4300
_BYTE_ORDER_MARK = "\ufeff"


class Malformed(ChatError):
    """A line is not a JSON object."""

    code = "malformed"


def _object(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of some fields, none of which may occur twice."""
    found = dict(fields)
    if len(found) < len(fields):
        raise Malformed("That line has an object with the same field twice.")
    return found


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise Malformed(f"A number has at most {MOST_DIGITS} digits.")
    return int(digits)


def _no_number(word: str) -> None:
    raise Malformed(f"{word} is not a number in JSON.")


# Stricter than Python's own decoder, in which the last of two fields with the same name counts, NaN
# is a number, and an integer of 4301 digits raises ValueError.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_constant=_no_number
)
# What `raw_decode` calls; that would take a sixth longer.
_scan = json.JSONDecoder(parse_int=_integer, parse_constant=_no_number).scan_once  # type: ignore[attr-defined]  # it has one


def parsed(line: bytes) -> dict[str, Any]:
    """The fields of the object in a line. Raises Malformed."""
    try:
        text = line.decode()
        if text[:1] == "{":
            try:
                found, end = _scan(text, 0)
            except StopIteration:  # a value is missing
                found, end = {}, 0
            # Each field has a colon. As many colons as fields, besides those in texts: all are of
            # this object, and none twice.
            colons = text.count(":")
            if colons > len(found) and "\\" not in text:  # or else a text may hide one
                colons -= sum([each.count(":") for each in found.values() if type(each) is str])
            if end == len(text) and len(found) == colons:
                return found  # type: ignore[no-any-return]  # with a brace, it is an object
        request = _DECODER.decode(text.removeprefix(_BYTE_ORDER_MARK))
    except RecursionError:
        raise Malformed("That line is nested too deeply.") from None
    except ValueError as error:
        why = str(error) if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Malformed(f"That line is not JSON in UTF-8: {why}") from None
    if not isinstance(request, dict):
        raise Malformed('A line is an object, like {"do": "help"}.')
    return request


def is_plain(line: bytes) -> bool:
    """Whether there is nothing to clean in the texts of a line that was parsed.

    JSON has control characters only as escapes, but for DEL.
    """
    return line.isascii() and b"\\" not in line and b"\x7f" not in line


def nonce_of(request: Mapping[str, Any]) -> str:
    """The nonce of a request; empty if it has none. Raises Misused."""
    nonce = request.get("nonce", "")
    if nonce == "":
        return ""
    try:
        is_short = isinstance(nonce, str) and len(nonce) <= NONCE_LENGTH
        is_right = is_short and text_of(request, "nonce") == nonce
    except Misused:
        is_right = False
    if is_right:
        return str(nonce)
    raise Misused(f"A nonce is a text of at most {NONCE_LENGTH} characters.", "nonce")


def text_of(request: Mapping[str, Any], field: str, is_message: bool = False) -> str:
    """The text of a field, cleaned; empty if it is missing. Raises Misused.

    All texts of programs pass here.

    is_message: whether it may have several lines.
    """
    value = request.get(field, "")
    if isinstance(value, str):
        if value.isprintable():  # a line with nothing to clean, as most are
            return value.strip()
    elif type(value) is int:
        return str(value)
    else:
        raise Misused(f'"{field}" has to be a text or a whole number.', field)
    try:
        value.encode()
    except UnicodeEncodeError:  # possible only in JSON
        raise Misused(f'"{field}" holds half of a surrogate pair.', field) from None
    if not is_message:
        return clean(value).strip()
    lines = value.replace("\r\n", "\n").strip("\n").split("\n")
    if len(lines) > MOST_LINES:
        raise Misused(f"A message has at most {MOST_LINES} lines.", field)
    return "\n".join(map(clean, lines)).strip()


def seen_in(request: Mapping[str, Any]) -> int | None:
    """The read marker of a request; None if it has none. Raises Misused."""
    seen = request.get("seen")
    if seen is not None and type(seen) is not int:
        raise Misused('"seen" has to be a whole number.', "seen")
    return seen
