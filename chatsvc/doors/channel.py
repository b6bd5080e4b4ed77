"""The channel of a connection that sends lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHalfCloseableProtocol, IHandshakeListener
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.chat.flow.admission import Rank
from chatsvc.chat.people.addresses import is_local
from chatsvc.door.contract import LONGEST, Dialect
from chatsvc.door.entrance import Entrance
from chatsvc.door.visit import Visit
from chatsvc.doors.front.hand_over import (
    HANDSHAKE_WITHIN,
    Origin,
    fingerprint_of,
    hand_over,
    host_asked_for,
    host_of,
    is_tls,
    why_no_tls,
)
from chatsvc.doors.writer import Writer
from chatsvc.line_receiver import BoundedLineReceiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.logs.room import Output
    from chatsvc.clock import Clock


@implementer(IHalfCloseableProtocol, IHandshakeListener)
class LineChannel(BoundedLineReceiver):
    """One connection: it passes its lines on to a visit, whose channel it is.

    visit: handles the lines.
    host: the address of the peer; None on a unix socket.
    origin: what a proxy has said about the connection; None without a proxy.
    sign_in: the token of the browser's sign-in; empty for none.
    """

    delimiter = b"\n"  # other line ends are turned into it
    MAX_LENGTH = LONGEST

    transport: Any
    visit: Visit
    host: str | None = None
    origin: Origin | None = None
    sign_in = ""
    _writer: Writer

    def begin(self, entrance: Entrance, dialect: Dialect) -> None:
        """Begin a visit, which with TLS arrives after the handshake."""
        self.begin_writing(entrance.chat.clock)
        self.visit = Visit(entrance, self, dialect)
        if is_tls(self.transport):
            self.visit.cut_off_in(HANDSHAKE_WITHIN)
        else:
            self._opened()

    def begin_writing(self, clock: Clock) -> None:
        """Set the writer."""
        self._writer = Writer(self.transport, self, clock)

    def handshakeCompleted(self) -> None:
        """Go on after the TLS handshake."""
        if self.visit.stop_waiting():
            self._opened()

    def _opened(self) -> None:
        self.host = host_of(self.transport, self.origin)
        self.opened()

    def opened(self) -> None:
        """Let the visit arrive."""
        raise NotImplementedError

    def longLineReceived(self, line: bytes) -> None:
        """Take the start of an overlong line as a line."""
        self.lineReceived(line)

    def long_line_skipped(self, size: int) -> None:
        """Count the bytes of an overlong line."""
        self.visit.count_extra(size / LONGEST)

    def readConnectionLost(self) -> None:
        """Handle a peer that has stopped sending, but may still read."""
        self.visit.half_closed()

    def writeConnectionLost(self) -> None:
        """Close once everything is acknowledged."""
        self._writer.finish()

    def leave_to(self, door: Callable[[], Any], received: bytes) -> bool:
        """Leave the connection to another door; returns False if something is still to be sent.

        door: makes the protocol.
        received: the bytes that the protocol begins with.
        """
        if self._writer.is_full:
            return False
        self.visit.withdraw()
        self._writer.stopProducing()
        self.transport.unregisterProducer()
        hand_over(self.transport, door(), received, self.origin)
        return True

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the end of the connection, by either side."""
        self._writer.stopProducing()
        if self.visit.session is None and (why := why_no_tls(reason)):
            self.host = host_of(self.transport, self.origin)
            self.visit.failed("no TLS", why)
        error = self._writer.error
        self.visit.closed(reason.getErrorMessage() if error is None else str(error))

    # The visit's side

    @property
    def writer(self) -> Output:
        """The way out."""
        return self._writer

    @property
    def kind(self) -> str:
        """The door, and what is spoken there."""
        raise NotImplementedError

    @property
    def is_local(self) -> bool:
        """Whether it is from this machine; never if it comes through a proxy."""
        return self.origin is None and is_local(self.host)

    @property
    def is_encrypted(self) -> bool:
        """Whether it is encrypted all the way."""
        return is_tls(self.transport) if self.origin is None else self.origin.is_encrypted

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the client's TLS certificate, in hexadecimal; empty without one."""
        return fingerprint_of(self.transport)

    @property
    def host_asked_for(self) -> str:
        """The host name that the client has asked for in TLS (SNI); empty for none."""
        return host_asked_for(self.transport)

    @property
    def is_greeting(self) -> bool:
        """Whether it may be a proxy's own, which is not announced yet."""
        return self.origin is not None and self.origin.is_own

    @property
    def is_delivered(self) -> bool:
        """Whether the peer has acknowledged everything written, as far as is known."""
        return self._writer.is_delivered

    def pause(self) -> None:
        """Stop handing over lines (backpressure)."""
        self.pauseProducing()

    def go_on(self) -> None:
        """Hand over lines again."""
        self.resumeProducing()

    def forget_input(self) -> None:
        """Drop what was received."""
        self.clearLineBuffer()

    def hung_up(self) -> bool:
        """Whether the peer has stopped sending, though its input may not all be read yet."""
        return self._writer.hung_up()

    def close(self) -> None:
        """Close once everything is delivered."""
        self._writer.close()

    def abort(self) -> None:
        """Close at once."""
        self.transport.abortConnection()

    def drained(self) -> None:
        """Go on writing: the connection takes more again."""
        self.visit.drained()


def rank_of(transport: Any, now: float) -> Rank:
    """The rank of a transport of the reactor's; see `Visit.is_rested`."""
    protocol = getattr(transport, "protocol", None)
    if protocol is None:  # it is a port, or what wakes the reactor for other threads
        return Rank.OTHER
    if not isinstance(protocol, LineChannel):
        protocol = getattr(protocol, "wrappedProtocol", None)  # the one inside TLS
    if not isinstance(protocol, LineChannel) or protocol.visit.session is None:
        return Rank.STRANGER
    return Rank.RESTED if protocol.visit.is_rested(now) else Rank.OTHER
