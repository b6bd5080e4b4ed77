"""The writer: the fast way into a Twisted transport, and the state of its connection."""

from __future__ import annotations

import select
import socket
import struct
from fcntl import ioctl
from termios import TIOCOUTQ
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet import tcp, unix
from twisted.internet.interfaces import IPullProducer, IPushProducer
from zope.interface import implementer

if TYPE_CHECKING:
    from chatsvc.clock import Clock, Timer

# TCP keepalive: a peer silent for IDLE seconds is probed every ASK_EVERY seconds, and is given up
# when it has acknowledged nothing for GIVE_UP seconds (tcp(7); RFC 5482).
IDLE = 30
ASK_EVERY = 10
GIVE_UP = 60
READ_BYTES = 16 * 1024  # received at once; that many are kept while reading is paused
FINISH_EVERY = 0.05  # seconds between two looks whether everything is acknowledged
LOOK_EVERY = 20  # seconds between two looks whether a slow reader is dead

_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has it
_OPTIONS = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", None), IDLE),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPINTVL", None), ASK_EVERY),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPCNT", None), (GIVE_UP - IDLE) // ASK_EVERY),
    (socket.IPPROTO_TCP, _USER_TIMEOUT, GIVE_UP * 1000),
]
_TCP_INFO = getattr(socket, "TCP_INFO", None)
_INFO = struct.Struct("3xB20xI")  # tcpi_probes and tcpi_unacked in struct tcp_info (linux/tcp.h)
_HUNG_UP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


def prepare(listener: socket.socket) -> None:
    """Set the options of all connections that a socket accepts: they inherit its own."""
    if _is_tcp(listener):
        for level, option, value in _OPTIONS:
            if option is not None:
                listener.setsockopt(level, option, value)


def _is_tcp(any_socket: socket.socket) -> bool:
    return any_socket.family in (socket.AF_INET, socket.AF_INET6)


def set_up(transport: Any) -> None:
    """Set how many bytes a transport receives at once, and what Twisted's log calls it."""
    below = transport
    while hasattr(below, "transport"):  # as TLS has, and what removes a proxy's header
        below = below.transport
    below.bufferSize = READ_BYTES
    # One name for all: their own would take 160 bytes each, and hold addresses.
    below.logstr = below.repstr = "connection"


class Source(Protocol):
    """The source of what a `Writer` writes."""

    def drained(self) -> None:
        """Write again: the connection takes more."""


@implementer(IPushProducer, IPullProducer)
class Writer:
    """Writes to a connection until it is full, and says when it takes more.

    Twisted's own way to the socket takes three times as long as the kernel's part: it adds the
    socket to the poll, waits for it, and removes it again. So a bare TCP or unix transport has its
    socket tried first, and gets only what the socket did not take. Never a transport that exposes
    the socket of another, as TLS does: the bytes would go out in clear.

    transport: an ITransport and IConsumer of any kind.
    source: writes the bytes; its `drained` is called when the connection takes more, after `write`
        has returned False.
    clock: the time.
    is_behind: whether the transport may not have sent everything that it was given before.
    error: why the socket refused a write; None if it has not.
    """

    __slots__ = (
        "_clock",
        "_direct",
        "_full",
        "_is_finished",
        "_is_over",
        "_look_timer",
        "_socket",
        "_source",
        "_transport",
        "error",
    )

    def __init__(
        self, transport: Any, source: Source, clock: Clock, is_behind: bool = False
    ) -> None:
        self._transport = transport
        self._source: Source | None = source
        self._clock = clock
        self._look_timer: Timer | None = None  # runs while it is full, or finishing
        self._full = False
        self._is_finished = False  # everything written was acknowledged before the end
        self._is_over = False
        self._socket: socket.socket | None = getattr(transport, "socket", None)
        self._direct = isinstance(transport, (tcp.Server, unix.Server)) and not transport.TLS
        self.error: OSError | None = None
        set_up(transport)
        # A transport pauses a streaming producer when its buffer is full, and resumes it when that
        # is sent. It resumes one that does not stream whenever its buffer is empty: that fits if
        # the buffer holds only what the socket did not take.
        transport.registerProducer(self, not self._direct)
        if is_behind and self._direct:
            self.pauseProducing()

    def write(self, data: bytes) -> bool:
        """Send; returns False if nothing more should be sent for now."""
        if self._direct and not self._full:
            try:
                sent = self._socket.send(data)  # type: ignore[union-attr]  # as it is direct
                if sent == len(data):
                    return True
                data = data[sent:]
            except BlockingIOError:
                pass
            except OSError as error:
                # The transport will meet it, too, and end the connection in its own way.
                error.__context__ = None  # it, and its frames, would keep objects alive
                self.error = error.with_traceback(None)
            self.pauseProducing()
        self._transport.write(data)
        return not self._full

    @property
    def is_full(self) -> bool:
        """Whether something written is not sent yet."""
        return self._full

    def close(self) -> None:
        """Close the connection once everything written is sent."""
        self._stop_looking()
        # With a producer registered, it would stay open for more.
        self._transport.unregisterProducer()
        if self._direct:
            self._transport.loseWriteConnection()
        else:
            self._transport.loseConnection()

    def finish(self) -> None:
        """Close the connection, whose sending side is closed, once everything is acknowledged.

        Closed earlier, with something of the peer's unread, it would be reset by the kernel, which
        throws away what is on its way to the peer.
        """
        self._look_timer = None
        if self._socket is not None:
            if self._unacknowledged() == 0:
                self._is_finished = not self._is_reset()
                self._transport.loseConnection()
            else:
                self._look_timer = self._clock.callLater(FINISH_EVERY, self.finish)

    def hung_up(self) -> bool:
        """Whether the peer sends no more, though its input may not all be read yet."""
        return self._polled(_HUNG_UP)

    @property
    def is_delivered(self) -> bool:
        """Whether the peer has acknowledged everything written, as far as can be told."""
        if self._is_over or self._full:
            return self._is_finished
        return self._socket is None or (self._unacknowledged() == 0 and not self._is_reset())

    def _unacknowledged(self) -> int:
        """The number of bytes that the peer has not acknowledged; on a unix socket, not read."""
        queued: tuple[int] = struct.unpack("i", ioctl(self._socket, TIOCOUTQ, bytes(4)))  # type: ignore[arg-type]  # it is asked while there is one
        return queued[0]

    def _is_reset(self) -> bool:
        """Whether the peer has reset the connection, which empties the queue, too."""
        return self._polled(select.POLLERR)

    def _polled(self, events: int) -> bool:
        """Whether one of these poll events has happened."""
        if self._socket is None:
            return False
        poll = select.poll()
        poll.register(self._socket, events)
        return any(happened & events for _, happened in poll.poll(0))

    def pauseProducing(self) -> None:
        """Note that the transport's buffer is full."""
        self._full = True
        if self._look_timer is None and self._socket is not None and _is_tcp(self._socket):
            self._look_timer = self._clock.callLater(LOOK_EVERY, self._look)

    def resumeProducing(self) -> None:
        """Note that the transport's buffer is sent."""
        if not self._full:
            return  # it also calls this when a producer that does not stream is registered
        self._full = False
        self._stop_looking()
        if self._source is not None:
            self._source.drained()

    def stopProducing(self) -> None:
        """Note that the connection is closed."""
        self._is_over = True
        self._socket = self._source = None  # they would wait for a search for garbage
        self._stop_looking()

    def _look(self) -> None:
        """Suspend the timeout for a peer that is slow to read, rather than dead.

        TCP_USER_TIMEOUT alone would give up both. But a slow peer, whose window is shut, has
        nothing left to acknowledge, and answers the probes.
        """
        self._look_timer = self._clock.callLater(LOOK_EVERY, self._look)
        if _TCP_INFO is not None and self._socket is not None:
            info = self._socket.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _INFO.size)
            probes, unacknowledged = _INFO.unpack(info)
            is_slow = unacknowledged == 0 and probes < 2
            self._set_user_timeout(0 if is_slow else GIVE_UP)

    def _stop_looking(self) -> None:
        if self._look_timer is not None:
            self._look_timer.cancel()
            self._look_timer = None
            self._set_user_timeout(GIVE_UP)

    def _set_user_timeout(self, seconds: int) -> None:
        if _USER_TIMEOUT is not None and self._socket is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, seconds * 1000)
