"""A connection of the web door: HTTP/1.1 by twisted.web, with bounds."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from zope.interface import implementer

from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.doors.front.answer import Answer
from chatsvc.doors.front.hand_over import Origin, hand_over, is_tls
from chatsvc.doors.front.waiting import Spare, Waiting
from chatsvc.doors.web.refusals import refusal
from chatsvc.doors.writer import set_up
from chatsvc.errors import Full

if TYPE_CHECKING:
    from twisted.web.http import Request
    from twisted.web.server import Site

    from chatsvc.door.entrance import Entrance
    from chatsvc.doors.web.forwarded import TrustedProxies

ASK_WITHIN = 20.0  # seconds for a request; of the first one, for its head and for the rest, each
HEAD = 1024  # bytes of the first request that are kept as they come, until its head is complete
MOST_BEGINNING = 10_000  # connections of which no more has come; each takes 2 KB
MOST_ASKING = 1000  # connections whose request is not complete, or waits for its turn
IDLE_FOR = 60.0  # seconds between two requests
MOST_IDLE = 1000  # connections between two requests
READ_WITHIN = 60.0  # seconds for an answer that does not fit into what is sent at once
MOST_UNREAD = 100  # connections that have yet to read such an answer
MOST_CLOSING = 1000  # connections that have yet to read the last answer
MOST_BODY = 256 * 1024  # bytes of a request's body
MOST_PARTS = 128  # in which a body may come, as each takes time, however small it is;
PART = 512  # and one more for so many bytes
MOST_BODIES = 16 * 1024 * 1024  # bytes of all bodies of requests that are not answered yet
LENGTH_DIGITS = 9  # of a Content-Length
_INCOMPLETE = re.compile(  # the beginning of a head, which may be in order so far
    rb"[^\r\n]*(?:\r?| HTTP/1\.[01]\r\n(?:[^\r\n]+\r\n)*[^\r\n]*\r?)"
)


class BodyRefused(Exception):
    """A body was refused, and the connection is over."""


class Connections:
    """All connections of the web door, in five states, each with a bound.

    entrance: the state that all doors share.
    proxies: the reverse proxies that are believed.
    beginning: those of whose first request no more than a part of the head has come.
    asking: the others whose request is not complete, or waits for its turn.
    idle: those between two requests.
    unread: those that have yet to read an answer before the next request is looked at.
    closing: those that have yet to read the last answer.
    body_bytes: of all requests that are not answered yet.

    All of them, those that are being answered too, count as connections of the chat do: one more
    than there may be takes the place of one that waits.
    """

    def __init__(self, entrance: Entrance, proxies: TrustedProxies) -> None:
        self.body_bytes = 0
        self._number = 0
        self.entrance = entrance
        entrance.chat.sessions.beside.append(self)
        self.proxies = proxies
        clock = entrance.chat.clock
        self.beginning: Waiting[WebChannel] = Waiting(
            clock, ASK_WITHIN, MOST_BEGINNING, WebChannel.give_up, WebChannel.make_way
        )
        self.asking: Waiting[WebChannel] = Waiting(
            clock, ASK_WITHIN, MOST_ASKING, WebChannel.give_up, WebChannel.make_way
        )
        self.idle: Waiting[WebChannel] = Waiting(
            clock, IDLE_FOR, MOST_IDLE, WebChannel.loseConnection
        )
        self.unread: Waiting[WebChannel] = Waiting(
            clock, READ_WITHIN, MOST_UNREAD, lambda one: one.transport.abortConnection()
        )
        self.closing: Waiting[WebChannel] = Waiting(
            clock, CLOSE_WITHIN, MOST_CLOSING, lambda one: one.transport.abortConnection()
        )
        self._spare = Spare(self.closing, self.idle, self.unread, self.beginning, self.asking)

    def __len__(self) -> int:
        return self._number

    def begin(self, channel: WebChannel) -> None:
        """Wait for the first request of a connection, unless there is no space for it."""
        self._number += 1
        sessions = self.entrance.chat.sessions
        if sessions.is_overfull and not sessions.give_way():
            channel.refuse(503, str(Full()))
        elif is_tls(channel.transport):  # which takes far more memory
            self.asking.add(channel)
        else:
            self.beginning.add(channel)

    def end(self, channel: WebChannel) -> None:
        """Note that a connection is over, or is left to another protocol."""
        self._number -= 1
        self.forget(channel)

    def give_way(self) -> bool:
        """Cut off the connection that can be spared best; returns whether there was one."""
        return self._spare.give_way()

    def forget(self, channel: WebChannel) -> None:
        """Wait no more for a connection."""
        for waiting in (self.beginning, self.asking, self.idle, self.unread, self.closing):
            waiting.stop(channel)


@implementer(IHalfCloseableProtocol)
class WebChannel(HTTPChannel):
    """One connection of the web door: requests, one after the other.

    Of the bounds, in bytes, the first is of a line, the second of all lines of a request.
    """

    MAX_LENGTH = 8 * 1024
    totalHeadersSize = 16 * 1024
    maxHeaders = 100

    connections: Connections
    site: Site
    transport: Any
    origin: Origin | None = None
    _head: bytes | None = b""  # of the first request, so far; None once that is looked at
    _is_over = False  # nothing more is taken, or it is left to another protocol
    _unread: Request | None = None  # was answered, and the answer fills what is sent at once

    def connectionMade(self) -> None:
        """Wait for a request."""
        super().connectionMade()
        set_up(self.transport)
        self.connections.begin(self)

    def dataReceived(self, data: bytes) -> None:
        """Take requests from the data."""
        if self._is_over:
            return  # it was refused before
        if self._head is not None:
            data = self._head + data
            if len(data) <= HEAD and _INCOMPLETE.fullmatch(data):
                self._head = data  # what is parsed takes ten times as much
                return
            self._head = None
        if self.connections.beginning.stop(self) or self.connections.idle.stop(self):
            self.connections.asking.add(self)
        super().dataReceived(data)
        if self._handlingRequest:
            # Twisted does so only when more comes, so each answer would let in another piece; and
            # not at all while an answer waits for the peer to read.
            waiting = sum(map(len, self._dataBuffer)) + len(self._buffer)
            if waiting > self._optimisticEagerReadSize:
                self.transport.pauseProducing()

    def headerReceived(self, line: bytes) -> bool:
        """Take a header, unless it is one by which two servers can understand differently."""
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip()
        if not _is_utf8(value):  # or else whoever reads it as a text would fail
            self.refuse(400)
        elif name == b"content-length" and len(value) > LENGTH_DIGITS:
            self.refuse(413)
        elif name == b"transfer-encoding" and (
            value.lower() != b"chunked" or self._version != b"HTTP/1.1"
        ):
            self.refuse(400)
        elif super().headerReceived(line):
            if (self.length or 0) <= MOST_BODY:
                return True
            self.refuse(413)
        return False

    def lineReceived(self, line: bytes) -> None:
        """Take a line; none goes on with the one before (RFC 9112, section 5.2)."""
        if line[:1] in (b" ", b"\t"):
            self.refuse(400)
        else:
            super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse an overlong line."""
        self.refuse(431)

    def rawDataReceived(self, data: bytes) -> None:
        """Take a part of a body, up to where it is refused."""
        with suppress(BodyRefused):
            super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        """Handle a request that is complete."""
        if not self._is_over:
            super().allContentReceived()

    def begin_answer(self) -> None:
        """Note that the request is being answered, however long that takes."""
        self.connections.asking.stop(self)

    def requestDone(self, request: Request) -> None:
        """Wait for the next request, or close; but first until the answer is being read."""
        if self._waitingForTransport:
            self._unread = request
            self.connections.unread.add(self)
            return
        if self.persistent:
            self.connections.idle.add(self)
        super().requestDone(request)

    def resumeProducing(self) -> None:
        """Go on, as the peer has read most of what was sent."""
        super().resumeProducing()
        request, self._unread = self._unread, None
        if request is not None:
            self.connections.unread.stop(self)
            self.requestDone(request)

    def leave_to(self, protocol: Any, origin: Origin | None) -> None:
        """Leave the connection to another protocol, with what came after the request."""
        received = b"".join(self._dataBuffer) + self.clearLineBuffer()
        self._end()
        self.transport.resumeProducing()
        hand_over(self.transport, protocol, received, origin)

    def refuse(self, status: int, text: str = "") -> None:
        """Answer to what is no proper request, and close the connection."""
        if not self._is_over:
            requests = list(self.requests)
            self.clearLineBuffer()
            self._end()
            self.transport.write(refusal(status, text))
            hand_over(self.transport, Answer(b"", self.connections.entrance.chat.clock))
            for request in requests:
                request.connectionLost(Failure(connectionDone.value))

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802  # Twisted's name
        self.refuse(400)

    def _end(self) -> None:
        self._is_over = True
        self.setRawMode()
        for request in self.requests:
            request.free_body()
        self.requests = []
        self._dataBuffer = []
        self._transferDecoder = None
        self.connections.end(self)
        self.transport.unregisterProducer()

    def give_up(self) -> None:
        """Give up a request that does not come, or whose turn does not."""
        if self.requests or self._head:
            self.refuse(408)
        else:
            self.loseConnection()

    def make_way(self) -> None:
        """Give up a request for another's; at once if it is incomplete, as a flood of those is."""
        if self._handlingRequest:
            self.give_up()
        else:
            self.transport.abortConnection()

    def loseConnection(self) -> None:
        """Close once everything is sent, within a bound."""
        self.connections.forget(self)
        self.connections.closing.add(self)
        super().loseConnection()

    def readConnectionLost(self) -> None:
        """Handle a peer that has stopped sending, but may still read."""
        self.persistent = False
        if self._handlingRequest:
            return
        if self.requests or self._head:  # the rest of the request does not come
            self.refuse(400)
        else:
            self.loseConnection()

    def writeConnectionLost(self) -> None:
        """Do nothing: this side is not closed alone."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the end of the connection, by whichever side."""
        if not self._is_over:
            self._is_over = True
            self.connections.end(self)
        if self._unread is not None:  # which is over for itself
            self.requests.remove(self._unread)
        super().connectionLost(reason)
        # It has methods of this channel: only a search for garbage would free both.
        self._transferDecoder = None


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
