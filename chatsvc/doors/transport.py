"""The transport of an accepted TCP connection, which takes little memory while it is idle."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from twisted.internet import tcp
from twisted.internet.abstract import FileDescriptor
from twisted.internet.address import IPv4Address, IPv6Address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.python.failure import Failure

_UNUSED: list[bytes] = []  # shared by all that have sent nothing through Twisted; it stays empty


@lru_cache(1000)
def _peer(host: str) -> IPv4Address | IPv6Address:
    """The one address of all connections from a host, with 0 for the port."""
    return (IPv6Address if ":" in host else IPv4Address)("TCP", host, 0)


class _Direct(FileDescriptor):
    """TLS's way to its transport: the socket is tried first; see `Writer`."""

    def write(self, data: bytes) -> None:
        """Send, and keep what the socket does not take."""
        if self.connected and not (self.dataBuffer or self._tempDataLen or self._writeDisconnected):
            sent = self.writeSomeData(data)
            if isinstance(sent, int):  # otherwise, the transport will meet the error, too
                data = data[sent:]
        if data:
            FileDescriptor.write(self, data)  # it is called with a transport of another class


class Transport(tcp.Server):
    """Twisted's, without some data of each connection that are hardly ever asked for.

    That is 300 bytes: the port of the peer, the number of the connection, a buffer, and the
    socket's `fileno`, bound. They are dropped, or made when they are needed.
    """

    def __init__(
        self, sock: Any, protocol: Any, client: Any, server: Any, sessionno: int, reactor: Any
    ) -> None:
        super().__init__(sock, protocol, client, server, 0, reactor)
        self.hostname: str = _peer(client[0]).host  # one string for all
        self.client = ()
        self._tempDataBuffer = _UNUSED
        del self.fileno  # the class has one; and asking for __dict__ would make one

    def fileno(self) -> int:
        """The file descriptor; -1 once it is closed."""
        return self.socket.fileno() if hasattr(self, "socket") else -1

    def _getLogPrefix(self, _: object) -> str:  # noqa: N802 (Twisted's name)
        """The same for all: the log does not tell them apart; see `writer.set_up`."""
        return ""

    def getPeer(self) -> IPv4Address | IPv6Address:  # noqa: N802 (Twisted's name)
        """The address of the peer, with 0 for its port."""
        return _peer(self.hostname)

    def write(self, data: bytes) -> None:
        """Send, once the socket takes it."""
        self._make_buffer()
        super().write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:  # noqa: N802 (Twisted's name)
        """Send, once the socket takes it."""
        self._make_buffer()
        super().writeSequence(iovec)

    def startTLS(self, ctx: Any, normal: bool = True) -> None:  # noqa: N802 (Twisted's name)
        """Use TLS, which writes by none of the methods here, but sends what is written at once.

        Twisted's would encrypt it in the next turn, and send it in the one after: that of all who
        hear a line together.
        """
        self._make_buffer()
        super().startTLS(ctx, normal)
        tls: Any = self.protocol
        tls.transport._base = _Direct  # noqa: SLF001  # there is no public way in
        aggregator = tls._aggregator  # noqa: SLF001  # likewise
        aggregator.MAX_BUFFER_SIZE = aggregator._bufferLeft = 0  # noqa: SLF001  # likewise

    def connectionLost(self, reason: Failure) -> None:
        """Handle the end of the connection."""
        if hasattr(self, "socket"):
            self.__dict__["fileno"] = self.fileno  # which Twisted deletes
        super().connectionLost(reason)

    def _make_buffer(self) -> None:
        if self._tempDataBuffer is _UNUSED:
            self._tempDataBuffer = []
