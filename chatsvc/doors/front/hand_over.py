"""How a connection goes from one protocol to the next, which then has it to itself."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import IHandshakeListener, ISSLTransport

from chatsvc.chat.people.addresses import network

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatsvc.journal import Journal

HANDSHAKE_WITHIN = 20  # seconds for the TLS handshake


class Origin(NamedTuple):
    """What is known of a connection that comes through a proxy.

    host: the address from which it comes; None if that is not known, or this machine's.
    is_own: whether it may be one that the proxy makes for itself, to see whether we are there.
    is_encrypted: whether the proxy cannot read it either.
    """

    host: str | None
    is_own: bool
    is_encrypted: bool = False


def hand_over(transport: Any, to: Any, received: bytes = b"", origin: Origin | None = None) -> None:
    """Give a connection to another protocol, and what was received for it.

    to: a protocol that is not connected yet.
    origin: of the connection, which the protocol gets as an attribute; None if there is no proxy.
    """
    if hasattr(transport, "wrappedProtocol"):  # TLS from the first byte on
        transport.wrappedProtocol = to
    elif is_tls(transport):  # TLS that was begun later
        transport.protocol.wrappedProtocol = to
    else:
        transport.protocol = to
    if origin is not None:
        to.origin = origin
    to.makeConnection(transport)
    if is_tls(transport) and IHandshakeListener.providedBy(to):
        to.handshakeCompleted()  # before, nothing was received
    if received:
        to.dataReceived(received)


def is_tls(transport: Any) -> bool:
    """Whether a connection speaks TLS."""
    return bool(ISSLTransport.providedBy(transport))


def host_of(transport: Any, origin: Origin | None) -> str | None:
    """The address from which a connection comes; None if there is none."""
    if origin is not None:
        return origin.host
    host: str | None = getattr(transport.getPeer(), "host", None)
    return host


def why_no_tls(reason: Failure) -> str:
    """Why a TLS handshake failed, in OpenSSL's words; empty if the connection was just closed."""
    if reason.check(ConnectionClosed):
        return ""
    # OpenSSL's error: it has a tuple for each step, at whose end it says what was wrong.
    [steps, *_] = getattr(reason.value, "args", ()) or [()]
    why = ", ".join(step[-1] for step in steps) if isinstance(steps, list) else ""
    return why or "no reason given"


def log_no_tls(
    journal: Journal, transport: Any, reason: Failure, origin: Origin | None = None
) -> None:
    """Log why a connection has ended in its TLS handshake, unless it was just closed."""
    why = why_no_tls(reason)
    if why:
        host, address = host_of(transport, origin), None
        with suppress(ValueError):
            address = network(host) if host is not None else None
        journal.write("no TLS", address, reason=why)
