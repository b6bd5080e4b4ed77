"""The sockets that systemd passes on (sd_listen_fds(3))."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet import defer, unix
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IStreamServerEndpoint
from zope.interface import implementer

from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from twisted.internet.interfaces import IListeningPort

MOST = 100  # sockets
FIRST = 3  # their first descriptor: SD_LISTEN_FDS_START
NAMELESS = "unknown"  # as sd_listen_fds_with_names(3) has it
_SHORT = re.compile(r"systemd:([\w.-]+)")


class PassedUnixPort(unix.Port):
    """A unix socket that systemd has made, and whose file it manages.

    Twisted would set the mode of the file, and delete it in the end, if it knew its name; and it
    would shut the socket down, which systemd still listens on.
    """

    def __init__(self, listener: socket.socket, factory: Any, reactor: Any) -> None:
        super().__init__(b"\0systemd", factory, socket.SOMAXCONN, reactor=reactor)
        self._preexistingSocket = listener
        self._shouldShutdown = False


@implementer(IStreamServerEndpoint)
class Passed:
    """A socket from systemd.

    name: FileDescriptorName in its unit, by default that of the unit.
    """

    def __init__(self, reactor: Any, descriptor: int, name: str) -> None:
        self.name = name
        self._reactor = reactor
        self._descriptor = descriptor

    def __str__(self) -> str:
        """Where it listens, for the log."""
        try:
            with socket.socket(fileno=os.dup(self._descriptor)) as copy:
                where = copy.getsockname()
        except OSError:  # it is no socket
            return f"the socket {self.name} from systemd"
        if isinstance(where, tuple):
            return f"port {where[1]} from systemd"
        path = where if isinstance(where, str) else f"@{where[1:].decode(errors='replace')}"
        return f"unix:{clean(path)} from systemd"

    def listen(self, factory: Any) -> Deferred[IListeningPort]:
        """Listen there; fails with OSError if that is not a socket to listen on."""
        try:
            return defer.succeed(self._adopted(factory))
        except (OSError, ValueError) as error:
            return defer.fail(error)

    def _adopted(self, factory: Any) -> IListeningPort:
        listener = socket.socket(fileno=self._descriptor)
        listener.setblocking(False)
        listener.set_inheritable(False)
        if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            raise ValueError("It does not listen. Its unit needs ListenStream=, and no Accept=yes")
        if listener.family != socket.AF_UNIX:
            port: IListeningPort = self._reactor.adoptStreamPort(
                listener.fileno(), listener.family, factory
            )
            listener.close()
            return port
        unix_port = PassedUnixPort(listener, factory, self._reactor)
        unix_port.startListening()
        return unix_port


def passed(reactor: Any) -> list[Passed]:
    """The sockets that systemd has passed, in its order.

    Those of a manager that gives them no names are called NAMELESS.
    """
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    found: list[Passed] = []
    while len(found) < MOST:
        try:
            # Twisted has taken them out of the environment, and tells them only in this way.
            endpoint: Any = serverFromString(reactor, f"systemd:domain=INET:index={len(found)}")
        except LookupError:
            break
        found.append(Passed(reactor, endpoint.fileno, names[len(found)]))
    return found or [Passed(reactor, each, NAMELESS) for each in _nameless()]


def _nameless() -> range:
    """The descriptors of sockets that have no names, which Twisted does not take.

    It has removed their number from the environment, but for what the process began with.
    """
    try:
        texts = Path("/proc/self/environ").read_bytes().split(b"\0")
        begun = {name: value for name, _, value in (each.partition(b"=") for each in texts)}
        if int(begun[b"LISTEN_PID"]) != os.getpid() or begun.get(b"LISTEN_FDNAMES"):
            return range(0)
        return range(FIRST, FIRST + min(int(begun[b"LISTEN_FDS"]), MOST))
    except (OSError, KeyError, ValueError):
        return range(0)


def named(reactor: Any, text: str) -> Passed | None:
    """The socket of a text such as systemd:web or systemd:0; None if the text is another one.

    Raises LookupError if systemd has not passed it.
    """
    match = _SHORT.fullmatch(text)
    if match is None:
        return None
    found = passed(reactor)
    if match[1].isdecimal():
        return found[int(match[1])]
    return {each.name: each for each in found}[match[1]]
