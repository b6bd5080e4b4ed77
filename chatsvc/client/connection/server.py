"""The server of the settings, and connection errors in words."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from socket import gaierror
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import TimeoutError as TookTooLong
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP6ClientEndpoint,
    UNIXClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost, DNSLookupError

from chatsvc.client.connection.failures import NoAnswer, NotLetIn, SpeaksTls
from chatsvc.client.settings.values import Wrong
from chatsvc.command.typed import secrets
from chatsvc.terminal.styles import neutral
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatsvc.client.connection.link import Link
    from chatsvc.client.connection.tls import Trust
    from chatsvc.client.settings.values import Settings

OURS = ("join", "login", "nick", "who")  # commands that the client sends by itself
LEAVE_WITHIN = 5.0  # seconds for the last answers, and again for the server to close


class Server:
    """The server at the settings' address.

    endpoint: what connects to it.
    name: its address, for error messages.

    Raises Wrong.
    """

    endpoint: Any

    def __init__(self, reactor: Any, settings: Settings) -> None:
        host, port = settings.host, settings.port
        self.name = host if settings.is_socket else f"{host} port {port}"
        self._trust: Trust | None = None
        if settings.is_socket:
            self.endpoint = UNIXClientEndpoint(reactor, host)
        elif ":" in host:  # unlike HostnameEndpoint, this takes fe80::1%eth0
            self.endpoint = TCP6ClientEndpoint(reactor, host, port)
        else:
            self.endpoint = HostnameEndpoint(reactor, host, port)
        if settings.tls:
            try:
                from chatsvc.client.connection import tls
            except ImportError:
                raise Wrong("--tls needs pip install 'chatsvc[tls]'") from None
            self._trust = tls.Trust(host, settings.ca, settings.fingerprint)
            self.endpoint = wrapClientTLS(self._trust, self.endpoint)

    def explained(self, error: BaseException | None) -> str:
        """The reason why there is no connection, or no longer one."""
        return explained(error, self.name, self._trust)


def explained(error: BaseException | None, name: str = "", trust: Trust | None = None) -> str:
    """The reason why there is no connection, or no longer one.

    name: the server's address.
    trust: has checked its certificate; None without TLS.
    """
    match error:
        case ConnectError():
            why = os.strerror(error.osError or errno.ETIMEDOUT).lower()
            return f"could not connect to {name}: {why}"
        case DNSLookupError() | ValueError():
            return f"could not connect to {name}: no such host"
        case gaierror():
            return f"could not connect to {name}: no such host at that interface"
        case NotLetIn():
            return f"the server says: {neutral(str(error))}"
        case SpeaksTls():
            return f"{name} speaks TLS: use --tls."
        case NoAnswer():
            hint = "" if trust else " If it speaks TLS, use --tls."
            return f"{name} does not answer as a chat server of this kind does.{hint}"
        case ConnectionDone():
            return "the server closed the connection."
        case ConnectionLost():
            return "the connection was lost."
    match getattr(error, "args", ()):
        case [[*_, (_, _, str(reason))]] if trust:  # OpenSSL's: (library, function, reason)
            return f"TLS failed: {trust.explained(reason)}"
        case _ if trust:
            return "TLS failed: the server closed the connection."
    return neutral(f"{name}: {error}")


def found(reactor: Any, settings: Settings) -> Server:
    """The server of the settings. Raises SystemExit."""
    try:
        return Server(reactor, settings)
    except Wrong as error:
        print(f"chatsvc: {error}", file=sys.stderr)
        sys.exit(2)


def login(settings: Settings, password: str) -> dict[str, Any] | None:
    """The request to log in; None if the settings name no account."""
    if not settings.login:
        return None
    return {"do": "login", "name": settings.login, "password": password}


def ask_first(
    settings: Settings,
    ask: Callable[..., object],
    name: str,
    rooms: Iterable[str],
    last_rooms: Iterable[str] = (),
) -> str:
    """At a new place, ask for the name and the rooms of the settings, then for the last rooms.

    Returns the name that was asked for; empty for none.

    name: the current one.
    rooms: the current ones.
    last_rooms: those of the last place.
    """
    wanted = "" if settings.login or settings.name == name else settings.name
    if wanted:
        ask("nick", name=wanted)
    there = {"", *map(folded, rooms)}
    for room in dict.fromkeys([*settings.rooms, settings.room, *last_rooms]):
        if folded(room) not in there:
            ask("join", room=room)
    return wanted


async def first_answer(link: Link, server: Server) -> None:
    """Connect. Raises SystemExit if there is no connection."""
    try:
        await link.first_answer()
    except Exception as error:
        sys.exit(f"chatsvc: {server.explained(error)}")


async def stopped(reactor: Any, link: Link) -> dict[str, str]:
    """Leave once everything is answered; returns the other requests as typed, by their nonces."""
    with suppress(TookTooLong):
        if link.is_up:
            await link.when_idle().addTimeout(LEAVE_WITHIN, reactor)
    unsaid = link.unanswered
    with suppress(TookTooLong):
        await link.stop().addTimeout(LEAVE_WITHIN, reactor)
    return {each["nonce"]: words for each in unsaid if (words := _as_typed(each))}


def _as_typed(request: dict[str, Any]) -> str:
    """A request as it was typed, without passwords; empty for the client's own."""
    words: str = request.get("text") or request.get("line") or ""
    if "line" in request and secrets(words):
        return words.strip().partition(" ")[0]
    return words if words or request["do"] in OURS else str(request["do"])
