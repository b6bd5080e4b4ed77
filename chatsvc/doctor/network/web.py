"""The web door as people reach it: by its URL, through any proxy."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from ssl import SSLCertVerificationError, create_default_context
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from chatsvc.doctor.finding import Finding, Level, fault, ok
from chatsvc.doctor.server import Server
from chatsvc.text.safe import clean

PATIENCE = 10.0  # seconds for an answer
_SHOWN = 80  # characters of an answer
_UNREACHED = (502, 504)  # of proxies: Bad Gateway, Gateway Timeout
_SOCKETS = "ws"
_SUBPROTOCOL = "chatsvc.1"
_TWO_BYTES = 126  # stands for a length in the next two bytes
PASS_ON = (
    "Have the proxy pass on the Upgrade header and HTTP/1.1; for nginx: proxy_http_version 1.1;"
    " proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
    ' see docs/proxies.md, "The web door behind a reverse proxy".'
)


def check(server: Server) -> Iterator[Finding]:
    """A request, and a WebSocket, of which nobody in the chat is told."""
    if not server.url:
        return
    url = urlsplit(server.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        yield fault(f"{server.url} is not like https://chat.example.org/.", "Correct --url.")
        return
    try:
        found = list(_health(url))
        yield from found
        if found[0].level is Level.OK:
            yield from _socket(server, url)
    except SSLCertVerificationError as error:
        yield fault(
            f"browsers do not trust the certificate at {server.url}: {error.verify_message}.",
            "Mend the certificate of the proxy, or of the server if there is none before it.",
        )
    except (OSError, HTTPException) as error:
        yield fault(
            f"{server.url} does not answer: {getattr(error, 'strerror', None) or error}.",
            "See whether the proxy runs, and whether a firewall is between.",
        )


class Answer(NamedTuple):
    """An answer on an open connection.

    own, other: the addresses of its ends.
    """

    response: HTTPResponse
    own: str
    other: str


@contextmanager
def _asked(url: SplitResult, path: str, headers: dict[str, str]) -> Iterator[Answer]:
    """The answer to a request. Raises OSError and HTTPException."""
    host = url.hostname or ""
    connection: HTTPConnection
    if url.scheme == "https":
        context = create_default_context()
        connection = HTTPSConnection(host, url.port, timeout=PATIENCE, context=context)
    else:
        connection = HTTPConnection(host, url.port, timeout=PATIENCE)
    folder = url.path if url.path.endswith("/") else f"{url.path}/"
    with closing(connection):
        connection.connect()
        own, other = connection.sock.getsockname()[0], connection.sock.getpeername()[0]
        connection.request("GET", folder + path, headers=headers)
        with closing(connection.getresponse()) as response:
            yield Answer(response, own, other)


def _health(url: SplitResult) -> Iterator[Finding]:
    with _asked(url, "healthz", {}) as answer:
        status, said = answer.response.status, _said(answer.response)
    where = f"{url.geturl()} (healthz)"
    if status == 200:
        yield ok(f"{where} answers that the server works.")
    elif status in _UNREACHED:
        yield fault(
            f"{where}: the proxy cannot reach the server ({status}).",
            "Compare its address for the server with --web; see the proxy's log.",
        )
    else:
        yield fault(
            f"{where} answers {said}.",
            "503 is the server's, which says why in its log; anything else is the proxy's.",
        )


def _socket(server: Server, url: SplitResult) -> Iterator[Finding]:
    """A WebSocket up to its first message, which the server sends (RFC 6455, section 4.1)."""
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": _SUBPROTOCOL,
    }
    where = f"{url.geturl()} ({_SOCKETS})"
    with _asked(url, _SOCKETS, headers) as answer:
        if answer.response.status != 101:
            yield fault(f"{where} takes no WebSockets: {_said(answer.response)}.", PASS_ON)
            return
        try:
            welcome = _message(answer.response)
        except (TimeoutError, ValueError):
            yield fault(f"{where} takes WebSockets, but nothing comes through them.", PASS_ON)
            return
        yield ok(f"{where} takes WebSockets.")
        seen = server.addresses_of(str(welcome.get("name")))
        yield from _origin(url, answer, seen)


def _message(answer: HTTPResponse) -> dict[str, object]:
    """The first message of a WebSocket, which the server sends. Raises OSError and ValueError."""
    # The answer ends with its head; what follows is the connection's: a frame without a mask, whose
    # length has 7 bits, or 16 in the next two bytes (RFC 6455, section 5.2).
    _, length = answer.fp.read(2).ljust(2, b"\0")
    if length == _TWO_BYTES:
        length = int.from_bytes(answer.fp.read(2))
    found = json.loads(answer.fp.read(length))
    if not isinstance(found, dict):
        raise ValueError("a message is an object")
    return found


def _origin(url: SplitResult, answer: Answer, seen: Sequence[str | None]) -> Iterator[Finding]:
    """Whether the server sees where people come from.

    seen: where the person on that connection comes from, as it says; empty if it does not say.
    """
    if not seen or ip_address(answer.own).is_loopback:
        return  # with a proxy on the same machine, that looks the same either way
    address = seen[0]
    is_proxys = address == answer.other != answer.own
    if address is None or ip_address(address).is_loopback or is_proxys:
        where = address or "no address"
        yield fault(
            f"the server takes all who come by {url.geturl()} for one, at {where}: what one does"
            " counts for all, and a ban bans all.",
            "Have the proxy set X-Forwarded-For, and name it in --trusted-proxies.",
        )
    else:
        yield ok(f"the server sees from where people come by {url.geturl()}.")


def _said(answer: HTTPResponse) -> str:
    """The status of an answer, for people."""
    return f"{answer.status} {clean(answer.reason)[:_SHOWN]}"
