"""The kinds of settings."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.people.nicks import checked
from chatsvc.doors.web.forwarded import UNIX
from chatsvc.errors import ChatError
from chatsvc.settings import levels
from chatsvc.settings.kind import Kind, wrong
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import BadName, folded
from chatsvc.text.safe import clean
from chatsvc.text.spans import span
from chatsvc.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}
NAME_LENGTH = 63  # of a server or a network
_SYNCHRONOUS = {"": "full", "synchronous=full": "full", "synchronous=normal": "normal"}


class Place(NamedTuple):
    """Where messages are kept.

    path: of the database, as written; empty for nowhere.
    synchronous: SQLite's setting: full or normal.
    """

    path: str
    synchronous: str


def number(lowest: int, highest: float = inf, off: object = ...) -> Kind:
    """A whole number.

    off: the value of "off"; without it, that is not allowed.
    """
    limit = f"from {lowest} up" if highest == inf else f"from {lowest} to {highest:.0f}"
    allowed = f"a number {limit}{_or_off(off)}"

    def parse(text: str) -> object:
        if text == "off" and off is not ...:
            return off
        # More digits than any limit has: Python refuses thousands of them.
        if not (text.isascii() and text.isdecimal() and len(text) < 20):
            raise wrong(text, allowed)
        if not lowest <= int(text) <= highest:
            raise wrong(text, allowed)
        return int(text)

    return Kind("N", allowed, parse, takes_numbers=True, takes_switches=off is not ...)


def time(off: object = ...) -> Kind:
    """A span of time, in seconds.

    off: as in `number`.
    """
    allowed = f"a span of time such as 90d, 12h or 30m{_or_off(off)}"

    def parse(text: str) -> object:
        if text == "off" and off is not ...:
            return off
        try:
            return float(span(text))
        except ChatError:
            raise wrong(text, allowed) from None

    return Kind("SPAN", allowed, parse, takes_switches=off is not ...)


def size(lowest: str = "", off: object = ...) -> Kind:
    """A number of bytes, at least one.

    lowest: the lowest that is allowed, as it is written; empty for any.
    off: as in `number`.
    """
    limit = f" from {lowest} up" if lowest else ", such as 16M"
    allowed = f"a number of bytes{limit}{_or_off(off)}"

    def parse(text: str) -> object:
        if text == "off" and off is not ...:
            return off
        try:
            count = _bytes(text)
        except ValueError:
            raise wrong(text, allowed) from None
        if lowest and count < _bytes(lowest):
            raise wrong(text, allowed)
        return count

    return Kind("SIZE", allowed, parse, takes_numbers=True, takes_switches=off is not ...)


def _bytes(text: str) -> int:
    unit = UNITS.get(text[-1:].upper(), 1)
    count = number(1).parse(text[:-1] if unit > 1 else text)
    assert isinstance(count, int)
    return count * unit


def _or_off(off: object) -> str:
    return "" if off is ... else ", or off"


def choice(*texts: str) -> Kind:
    """One of some texts."""
    allowed = f"one of {', '.join(texts)}"

    def parse(text: str) -> str:
        if text not in texts:
            raise wrong(text, allowed)
        return text

    return Kind("|".join(texts), allowed, parse)


def choices(*texts: str) -> Kind:
    """Some of some texts, at least one of them."""
    allowed = f"one or more of {', '.join(texts)}"

    def parse(raw: list[str]) -> list[str]:
        for text in raw or [""]:
            if text not in texts:
                raise wrong(text, f"one of {', '.join(texts)}")
        return raw

    return Kind(",".join(texts), allowed, parse, is_list=True)


def words(most: int) -> Kind:
    """A line of text.

    most: characters.
    """
    allowed = f"a line of at most {most} characters"

    def parse(text: str) -> str:
        if len(text) > most or clean(text) != text:
            raise wrong(text, allowed)
        return text

    return Kind("TEXT", allowed, parse)


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise wrong(text, SWITCH.allowed)
    return text == "on"


def _throttle(text: str) -> Throttle:
    if text == "off":
        return Throttle.off()
    lines, _, a_second = text.partition("/")
    try:
        burst, rate = int(lines), float(a_second)
    except ValueError:
        raise wrong(text, THROTTLE.allowed) from None
    if burst < 1 or not 0 < rate < inf:
        raise ValueError(f"{text!r} would let nobody say anything.")
    return Throttle(burst, rate)


def _address(text: str) -> list[str]:
    try:
        return [str(ip_address(text))]
    except ValueError:
        raise wrong(text, ADDRESS.allowed) from None


def _networks(texts: list[str]) -> list[str]:
    networks = [text for text in texts if text]
    for network in networks:
        if network != UNIX:
            ip_network(network)  # its error says what is wrong
    return networks


def _host(text: str) -> str:
    letters = text.replace(".", "").replace("-", "")
    if not (text.isascii() and len(text) <= NAME_LENGTH and letters.isalnum()):
        raise wrong(text, HOST.allowed)
    return text


def _place(text: str) -> Place:
    kind, _, where = text.partition(":")
    path, _, option = where.partition("?")
    if text == "memory:":
        return Place("", "")
    if kind == "sqlite" and path and "\0" not in path and option in _SYNCHRONOUS:
        return Place(path, _SYNCHRONOUS[option])
    raise wrong(text, PLACE.allowed)


def _operators(names: Sequence[str]) -> Sequence[str]:
    found: dict[str, str] = {}  # by the skeletons of the names
    for name in names:
        other = found.setdefault(skeleton(name), name)
        if folded(other) != folded(name):
            raise ValueError(f"nobody can register {name!r}, as it looks like {other!r}.")
        try:
            checked(name)
        except BadName as error:
            raise ValueError(f"nobody can register {name!r}: {error}") from None
    return names


def _file(text: str) -> str:
    if not text or "\0" in text:
        raise wrong(text, "a path")
    return text


def _socket(text: str) -> str:
    if text == "on":  # true in the file
        raise wrong(text, SOCKET.allowed)
    return _file(text)


SWITCH = Kind("on|off", "on or off", _switch, takes_switches=True)
FLAG = Kind("", "on or off", _switch, takes_switches=True)  # an option without a value
THROTTLE = Kind(
    "BURST/RATE", "a burst and lines a second such as 30/10, or off", _throttle, takes_switches=True
)
ADDRESS = Kind("ADDRESS", "an IP address", _address)
NETWORKS = Kind("NETWORK,...", "addresses, networks, or unix", _networks, is_list=True)
HOST = Kind("NAME", f"a name like a host's, of at most {NAME_LENGTH} characters", _host)
SOCKET = Kind("SOCKET", "a path, or off", _socket, takes_switches=True)
PLACE = Kind("STORE", "memory:, or a file as in sqlite:chatsvc.sqlite", _place)
OPERATORS = Kind("NAME", "a list of names", _operators, is_list=True, is_repeatable=True)
ENDPOINTS = Kind("ENDPOINT", "a list of endpoints", list, is_list=True, is_repeatable=True)
FOLDER = Kind("DIR", "the path of a folder", _file)
LEVELS = Kind(
    "LEVEL,...", "a level, and others of parts, such as info,chatsvc.doors.web=debug", levels.parsed
)
MOTD = Kind("FILE", "the path of a file, or a text with line breaks", _file)
CERTIFICATE = Kind("PEM", "the path of a PEM file or of a folder, or self-signed", _file)
