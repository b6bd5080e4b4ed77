"""The front door with TLS only: clients that begin with anything else are told so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Protocol, ServerFactory, connectionDone

from chatsvc.doors.front.answer import Answer
from chatsvc.doors.front.door import HELLO, MOST_SHAKING
from chatsvc.doors.front.hand_over import HANDSHAKE_WITHIN, address_of, hand_over
from chatsvc.doors.front.protocols import spoken
from chatsvc.doors.front.waiting import Waiting

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatsvc.doors.front.door import FrontFactory

_WORDS = b"server: This port is for TLS.\n"
_TARGET = re.compile(rb"[A-Z]+ (/[!-~]*) HTTP/1\.[01]\r\n")
_HOST = re.compile(rb"\r\n(?i:host): *([\w.:\[\]-]+)\r\n")


class TlsOnlyProtocol(Protocol):
    """One connection, until its first byte tells whether it is in TLS."""

    factory: TlsOnlyFactory
    transport: Any

    def connectionMade(self) -> None:
        """Wait for the first bytes."""
        self.factory.waiting.add(self)

    def dataReceived(self, data: bytes) -> None:
        """Leave the connection to the front door, which begins TLS; or answer, and end it."""
        factory = self.factory
        factory.waiting.stop(self)
        to: Any
        if data[:1] == HELLO:
            to = factory.front.buildProtocol(self.transport.getPeer())
        else:
            name = spoken(data) or "chat"
            address = address_of(self.transport, None)
            to = factory.front.challenged(data, address) if name == "HTTP" else None
            if to is None:
                front = factory.front
                front.chat.journal.write("no TLS", address, reason=f"it began with {name}")
                to = Answer(_redirection(data) if name == "HTTP" else _WORDS, front.chat.clock)
        hand_over(self.transport, to, data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the end of the connection, by either side."""
        self.factory.waiting.stop(self)


class TlsOnlyFactory(ServerFactory):
    """Makes a protocol for each connection.

    front: the factory of the front door.
    waiting: the connections that have sent nothing.
    """

    protocol = TlsOnlyProtocol  # type: ignore[assignment]  # zope's stubs want a function

    def __init__(self, front: FrontFactory) -> None:
        self.front = front
        self.waiting: Waiting[TlsOnlyProtocol] = Waiting(
            front.chat.clock,
            HANDSHAKE_WITHIN,
            MOST_SHAKING,
            lambda one: one.transport.abortConnection(),
        )


def _redirection(request: bytes) -> bytes:
    """The answer to HTTP: ask again with TLS (RFC 9110, section 15.4.9)."""
    target, host = _TARGET.match(request), _HOST.search(request)
    if target is None or host is None:
        status, more = b"400 Bad Request", b""
    else:
        status, more = (
            b"308 Permanent Redirect",
            b"Location: https://%s%s\r\n" % (host[1], target[1]),
        )
    return b"HTTP/1.1 %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n" % (status, more)
