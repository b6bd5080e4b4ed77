"""The web door as people reach it: by a URL, through whatever is before it."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ssl import SSLCertVerificationError, create_default_context
from urllib.parse import SplitResult, urlsplit

from chatsvc.doctor.finding import Finding, fault, ok
from chatsvc.doctor.server import Server
from chatsvc.text.safe import clean

PATIENCE = 10.0  # seconds for an answer
_SHOWN = 80  # characters of an answer
_SOCKETS = "ws"
_SUBPROTOCOL = "chatsvc.1"
PASS_ON = (
    "Have the proxy pass on the Upgrade header and HTTP/1.1; for nginx: proxy_http_version 1.1;"
    " proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
    ' see docs/operating.md, "The web door behind a reverse proxy".'
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
        yield from _health(url)
        yield from _socket(url)
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


@contextmanager
def _asked(url: SplitResult, path: str, headers: dict[str, str]) -> Iterator[HTTPResponse]:
    """The answer to a request, on an open connection. Raises OSError and HTTPException."""
    host = url.hostname or ""
    connection: HTTPConnection
    if url.scheme == "https":
        context = create_default_context()
        connection = HTTPSConnection(host, url.port, timeout=PATIENCE, context=context)
    else:
        connection = HTTPConnection(host, url.port, timeout=PATIENCE)
    folder = url.path if url.path.endswith("/") else f"{url.path}/"
    with closing(connection):
        connection.request("GET", folder + path, headers=headers)
        with closing(connection.getresponse()) as answer:
            yield answer


def _health(url: SplitResult) -> Iterator[Finding]:
    with _asked(url, "healthz", {}) as answer:
        text = _start(answer)
    where = f"{url.geturl()} (healthz)"
    if answer.status == 200:
        yield ok(f"{where} answers that the server works.")
    elif answer.status in (502, 504):
        yield fault(
            f"{where}: the proxy cannot reach the server ({answer.status}).",
            "Compare its address for the server with --web; see the proxy's log.",
        )
    else:
        yield fault(
            f"{where} answers {answer.status}: {text}",
            "503 is the server's, which says why in its log; anything else is the proxy's.",
        )


def _socket(url: SplitResult) -> Iterator[Finding]:
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
        if answer.status != 101:
            yield fault(f"{where} takes no WebSockets: {answer.status} {_start(answer)}", PASS_ON)
            return
        try:
            # The answer ends with its head; what follows is the connection's.
            first = answer.fp.read(1)
        except TimeoutError:
            first = b""
    if first:
        yield ok(f"{where} takes WebSockets.")
    else:
        yield fault(f"{where} takes WebSockets, but nothing comes through them.", PASS_ON)


def _start(answer: HTTPResponse) -> str:
    """The start of an answer, for people."""
    return clean(answer.read(_SHOWN).decode("utf-8", "replace")).strip()
