"""A server that listens for real, in this process, and the people who connect to it."""

from __future__ import annotations

import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar, cast

import pytest_twisted  # type: ignore[import-untyped]  # it has no annotations
from twisted.internet import defer
from twisted.internet import reactor as _reactor
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import SSL4ServerEndpoint
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from chatsvc.bugs import spawn
from chatsvc.chat.chat import Chat
from chatsvc.chat.limits import Limits
from chatsvc.chat.people.user import Session
from chatsvc.chat.presence.announcements import PRESENCE_DELAY
from chatsvc.doors.line import ChatFactory
from chatsvc.service import ports
from chatsvc.service.ports import Ports
from chatsvc.service.reactor_clock import ReactorClock
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from chatsvc.tls.certificate import Certificate
from tests.harness import Passwords
from tests.patience import PATIENCE

reactor: Any = _reactor  # it can do more than its stubs tell

TCP = "tcp:0:interface=127.0.0.1"
OFF = Throttle.off()

Test = TypeVar("Test", bound=Callable[..., Awaitable[None]])


_FAMILIES = {
    IPv4Address: socket.AF_INET,
    IPv6Address: socket.AF_INET6,
    UNIXAddress: socket.AF_UNIX,
}


def real(test: Test) -> Test:
    """Run a test with the reactor."""
    return cast("Test", pytest_twisted.ensureDeferred(test))


def awhile(seconds: float = 0.05) -> Deferred[None]:
    """Time in which something has its chance to happen, or not to."""
    return deferLater(reactor, seconds)


async def until(happened: Callable[[], object]) -> None:
    """Wait until something has happened. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError
        await awhile(0.01)


class Person(Protocol):
    """Somebody at the other end of a connection.

    lines: what came, and nobody has asked about yet.
    is_gone: the connection has ended.
    is_cut_off: it has, and not by a FIN.
    """

    transport: Any

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.is_gone = False
        self.is_cut_off = False
        self._rest = b""
        self._news: Deferred[None] | None = None

    def dataReceived(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.lines += [line.decode() for line in lines]
        self._tell()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.is_gone = True
        self.is_cut_off = reason.check(ConnectionDone) is None
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, None
        if news is not None:
            news.callback(None)

    async def waits_for(self, happened: Callable[[], bool], what: object) -> None:
        """Wait until something has happened through what came over the connection."""
        while not happened():
            assert not self.is_gone, f"{what}? It ended after {self.lines[-9:]}"
            self._news = Deferred()
            try:
                await self._news.addTimeout(PATIENCE, reactor)
            except defer.TimeoutError:
                self._news = None
                raise AssertionError(f"{what}? There was only {self.lines[-9:]}") from None

    async def sees(self, line: str) -> list[str]:
        """Wait for a line; what came before it, which is asked about herewith."""
        await self.waits_for(lambda: line in self.lines, line)
        at = self.lines.index(line)
        before = self.lines[:at]
        del self.lines[: at + 1]
        return before

    async def sees_the_end(self) -> list[str]:
        """Wait until the connection has ended; what came before."""
        await self.waits_for(lambda: self.is_gone, "the end")
        return self.lines

    def types(self, *lines: str) -> None:
        """Send lines, all at once."""
        self.sends("".join(f"{line}\n" for line in lines).encode())

    def sends(self, data: bytes) -> None:
        """Send anything."""
        self.transport.write(data)

    def stops_reading(self) -> None:
        """Leave everything that comes to the kernel."""
        self.transport.pauseProducing()

    def reads_on(self) -> None:
        """Read what came meanwhile, and what comes."""
        self.transport.resumeProducing()

    def closes(self) -> None:
        """FIN, and read no more."""
        self.transport.loseConnection()

    def stops_sending(self) -> None:
        """FIN, and read on."""
        self.transport.loseWriteConnection()

    def resets(self) -> None:
        """RST."""
        self.transport.abortConnection()


class _Only(Factory):
    def __init__(self, person: Person) -> None:
        self._person = person

    def buildProtocol(self, address: object) -> Person:
        return self._person


class House:
    """A server, and everybody who has come to it.

    endpoint: where it listens.
    door: makes the factory of what people meet there, out of the line door's.
    """

    def __init__(
        self,
        endpoint: IStreamServerEndpoint,
        limits: Limits,
        throttle: Throttle,
        door: Callable[[ChatFactory], Any] = lambda line: line,
    ) -> None:
        self.chat = Chat(
            ReactorClock(reactor), MemoryStore(1000, 10**6), spawn, Passwords(), limits
        )
        self._people: list[Person] = []
        factory = door(ChatFactory(self.chat, throttle))
        self._ports = Ports(factory, [("the test", endpoint)], in_foreground=False)
        self._ports.privilegedStartService()
        self._ports.startService()
        [port] = self._ports._ports
        address: Any = port.getHost()
        self._family = _FAMILIES[type(address)]
        self.address: Any = (
            address.name if isinstance(address, UNIXAddress) else (address.host, address.port)
        )

    def session(self, name: str) -> Session:
        """The session of somebody who is here."""
        return self.chat.users[name].sessions[0]

    async def joined_by(self, **how: Any) -> Person:
        """Somebody who has been let in, and has read the welcome."""
        person = self.called_by(**how)
        await person.waits_for(lambda: bool(person.lines), "Welcome")
        welcome = person.lines.pop(0)
        assert welcome.startswith("server: Welcome, you are client")
        name = welcome.removeprefix("server: Welcome, you are ").partition(".")[0]
        self.chat.announcements.arrive(self.session(name))  # [It has waited for a moment.]
        return person

    def called_by(
        self,
        source: str = "",
        window: int | None = None,
        header: bytes = b"",
        wrap: Callable[[Factory], Factory] = lambda factory: factory,
    ) -> Person:
        """Somebody who connects.

        source: the address to come from.
        window: the bytes of SO_RCVBUF; a few for somebody who is going not to read.
        header: what a proxy sends ahead.
        wrap: puts another protocol below the person's, such as TLS.
        """
        person = Person()
        self._people.append(person)
        with socket.socket(self._family) as plug:
            if window is not None:
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            if source:
                plug.bind((source, 0))
            plug.connect(self.address)
            plug.sendall(header)
            plug.setblocking(False)
            reactor.adoptStreamConnection(plug.fileno(), plug.family, wrap(_Only(person)))
        return person

    def shuts_down(self) -> Deferred[Any]:
        """Stop serving; fires when everybody has been sent away."""
        return self._ports.stopService()

    async def empties(self) -> None:
        """Everybody goes, however it may stand with them, and the server stops."""
        for person in self._people:
            if not person.is_gone:
                person.resets()
        await gatherResults([Deferred.fromCoroutine(each.sees_the_end()) for each in self._people])
        await self.shuts_down()
        await awhile(PRESENCE_DELAY)  # it may still be about to tell that somebody went


def houses() -> Iterator[Callable[..., House]]:
    """Opens servers, and closes them after the test; to be a fixture."""
    opened_by_now: list[House] = []

    def opened(
        endpoint: str = TCP, throttle: Throttle = OFF, pem: str = "", **limits: Any
    ) -> House:
        if pem:
            with NamedTemporaryFile("w") as file:
                file.write(pem)
                file.flush()
                made = Certificate(Path(file.name))
                listen: IStreamServerEndpoint = SSL4ServerEndpoint(
                    reactor, 0, made, interface="127.0.0.1"
                )
        else:
            listen = ports.described(endpoint)
        opened_by_now.append(House(listen, Limits(**limits), throttle))
        return opened_by_now[-1]

    yield opened
    for house in opened_by_now:
        pytest_twisted.blockon(Deferred.fromCoroutine(house.empties()))
