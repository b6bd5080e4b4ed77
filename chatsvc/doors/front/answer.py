"""Answers to connections whose protocol this server does not speak."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from zope.interface import implementer

from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.doors.front.protocols import not_spoken
from chatsvc.doors.writer import Writer

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatsvc.clock import Clock, Timer

_DISCONNECT, _NOT_AVAILABLE = 1, 7  # RFC 4253, section 11.1
_BLOCK = 8  # bytes; the length of an SSH packet is a multiple of it before there is a cipher


def _http() -> bytes:
    body = f"{not_spoken('HTTP')}\n".encode()
    return (
        b"HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
    )


def _ssh() -> bytes:
    """Our version, and a packet that ends the connection (RFC 4253, sections 4.2, 6 and 11.1)."""
    why = not_spoken("SSH").encode()
    payload = pack(f"!BII{len(why)}sI", _DISCONNECT, _NOT_AVAILABLE, len(why), why, 0)
    padding = _BLOCK - (4 + 1 + len(payload)) % _BLOCK + _BLOCK  # at least four bytes
    packet = pack("!IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)
    return b"SSH-2.0-chatsvc\r\n" + packet


# By protocol.
ANSWERS = {"HTTP": _http(), "SSH": _ssh()}


@implementer(IHalfCloseableProtocol)
class Answer(Protocol):
    """Sends some bytes, and closes the connection; what it receives is ignored."""

    transport: Any
    _deadline: Timer | None = None

    def __init__(self, words: bytes, clock: Clock) -> None:
        self._words = words
        self._clock = clock

    def connectionMade(self) -> None:
        """Send the answer."""
        self._writer = Writer(self.transport, self, self._clock)
        self._deadline = self._clock.callLater(CLOSE_WITHIN, self._cut_off)
        self._writer.write(self._words)
        self._writer.close()

    def drained(self) -> None:
        """Do nothing: everything is written."""

    def readConnectionLost(self) -> None:
        """Do nothing: the peer has stopped sending, but may still read."""

    def writeConnectionLost(self) -> None:
        """Close once everything is acknowledged."""
        self._writer.finish()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the end of the connection, by either side."""
        self._writer.stopProducing()
        if self._deadline is not None:
            self._deadline.cancel()

    def _cut_off(self) -> None:
        self._deadline = None
        self.transport.abortConnection()
