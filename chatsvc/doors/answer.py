"""An answer to a connection that nothing else is said to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from zope.interface import implementer

from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.doors.writer import Writer

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatsvc.clock import Clock, Timer


@implementer(IHalfCloseableProtocol)
class Answer(Protocol):
    """Says something once, closes the connection, and reads nothing of what comes meanwhile."""

    transport: Any
    _deadline: Timer | None = None

    def __init__(self, words: bytes, clock: Clock) -> None:
        self._words = words
        self._clock = clock

    def connectionMade(self) -> None:
        """Say it."""
        self._writer = Writer(self.transport, lambda: None, self._clock)
        self._deadline = self._clock.callLater(CLOSE_WITHIN, self._cut_off)
        self._writer.write(self._words)
        self._writer.close()

    def readConnectionLost(self) -> None:
        """Go on: the peer has stopped sending, but may still read."""

    def writeConnectionLost(self) -> None:
        """Close once everything, and the end of it, is sent."""
        self._writer.finish()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is closed, by whichever side."""
        self._writer.stopProducing()
        if self._deadline is not None:
            self._deadline.cancel()

    def _cut_off(self) -> None:
        self._deadline = None
        self.transport.abortConnection()
