"""A whole server in memory, and the people who talk to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from twisted.internet import task
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.testing import StringTransport
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from chatsvc import bugs
from chatsvc.bugs import spawn
from chatsvc.chat.chat import Chat
from chatsvc.chat.flow.starts import Starts
from chatsvc.chat.limits import Limits
from chatsvc.chat.people.user import Session
from chatsvc.door.entrance import DEFAULT_THROTTLE
from chatsvc.doors.line import ChatFactory, ChatProtocol
from chatsvc.doors.writer import Writer
from chatsvc.passwords import scram
from chatsvc.service.log.journal import LogJournal
from chatsvc.store import Store
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.zone import move_to

JOURNAL = "chatsvc.journal.LogJournal"
AWHILE = 0.2  # seconds; longer than presence may wait


class Clock(task.Clock):
    """A clock for tests.

    ahead: by how many seconds that of the system has been set ahead.
    """

    ahead = 0.0

    def __init__(self) -> None:
        super().__init__()
        starts: Any = Starts(self, partial(self.callLater, 0))
        self.start: Any = starts.start
        self.is_behind: Any = starts.is_behind

    def now(self) -> float:
        return float(self.seconds()) + self.ahead

    def busy(self) -> float:
        return float(self.seconds())

    def is_wanted(self) -> bool:
        return False

    def sleep(self, seconds: float) -> Deferred[None]:
        return task.deferLater(self, seconds)


class Transport(StringTransport):
    """A connection in memory.

    protocol: whatever has the connection by now.
    """

    protocol: Any


def reported(text: str) -> str:
    """The word that somebody is to mention."""
    match = re.search(r"If you report it, mention ([a-z]{8})\.", text)
    assert match is not None, text
    return match[1]


class Person:
    """Somebody with a connection; what is in brackets is what TCP would do."""

    def __init__(self, server: Server, address: Any, is_new: bool = True) -> None:
        self.clock = server.clock
        self.transport = Transport(peerAddress=address)
        self.transport.protocol = server.factory.buildProtocol(address)
        self.protocol.makeConnection(self.transport)
        if is_new and isinstance(self.protocol, ChatProtocol):  # [It has waited for a moment.]
            if self.protocol.visit.session is not None:
                server.chat.announcements.arrive(self.session)
            elif self.protocol.visit.refusal is not None:
                self.protocol.visit.send_away()

    @property
    def protocol(self) -> ChatProtocol:
        return cast("ChatProtocol", self.transport.protocol)

    @property
    def session(self) -> Session:
        assert self.protocol.visit.session is not None
        return self.protocol.visit.session

    @property
    def name(self) -> str:
        return self.session.user.name

    def sends(self, data: bytes) -> None:
        """[A segment arrives, as far as the server reads; the end of the turn is not awaited.]"""
        self.protocol.dataReceived(data)

    def types(self, *lines: str) -> None:
        self.sends("".join(f"{line}\n" for line in lines).encode())

    def asks(self, *lines: str) -> list[str]:
        """What comes of some lines, and nothing of what was before."""
        self.hears()
        self.types(*lines)
        return self.hears()

    def hears(self) -> list[str]:
        """The lines that came since the last time."""
        self.clock.pump([0, AWHILE])
        text: str = self.transport.value().decode()
        self.transport.clear()
        assert text == "" or text.endswith("\n"), text
        return text.split("\n")[:-1]

    def stalls(self) -> None:
        """[The last write has filled the transport's buffer.]"""
        cast("Writer", self.transport.producer).pauseProducing()
        self.session.is_lagging = True

    def reads(self) -> None:
        """[The transport's buffer is empty.]"""
        cast("Writer", self.transport.producer).resumeProducing()

    def closes(self) -> None:
        """[A FIN, at which Twisted closes what cannot be half closed.]"""
        if IHalfCloseableProtocol.providedBy(self.protocol):
            self.protocol.readConnectionLost()
        else:
            self.transport.abortConnection()
            self.protocol.connectionLost(Failure(ConnectionDone()))

    def drops(self) -> None:
        """[A reset, or a FIN from somebody who does not read either.]"""
        self.protocol.connectionLost(Failure(ConnectionLost()))

    def is_closed(self) -> bool:
        """Whether the server closed; then the connection ends, as it does when all is sent."""
        if self.transport.disconnecting:
            self.protocol.connectionLost(Failure(ConnectionDone()))
        return self.transport.disconnecting


class Passwords:
    """Hides nothing, and counts what would be work.

    work: how often something was hashed.
    doubtful: how often that was for somebody who was wrong of late.
    """

    def __init__(self) -> None:
        self.work = self.doubtful = 0

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    async def hash(self, password: str) -> str:
        self.work += 1
        return f"hashed {password}"

    async def is_right(self, password: str, hashed: str | None, is_doubtful: bool) -> bool:
        self.doubtful += is_doubtful
        return await self.hash(password) == hashed

    async def scram_keys(self, password: str) -> str:
        return scram.keys_of(password.encode())

    def is_outdated(self, hashed: str) -> bool:
        return False


class Server:
    """A chat and its line door."""

    def __init__(
        self,
        throttle: Throttle = DEFAULT_THROTTLE,
        motd: tuple[str, ...] = (),
        store: Store | None = None,
        now: float = 1_000_000,
        clock: Clock | None = None,
        **limits: Any,
    ) -> None:
        self.clock = clock or Clock()
        self.clock.advance(now)
        soon = partial(self.clock.callLater, 0)
        self.store = MemoryStore(1000, 10**6, soon) if store is None else store
        self.passwords = Passwords()
        journal = LogJournal(self.clock, with_addresses=limits.get("keep_addresses") != 0.0)
        self.chat = Chat(
            self.clock, self.store, spawn, self.passwords, Limits(**limits), motd, journal
        )
        self.chat.reload = lambda name: succeed([])
        spawn(self.chat.open())
        self.factory = ChatFactory(self.chat, throttle)

    def records(self) -> dict[str, str]:
        """What the store, which is one in memory, holds by name."""
        assert isinstance(self.store, MemoryStore)
        return {name: record.value for name, record in self.store._records.items()}

    def joined_by(self, host: str | None, is_new: bool = True) -> Person:
        """Somebody from an address, or from a unix socket."""
        address = UNIXAddress(b"") if host is None else IPv4Address("TCP", host, 40000)
        return Person(self, address, is_new)


class ChatTestCase(SynchronousTestCase):
    """Ann, Bob and Cat are client1, client2 and client3, and have heard what there was.

    zone: the server's time zone, as TZ has it.
    iterations: of SCRAM; next to none, as hundreds of people register.
    """

    zone = "UTC"
    iterations = 1

    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        move_to(self, self.zone)
        self.patch(scram, "ITERATIONS", self.iterations)
        self.server = Server(**options)
        people = [self.server.joined_by(f"10.0.0.{n}") for n in (1, 2, 3)]
        for person in people:
            person.hears()
        return people[0], people[1], people[2]

    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start()

    def hush(self) -> None:
        """They have heard what there was."""
        for person in (self.ann, self.bob, self.cat):
            person.hears()

    def logged(self) -> list[str]:
        """A list to which all is added that our own code logs from now on, but for the journal."""
        bugs.sum_up()  # of other tests
        return self._logged(lambda name: name.startswith("chatsvc") and name != JOURNAL)

    def journal(self) -> list[str]:
        """A list to which all is added that is written into the journal from now on."""
        return self._logged(lambda name: name == JOURNAL)

    def details(self, name: str) -> list[str]:
        """A list to which all details are added that a part logs from now on."""
        return self._logged(lambda each: each.startswith(name), is_detail=True)

    def _logged(self, is_wanted: Callable[[str], bool], is_detail: bool = False) -> list[str]:
        lines: list[str] = []

        @implementer(ILogObserver)
        def observe(event: LogEvent) -> None:
            if (event["log_level"] is LogLevel.debug) is is_detail and is_wanted(
                event["log_namespace"]
            ):
                lines.append(formatEvent(event))

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)
        return lines

    def everyone_hears(self, *lines: str) -> None:
        for person in (self.ann, self.bob, self.cat):
            self.assertEqual(person.hears(), list(lines))
