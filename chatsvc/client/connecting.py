"""Where the server is, and why it cannot be had, in words for people."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import TimeoutError as TookTooLong
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost, DNSLookupError

from chatsvc.command import secrets
from chatsvc.link import Link, NoAnswer, NotLetIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatsvc.client.settings import Settings
    from chatsvc.link import Told

OURS = ("join", "login", "nick", "who")  # what the client asks for by itself
LEAVE_WITHIN = 3.0  # seconds that the server has for what was said last, and then to close


def endpoint(reactor: Any, host: str, port: int, tls: bool) -> Any:
    """What connects to a server. Raises ImportError where TLS is wanted and is not installed."""
    plain: Any = HostnameEndpoint(reactor, host, port)
    if not tls:
        return plain
    from twisted.internet.ssl import optionsForClientTLS

    return wrapClientTLS(optionsForClientTLS(host), plain)


def explained(error: BaseException | None, host: str, port: int) -> str:
    """Why there is no connection, or no more."""
    match error:
        case ImportError():
            return "--tls needs pip install 'chatsvc[tls]'"
        case ConnectError():
            why = os.strerror(error.osError or errno.ETIMEDOUT).lower()
            return f"could not connect to {host} port {port}: {why}"
        case DNSLookupError() | ValueError():
            return f"could not connect to {host} port {port}: no such host"
        case NotLetIn():
            return f"the server says: {error}"
        case NoAnswer():
            return f"{host} port {port} does not answer as a chat server of this kind does."
        case ConnectionDone():
            return "the server closed the connection."
        case ConnectionLost():
            return "the connection was lost."
    match getattr(error, "args", ()):
        case [[*_, (_, _, str(detail))]]:  # OpenSSL's error: (library, function, reason)
            return f"TLS failed: {detail}."
        case _:
            return "TLS failed: the certificate is for another host."


def linked(
    reactor: Any,
    settings: Settings,
    hear: Callable[[Told], object],
    status: Callable[[bool], object],
    begin: Callable[[Callable[..., str]], object],
) -> Link:
    """A link to the server of the settings. Raises SystemExit."""
    try:
        server = endpoint(reactor, settings.host, settings.port, settings.tls)
    except ImportError as error:
        sys.exit(f"chatsvc: {explained(error, settings.host, settings.port)}")
    return Link(reactor, server, hear, status, begin)


def beginning(settings: Settings, password: str, rooms: Iterable[str]) -> list[dict[str, Any]]:
    """What is asked for where one is new: the name, and the rooms, those of the settings first."""
    asked: list[dict[str, Any]] = []
    if settings.login:
        asked.append({"do": "login", "name": settings.login, "password": password})
    elif settings.name:
        asked.append({"do": "nick", "name": settings.name})
    joined = dict.fromkeys([*settings.rooms, settings.room, *rooms])
    return [*asked, *[{"do": "join", "room": room} for room in joined if room]]


async def first_answer(link: Link, settings: Settings) -> None:
    """Connect. Raises SystemExit when that cannot be done."""
    try:
        await link.first_answer()
    except Exception as error:
        sys.exit(f"chatsvc: {explained(error, settings.host, settings.port)}")


async def stopped(reactor: Any, link: Link) -> list[str]:
    """Leave, once what was said is answered; what is not is given as it was typed."""
    with suppress(TookTooLong):
        if link.is_up:
            await link.when_idle().addTimeout(LEAVE_WITHIN, reactor)
    unsaid = link.unanswered
    with suppress(TookTooLong):
        await link.stop().addTimeout(LEAVE_WITHIN, reactor)
    return [words for each in unsaid if (words := _as_typed(each))]


def _as_typed(asked: dict[str, Any]) -> str:
    """What somebody has asked for, without passwords; empty for what the client asks by itself."""
    words: str = asked.get("text") or asked.get("line") or ""
    if "line" in asked and secrets(words):
        return words.strip().partition(" ")[0]
    return words if words or asked["do"] in OURS else str(asked["do"])
