"""Where the server listens, and the service that does it."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.endpoints import (
    SSL4ServerEndpoint,
    TCP4ServerEndpoint,
    TCP6ServerEndpoint,
    serverFromString,
)
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from chatsvc.doors.writer import prepare
from chatsvc.mistakes import log_mistake
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.internet.interfaces import IStreamServerEndpoint
    from twisted.python.failure import Failure

    from chatsvc.doors.line import ChatFactory

_log = Logger()

BACKLOG = 4096  # connections that may wait to be accepted; the usual 50 loses some of any burst


class CannotListen(Exception):
    """A port cannot be had; the text says which one and why."""


def everywhere() -> list[str]:
    """The addresses that stand for all that this machine has, IPv6 and IPv4."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
            if probe.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
                return ["::", "0.0.0.0"]
            return ["::"]  # takes in IPv4
    except OSError:
        return ["0.0.0.0"]


def tcp(port: int, interface: str) -> IStreamServerEndpoint:
    """Plain TCP at one address."""
    from twisted.internet import reactor

    endpoint = TCP6ServerEndpoint if ":" in interface else TCP4ServerEndpoint
    return endpoint(reactor, port, BACKLOG, interface)


def check(port: int, interface: str) -> None:
    """See whether a TCP port can be had; raises OSError if not.

    To be asked before twistd turns into a daemon, which can no longer say in one line what is
    wrong.
    """
    with socket.socket(socket.AF_INET6 if ":" in interface else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((interface, port))
        probe.listen()


def tls(port: int, interface: str, pem: str) -> IStreamServerEndpoint:
    """TLS at one address.

    pem: a key and its certificate, and the certificates between that and one that clients trust.

    Raises ValueError when that is not to be found in it.
    """
    from twisted.internet import reactor

    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        from cryptography.x509 import load_pem_x509_certificates
        from OpenSSL import SSL
        from twisted.internet.ssl import CertificateOptions
    except ImportError:
        raise ValueError("TLS needs more to be installed: pip install 'chatsvc[tls]'") from None
    try:
        # Twisted's annotations know only pyOpenSSL's objects, which that has deprecated.
        certificates: list[Any] = load_pem_x509_certificates(pem.encode())
        key: Any = load_pem_private_key(pem.encode(), None)
        certificate, *chain = certificates
        context = CertificateOptions(privateKey=key, certificate=certificate, extraCertChain=chain)
        context.getContext()
    except (ValueError, TypeError, UnsupportedAlgorithm, SSL.Error):
        raise ValueError("it holds no certificate with a key that fits it") from None
    return SSL4ServerEndpoint(reactor, port, context, BACKLOG, interface)


def described(text: str) -> IStreamServerEndpoint:
    """What Twisted calls an endpoint, such as unix:/run/chat.sock.

    Raises ValueError when it is none.
    """
    from twisted.internet import reactor

    try:
        endpoint: IStreamServerEndpoint = serverFromString(reactor, text)
    except OSError as error:
        raise ValueError(f"{text!r}: {error.filename}: {error.strerror}.") from None
    except Exception:  # whatever the parser of some plugin may raise, which means little to people
        raise ValueError(f"{text!r} is not an endpoint that Twisted knows.") from None
    return endpoint


class Ports(Service):
    """Listens while it runs; when it stops, everybody has been told and sent away.

    endpoints: each with what it is called if it cannot be had.
    in_foreground: whether whoever started us sees what we print.
    """

    def __init__(
        self,
        factory: ChatFactory,
        endpoints: Sequence[tuple[str, IStreamServerEndpoint]],
        in_foreground: bool,
    ) -> None:
        self._factory = factory
        self._endpoints = endpoints
        self._in_foreground = in_foreground
        self._ports: list[Any] = []  # IListeningPort, with the socket that all real ones have

    def privilegedStartService(self) -> None:
        """Listen, while we may still be root. Raises CannotListen, or SystemExit in foreground."""
        failures: list[Failure] = []
        for name, endpoint in self._endpoints:
            listening = endpoint.listen(self._factory)
            listening.addCallbacks(self._ports.append, failures.append)
            if failures:
                self._refuse(name, failures[0].value)
            prepare(self._ports[-1].socket)
            self._ports[-1].stopReading()  # whoever comes waits until the store is open

    def startService(self) -> None:
        """Let people in as soon as the store is open; without it, end in one line."""
        super().startService()
        Deferred.fromCoroutine(self._factory.chat.open()).addCallbacks(self._admit, self._give_up)

    def _admit(self, _: None) -> None:
        for port in self._ports:
            port.startReading()

    def _give_up(self, failure: Failure) -> None:
        from twisted.internet import reactor

        if failure.check(StoreError):
            message = f"--store: {failure.value}."
        else:
            log_mistake(failure.value)
            message = "--store: what it holds cannot be understood."
        if self._in_foreground:
            print(f"chatsvc: {message}", file=sys.__stderr__)
        _log.critical("{message}", message=message)
        reactor.stop()

    def _refuse(self, name: str, error: object) -> None:
        if isinstance(error, CannotListenError):
            error = error.socketError
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot listen on {name}: {reason}."
        if self._in_foreground:
            # twistd has redirected sys.stderr to its log, and would print a traceback.
            print(f"chatsvc: {message}", file=sys.__stderr__)
            raise SystemExit(1)
        raise CannotListen(message)

    def stopService(self) -> Deferred[Any]:
        """Close ports and connections; done in five seconds, whatever the clients do."""
        super().stopService()
        stopping = [maybeDeferred(port.stopListening) for port in self._ports]
        self._ports.clear()
        closed: Deferred[None] = Deferred()
        self._factory.chat.shut_down(lambda: closed.callback(None))
        return gatherResults([*stopping, closed])
