"""How bytes get into a Twisted transport, and what there is to know of its connection."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import Any

from twisted.internet import tcp, unix
from twisted.internet.interfaces import IPullProducer, IPushProducer
from zope.interface import implementer

# A peer that was silent for IDLE seconds is asked for a sign of life every ASK_EVERY seconds, and
# is gone when it has acknowledged nothing for GIVE_UP seconds (tcp(7); RFC 5482).
IDLE = 30
ASK_EVERY = 10
GIVE_UP = 60

_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has all of these
_OPTIONS = [
    (getattr(socket, name), value)
    for name, value in {
        "TCP_KEEPIDLE": IDLE,
        "TCP_KEEPINTVL": ASK_EVERY,
        "TCP_KEEPCNT": (GIVE_UP - IDLE) // ASK_EVERY,
        "TCP_USER_TIMEOUT": GIVE_UP * 1000,
    }.items()
    if hasattr(socket, name)
]
_HUNG_UP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


@implementer(IPushProducer, IPullProducer)
class Writer:
    """Writes to a connection until it is full, and says when it takes more.

    Twisted's own way to the socket takes three times as long as the kernel's part of it: it adds
    the socket to the poll, waits for that, and takes it out again. So where the transport is a bare
    TCP or unix one, the socket is tried first, and the transport is given what that did not take.
    Never where the transport only shows the socket of another, as TLS does: that would go out in
    clear.

    transport: an ITransport and IConsumer of any kind.
    drained: called when the connection takes more again, after `write` returned False.
    error: why the socket refused a write; None as long as it did not.
    """

    __slots__ = ("_direct", "_drained", "_full", "_socket", "_transport", "error")

    def __init__(self, transport: Any, drained: Callable[[], None]) -> None:
        self._transport = transport
        self._drained = drained
        self._full = False
        self._socket: socket.socket | None = getattr(transport, "socket", None)
        self._direct = type(transport) in (tcp.Server, unix.Server) and not transport.TLS
        self.error: OSError | None = None
        if self._is_tcp():
            transport.setTcpNoDelay(True)
            transport.setTcpKeepAlive(True)
            for option, value in _OPTIONS:
                self._set(option, value)
        # A transport asks a streaming producer to pause at 64 KiB, and to resume when all is sent.
        # One that does not stream is asked to resume whenever all is sent, which is what suits
        # us when the transport holds only what the socket did not take.
        transport.registerProducer(self, not self._direct)

    def write(self, data: bytes) -> bool:
        """Send; False when no more should be sent for now."""
        if self._direct and not self._full:
            try:
                sent = self._socket.send(data)  # type: ignore[union-attr]  # as it is direct
            except BlockingIOError:
                sent = 0
            except OSError as error:
                # The transport will meet it too, and end the connection in its own way.
                self.error = error
                sent = 0
            if sent == len(data):
                return True
            data = data[sent:]
            self.pauseProducing()
        self._transport.write(data)
        return not self._full

    def close(self) -> None:
        """Close the connection once everything written is delivered."""
        # With a producer registered it would stay open for what that might still produce.
        self._transport.unregisterProducer()
        self._transport.loseConnection()

    def hung_up(self) -> bool:
        """Whether the peer sends no more, though what it has sent may not have been read yet."""
        if self._socket is None:
            return False
        poll = select.poll()
        poll.register(self._socket, _HUNG_UP)
        return bool(poll.poll(0))

    def pauseProducing(self) -> None:
        """The transport holds as much as it should."""
        self._full = True
        # A window that is shut counts as silence, but whoever is slow to read is not gone.
        self._set(_USER_TIMEOUT, 0)

    def resumeProducing(self) -> None:
        """The transport has sent all that it held."""
        if not self._full:
            return  # a transport says so, too, when a producer that does not stream is registered
        self._full = False
        self._set(_USER_TIMEOUT, GIVE_UP * 1000)
        self._drained()

    def stopProducing(self) -> None:
        """The connection is closed."""
        self._socket = None

    def _is_tcp(self) -> bool:
        return self._socket is not None and self._socket.family in (
            socket.AF_INET,
            socket.AF_INET6,
        )

    def _set(self, option: int | None, value: int) -> None:
        if option is not None and self._is_tcp():
            assert self._socket is not None
            self._socket.setsockopt(socket.IPPROTO_TCP, option, value)
