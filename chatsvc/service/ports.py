"""The server's ports, and the service that listens there."""

from __future__ import annotations

import atexit
import errno
import os
import re
import socket
import sys
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.endpoints import (
    TCP4ServerEndpoint,
    TCP6ServerEndpoint,
    serverFromString,
)
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from zope.interface import implementer

from chatsvc import __version__
from chatsvc.bugs import log_bug
from chatsvc.doors.accepting import Acceptor
from chatsvc.doors.front.tls_only import TlsOnlyFactory
from chatsvc.doors.proxied import ProxiedFactory
from chatsvc.doors.writer import prepare
from chatsvc.service.systemd import sockets
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.interfaces import IListeningPort
    from twisted.python.failure import Failure

    from chatsvc.doors.front.door import FrontFactory
    from chatsvc.doors.line import ChatFactory

_log = Logger()

MODE = "660"  # of a unix socket
BACKLOG = 4096  # connections waiting to be accepted; the default of 50 loses some in a burst
_HAPROXY = "haproxy:"
_UNIX = re.compile("unix:")
_QUEUED = re.compile("(?:tcp6?|ssl|unix):")  # endpoints that have a backlog
_SYSTEMD = re.compile("systemd:")
_TCP_ADVICE: dict[int | str, str] = {
    errno.EACCES: "Ports below 1024 are for root: take a higher one, or start as root, with --uid.",
    errno.EADDRINUSE: "Another server listens there: stop it, or take another port.",
    errno.EADDRNOTAVAIL: "This machine has no such address; it has those of: ip address",
}
_UNIX_ADVICE: dict[int | str, str] = {
    errno.EACCES: "The user that starts the server has to own the folder.",
    errno.EADDRINUSE: "If no server listens there, delete the file.",
    errno.ENOENT: "Its folder does not exist.",
    "AF_UNIX path too long": "It has at most 107 bytes.",
    "Cannot acquire lock": "Another server listens there: stop it first.",
}


class CannotListen(Exception):
    """A port cannot be opened; the text says which one, and why."""


class NotPassed(ValueError):
    """systemd has not passed a socket; the text says which one."""


def everywhere() -> list[str]:
    """The wildcard addresses of this machine, for IPv6 and IPv4."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
            if probe.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
                return ["::", "0.0.0.0"]
            return ["::"]  # includes IPv4
    except OSError:
        return ["0.0.0.0"]


def tcp(port: int, interface: str) -> IStreamServerEndpoint:
    """Plain TCP at one address."""
    from twisted.internet import reactor

    endpoint = TCP6ServerEndpoint if ":" in interface else TCP4ServerEndpoint
    return endpoint(reactor, port, BACKLOG, interface)


def check(port: int, interface: str) -> None:
    """Check that a TCP port can be opened. Raises OSError.

    Called before twistd becomes a daemon, which cannot report errors to the terminal. It does not
    listen, as people who connect at that moment would be cut off.
    """
    with socket.socket(socket.AF_INET6 if ":" in interface else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((interface, port))


def tls(port: int, interface: str) -> IStreamServerEndpoint:
    """TLS at one address, with the certificate of the front door."""
    return _Tls(tcp(port, interface))


@implementer(IStreamServerEndpoint)
class _Tls:
    """An endpoint for TLS alone."""

    def __init__(self, endpoint: IStreamServerEndpoint) -> None:
        self._endpoint = endpoint

    def listen(self, factory: Any) -> Deferred[IListeningPort]:
        """Listen for TLS, with the front door in it."""
        return self._endpoint.listen(TlsOnlyFactory(factory))


def described(text: str) -> IStreamServerEndpoint:
    """The Twisted endpoint of a text such as unix:/run/chat.sock. Raises ValueError.

    A unix socket is for its owner and group, unless the text has a mode.
    """
    from twisted.internet import reactor

    if text.startswith(_HAPROXY):
        return _Proxied(described(text.removeprefix(_HAPROXY)))
    try:
        passed = sockets.named(reactor, text)
        if passed is not None:
            return passed
        endpoint: IStreamServerEndpoint
        try:
            # Of several modes or backlogs the last counts, so that one in the text does.
            whole = _UNIX.sub(rf"\g<0>mode={MODE}:", text)
            whole = _QUEUED.sub(rf"\g<0>backlog={BACKLOG}:", whole, count=1)
            endpoint = serverFromString(reactor, whole)
        except TypeError:  # the text has a mode without its name
            endpoint = serverFromString(reactor, text)
    except OSError as error:
        raise ValueError(f"{text!r}: {error.filename}: {error.strerror}.") from None
    except LookupError:
        if _SYSTEMD.match(text):
            raise NotPassed(
                f"{text!r}: systemd has not passed that socket. Start the server by its .socket"
                " unit: systemctl start chatsvc.socket"
            ) from None
        raise _unknown(text) from None
    except Exception:  # from the parser of some plugin, which means little to people
        raise _unknown(text) from None
    return endpoint


def through(endpoint: IStreamServerEndpoint, factory: Any) -> IStreamServerEndpoint:
    """An endpoint for one door, which replaces the factory that it is given.

    factory: makes a protocol for each connection there.
    """
    return _Through(endpoint, factory)


@implementer(IStreamServerEndpoint)
class _Through:
    def __init__(self, endpoint: IStreamServerEndpoint, factory: Any) -> None:
        self._endpoint = endpoint
        self._factory = factory

    def listen(self, factory: Any) -> Deferred[IListeningPort]:
        """Listen with the door's own factory."""
        return self._endpoint.listen(self._factory)


@implementer(IStreamServerEndpoint)
class _Proxied:
    """An endpoint for proxies that speak the PROXY protocol."""

    def __init__(self, endpoint: IStreamServerEndpoint) -> None:
        self._endpoint = endpoint

    def listen(self, factory: Any) -> Deferred[IListeningPort]:
        """Listen for proxies, with a door behind them."""
        return self._endpoint.listen(ProxiedFactory(factory, factory.entrance))


def _unknown(text: str) -> ValueError:
    return ValueError(
        f"{text!r} is not an endpoint that Twisted knows. It is written like tcp:5000,"
        " unix:/run/chat.sock or haproxy:tcp:5002."
    )


def why_not(error: BaseException | None, port: int | None = None) -> str:
    """Why the server cannot listen on an endpoint, and what to do, in words.

    port: the TCP port, if the error does not say it; None for anything else.
    """
    if isinstance(error, CannotListenError):
        port = error.port if isinstance(error.port, int) else None
        error = error.socketError
    number = getattr(error, "errno", None)
    reason = getattr(error, "strerror", None) or str(error)
    advice = (_TCP_ADVICE if port is not None else _UNIX_ADVICE).get(number or reason, "")
    return f"{reason}. {advice}".rstrip()


class Ports(Service):
    """The service that listens; once it has stopped, everybody has been told and disconnected.

    endpoints: each with its name for errors.
    in_foreground: whether the server can write to the terminal that started it.
    owner: the user and the group of unix sockets; -1 for those of this process.
    about: describes the server in the log at the start.
    watching: endpoints for monitoring, which work while the server starts, too.
    opened: each called once people are let in.
    """

    def __init__(
        self,
        factory: ChatFactory | FrontFactory,
        endpoints: Sequence[tuple[str, IStreamServerEndpoint]],
        in_foreground: bool,
        owner: tuple[int, int] = (-1, -1),
        about: str = "",
        watching: Sequence[tuple[str, IStreamServerEndpoint]] = (),
    ) -> None:
        self._factory = factory
        self._endpoints = endpoints
        self._in_foreground = in_foreground
        self._owner = owner
        self._about = about
        self._watching = watching
        self.opened: list[Callable[[], object]] = []
        self._ports: list[Any] = []  # IListeningPort, with the attribute `socket`

    def privilegedStartService(self) -> None:
        """Listen, perhaps still as root. Raises CannotListen, or in the foreground SystemExit."""
        chat = self._factory.chat
        for name, endpoint in self._endpoints:
            port = self._listen(name, endpoint)
            Acceptor(port, chat.delivery.admission, chat.clock)
            port.stopReading()  # connections wait until the store is open
        for name, endpoint in self._watching:
            self._listen(name, endpoint)

    def _listen(self, name: str, endpoint: IStreamServerEndpoint) -> Any:
        failures: list[Failure] = []
        listening = endpoint.listen(self._factory)
        listening.addCallbacks(self._ports.append, failures.append)
        if failures:
            self._refuse(name, failures[0].value)
        port = self._ports[-1]
        prepare(port.socket)
        path = getattr(port.getHost(), "name", None)
        is_passed = isinstance(port, sockets.PassedUnixPort)
        if path and not is_passed and not path.startswith(b"\0") and os.geteuid() == 0:
            os.chown(path, *self._owner)
        return port

    def startService(self) -> None:
        """Let people in once the store is open, or end with one line if that fails."""
        super().startService()
        Deferred.fromCoroutine(self._factory.chat.open()).addCallbacks(self._admit, self._give_up)

    def _admit(self, _: None) -> None:
        for port in self._ports:
            port.startReading()
        _log.info(
            "chatsvc {version} has started as process {process}: {about}, listening on {names}.",
            version=__version__,
            process=os.getpid(),
            about=self._about,
            names=", ".join(name for name, _ in (*self._endpoints, *self._watching)),
        )
        for call in self.opened:
            call()

    def _give_up(self, failure: Failure) -> None:
        from twisted.internet import reactor

        if failure.check(StoreError):
            message = f"--store: {failure.value}."
        else:
            log_bug(failure.value)
            message = "--store: what it holds cannot be understood."
        if self._in_foreground:
            print(f"chatsvc: {message}", file=sys.__stderr__)
            # At the very end, as twistd would end with status 0, a success to systemd.
            atexit.register(os._exit, 1)
        _log.critical("{message}", message=message)
        reactor.stop()

    def _refuse(self, name: str, error: BaseException | None) -> None:
        for port in self._ports:
            port.connectionLost(connectionDone)  # at once, so that no unix socket is left behind
        message = f"cannot listen on {name}: {why_not(error)}"
        if self._in_foreground:
            # twistd has redirected sys.stderr to its log, and would print a traceback.
            print(f"chatsvc: {message}", file=sys.__stderr__)
            raise SystemExit(1)
        raise CannotListen(message)

    def stopService(self) -> Deferred[Any]:
        """Close ports and connections within five seconds, even if clients do not."""
        super().stopService()
        stopping = [maybeDeferred(port.stopListening) for port in self._ports]
        self._ports.clear()
        closed: Deferred[None] = Deferred()
        self._factory.chat.shut_down(lambda: closed.callback(None))
        return gatherResults([*stopping, closed])
