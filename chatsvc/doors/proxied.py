"""The PROXY protocol, by which a proxy says where a connection comes from.

Versions 1 and 2: https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt
"""

from __future__ import annotations

from ipaddress import ip_address
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.protocol import Protocol, ServerFactory, connectionDone

from chatsvc.chat.people.addresses import is_local, network
from chatsvc.doors.front.answer import Answer
from chatsvc.doors.front.hand_over import Origin, address_of, hand_over, log_no_tls
from chatsvc.doors.front.waiting import Waiting

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatsvc.door.entrance import Entrance

HEADER_WITHIN = 5.0  # seconds; a proxy sends it straight after connecting
MOST_WAITING = 1000  # connections whose header is still to come
LONGEST_V1 = 107  # bytes, its end counted
LONGEST_V2 = 4096  # bytes; the extensions that proxies add take some hundred
_V1 = b"PROXY "
_V2 = b"\r\n\r\n\x00\r\nQUIT\n"
_V2_START = Struct("!12xBBH")  # after the signature: command, family, length of the rest
_LOCAL, _PROXY = 0x20, 0x21
_TCP4, _TCP6, _UNSPECIFIED = 0x11, 0x21, 0x00
_NO_HEADER = b"server: This port is for proxies that speak the PROXY protocol.\n"
_FAMILIES = {"TCP4": 4, "TCP6": 6}


class Header(NamedTuple):
    """What a proxy says about a connection.

    host: the address that it comes from; None if the proxy does not say.
    is_own: whether it may be the proxy's own, as for a health check.
    length: of the header, in bytes.
    """

    host: str | None
    is_own: bool
    length: int


def parsed(data: bytes) -> Header | None:
    """The header at the start of some data; None if it is incomplete.

    Raises ValueError if there is none.
    """
    if _V2.startswith(data[: len(_V2)]):
        return _binary(data)
    if _V1.startswith(data[: len(_V1)]):
        return _text(data)
    raise ValueError("no PROXY header")


def _text(data: bytes) -> Header | None:
    line, end, _ = data[:LONGEST_V1].partition(b"\r\n")
    if not end:
        if len(data) >= LONGEST_V1:
            raise ValueError("no end of a PROXY header")
        return None
    length = len(line) + len(end)
    _, family, *facts = line.decode("ascii").split(" ")
    if family == "UNKNOWN":
        return Header(None, True, length)
    source, destination, *ports = facts
    versions = {ip_address(source).version, ip_address(destination).version}
    if versions != {_FAMILIES.get(family)} or len(ports) != 2 or not all(map(_is_port, ports)):
        raise ValueError("no PROXY header of version 1")
    return Header(source, False, length)


def _is_port(text: str) -> bool:
    return text.isdecimal() and int(text) < 2**16


def _binary(data: bytes) -> Header | None:
    if len(data) < _V2_START.size:
        return None
    command, family, rest = _V2_START.unpack_from(data)
    length = _V2_START.size + rest
    if command not in (_LOCAL, _PROXY) or length > LONGEST_V2:
        raise ValueError("no PROXY header of version 2")
    if len(data) < length:
        return None
    if command == _LOCAL or family == _UNSPECIFIED:
        return Header(None, True, length)
    size = {_TCP4: 4, _TCP6: 16}.get(family)
    if size is None:  # a unix socket, or another family without IP addresses
        return Header(None, False, length)
    if rest < 2 * size + 4:  # both addresses and ports
        raise ValueError("no addresses in a PROXY header")
    source = data[_V2_START.size : _V2_START.size + size]
    return Header(str(ip_address(source)), False, length)


class ProxiedProtocol(Protocol):
    """One connection through a proxy; it never counts as one from this machine.

    Anybody who can connect here could claim to, and people at this machine may do more.
    """

    factory: ProxiedFactory
    transport: Any
    _received = b""

    def connectionMade(self) -> None:
        """Wait for the header."""
        self.factory.waiting.add(self)

    def dataReceived(self, data: bytes) -> None:
        """Take the header, and hand the rest over."""
        self._received += data
        try:
            header = parsed(self._received)
        except ValueError:
            self.factory.waiting.stop(self)
            self.factory.journal.write("no header", address_of(self.transport, None))
            hand_over(self.transport, Answer(_NO_HEADER, self.factory.clock))
            return
        if header is not None:
            self.factory.waiting.stop(self)
            to = self.factory.to.buildProtocol(self.transport.getPeer())
            rest = self._received[header.length :]
            hand_over(self.transport, to, rest, _origin(header))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the end of the connection, by either side."""
        if self.factory.waiting.stop(self):
            log_no_tls(self.factory.journal, self.transport, reason)


def _origin(header: Header) -> Origin:
    host = header.host
    if host is not None and (is_local(host) or is_local(network(host).split("/")[0])):
        host = None
    return Origin(host, header.is_own)


class ProxiedFactory(ServerFactory):
    """Makes a protocol for each connection through a proxy.

    to: the factory of the protocols that follow the header.
    entrance: the state that all doors share.
    """

    protocol = ProxiedProtocol  # type: ignore[assignment]  # zope's stubs want a function

    def __init__(self, to: Any, entrance: Entrance) -> None:
        self.to = to
        self.clock = entrance.chat.clock
        self.journal = entrance.chat.journal
        self.waiting: Waiting[ProxiedProtocol] = Waiting(
            self.clock, HEADER_WITHIN, MOST_WAITING, lambda one: one.transport.abortConnection()
        )
