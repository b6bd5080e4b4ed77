"""Handing a connection over from one protocol to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import IHandshakeListener, ISSLTransport

from chatsvc.chat.people.addresses import known_network

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatsvc.journal import Journal

HANDSHAKE_WITHIN = 20  # seconds for the TLS handshake


class Origin(NamedTuple):
    """What is known about a connection that comes through a proxy.

    host: the address that it comes from; None if unknown, or this machine's.
    is_own: whether it may be the proxy's own, as for a health check.
    is_encrypted: whether it is encrypted even on the way to the proxy.
    """

    host: str | None
    is_own: bool
    is_encrypted: bool = False


def hand_over(transport: Any, to: Any, received: bytes = b"", origin: Origin | None = None) -> None:
    """Give a connection to another protocol, with the bytes received for it.

    to: a protocol that is not connected yet.
    origin: set as an attribute of the protocol; None if there is no proxy.
    """
    is_encrypted = is_tls(transport)
    if not is_encrypted:
        transport.protocol = to
    else:
        _tls(transport).wrappedProtocol = to
    if origin is not None:
        to.origin = origin
    to.makeConnection(transport)
    if is_encrypted and IHandshakeListener.providedBy(to):
        to.handshakeCompleted()  # as something was received, it is over
    if received:
        to.dataReceived(received)


def is_tls(transport: Any) -> bool:
    """Whether a connection uses TLS."""
    return bool(ISSLTransport.providedBy(transport))


def fingerprint_of(transport: Any) -> str:
    """The SHA-256 of the client's TLS certificate, in hexadecimal; empty without one."""
    certificate = _tls(transport).getPeerCertificate() if is_tls(transport) else None
    if certificate is None:
        return ""
    fingerprint: bytes = certificate.digest("sha256")
    return fingerprint.decode().replace(":", "").lower()


def host_asked_for(transport: Any) -> str:
    """The host name that a client has asked for in TLS (SNI); empty for none."""
    name: bytes | None = _tls(transport).getHandle().get_servername() if is_tls(transport) else None
    return (name or b"").decode("ascii", "replace")


def _tls(transport: Any) -> Any:
    """The TLS protocol of a connection that has one."""
    return transport if hasattr(transport, "wrappedProtocol") else transport.protocol


def host_of(transport: Any, origin: Origin | None) -> str | None:
    """The address that a connection comes from; None if there is none."""
    if origin is not None:
        return origin.host
    host: str | None = getattr(transport.getPeer(), "host", None)
    return host


def address_of(transport: Any, origin: Origin | None) -> str | None:
    """The same, as `network` returns it; None if it is not an IP address."""
    return known_network(host_of(transport, origin))


def why_no_tls(reason: Failure) -> str:
    """Why a TLS handshake failed, in OpenSSL's words; empty if the connection was just closed."""
    if reason.check(ConnectionClosed):
        return ""
    # OpenSSL's error has a tuple for each step, whose last item is the reason.
    [steps, *_] = getattr(reason.value, "args", ()) or [()]
    why = ", ".join(step[-1] for step in steps) if isinstance(steps, list) else ""
    return why or "no reason given"


def log_no_tls(
    journal: Journal, transport: Any, reason: Failure, origin: Origin | None = None
) -> None:
    """Log why a TLS handshake failed, unless the connection was just closed."""
    why = why_no_tls(reason)
    if why:
        journal.write("no TLS", address_of(transport, origin), reason=why)
