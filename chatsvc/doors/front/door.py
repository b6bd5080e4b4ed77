"""The front door: one port for all protocols, told apart by their first bytes."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHalfCloseableProtocol, IHandshakeListener
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from zope.interface import implementer

from chatsvc.doors.front.answer import ANSWERS, Answer
from chatsvc.doors.front.hand_over import (
    HANDSHAKE_WITHIN,
    Origin,
    address_of,
    hand_over,
    is_tls,
    log_no_tls,
)
from chatsvc.doors.front.protocols import LONGEST, spoken
from chatsvc.doors.front.waiting import Spare, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IOpenSSLContextFactory
    from twisted.python.failure import Failure

    from chatsvc.chat.chat import Chat
    from chatsvc.door.entrance import Entrance
    from chatsvc.doors.challenges import Challenges
    from chatsvc.doors.line import ChatFactory

LISTEN_FOR = 0.15  # seconds of silence that show that a person is typing
MOST_SILENT = 4096  # silent connections; beyond that, the oldest is taken for a person's
# Browsers open connections that they may need later, besides the one for a request. A connection
# that is silent so soon after a request from the same address is not greeted for a while: a browser
# would take the greeting for an answer, and its guests would come and go.
BESIDE = 2.0  # seconds
SPARE_FOR = 65.0  # seconds; browsers close unused connections after a minute
MOST_SPARE = 1000  # such connections; beyond that, the oldest is taken for a person's
MOST_ASKED = 1000  # addresses whose last request is known; the oldest is forgotten first
MOST_SHAKING = 1000  # TLS handshakes at once; beyond that, the oldest is cut off
READ_BYTES = 4096  # received at once, until the protocol is known
HELLO = b"\x16"  # the first byte of TLS, which nobody types
_BROWSER = b"\r\nUser-Agent: Mozilla/"  # any browser, but no health check of a proxy


@implementer(IHalfCloseableProtocol, IHandshakeListener)
class FrontProtocol(Protocol):
    """One connection at the front door."""

    factory: FrontFactory
    transport: Any
    origin: Origin | None = None
    _received = b""

    def connectionMade(self) -> None:
        """Wait for the first bytes; with TLS, after the handshake."""
        if is_tls(self.transport):
            self.factory.shaking.add(self)
        else:
            self.transport.bufferSize = READ_BYTES
            self.factory.silent.add(self)

    def handshakeCompleted(self) -> None:
        """Wait for the first bytes within TLS."""
        if self.factory.shaking.stop(self):
            self.factory.silent.add(self)

    def dataReceived(self, data: bytes) -> None:
        """Hand the connection over once its bytes tell the protocol."""
        factory = self.factory
        factory.spare.stop(self)
        received = self._received = self._received + data
        is_hello = received[:1] == HELLO and not is_tls(self.transport)
        if is_hello and factory.certificate is not None:
            self._start_tls(factory.certificate)
            return
        protocol = spoken(received)
        begun = received.lstrip(b"\r\n")  # some clients send these first
        if protocol or b"\n" in begun or b"\r" in begun or len(received) > LONGEST:
            self._leave_to(protocol)
        else:
            factory.silent.add(self)

    def _start_tls(self, certificate: IOpenSSLContextFactory) -> None:
        factory = self.factory
        factory.silent.stop(self)
        factory.shaking.add(self)
        if self.origin is not None:
            self.origin = self.origin._replace(is_encrypted=True)
        hello, self._received = self._received, b""
        self.transport.startTLS(certificate)
        self.transport.protocol.dataReceived(hello)

    def _leave_to(self, protocol: str | None) -> Any:
        factory = self.factory
        factory.forget(self)
        to: Any = None
        if protocol == "HTTP":
            to = factory.challenged(self._received, self._address)
            if _BROWSER in self._received:
                factory.note_request(self._address)
        if to is None:
            to = factory.door_for(protocol)()
            if isinstance(to, Answer):
                factory.chat.journal.write("not spoken", self._address, reason=protocol)
        hand_over(self.transport, to, self._received, self.origin)
        return to

    def end_silence(self) -> None:
        """Let in a silent connection, unless it may be a browser's."""
        if self.factory.has_just_asked(self._address):
            self.factory.spare.add(self)
        else:
            self.let_in()

    def let_in(self) -> None:
        """Let in a silent connection."""
        self._leave_to(None)

    @property
    def _address(self) -> str | None:
        return address_of(self.transport, self.origin)

    def readConnectionLost(self) -> None:
        """Let in a peer that has stopped sending, but may still read."""
        self._leave_to(spoken(self._received)).readConnectionLost()

    def writeConnectionLost(self) -> None:
        """Do nothing: this side is not closed here."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the end of the connection, by either side."""
        self.factory.forget(self)
        if self.factory.shaking.stop(self):
            log_no_tls(self.factory.chat.journal, self.transport, reason, self.origin)


class FrontFactory(ServerFactory):
    """Makes a protocol for each connection at the front door.

    entrance: the state that all doors share.
    line: the factory of the line door; None if it is not offered here.
    irc: the factory of the IRC door; None if it is not offered here.
    certificate: for clients that begin with TLS; None for no TLS.
    web: the factory of the web door; None if it is not offered here. One of the three has to be.
    challenges: answers certificate authorities, even without a web door; None for none.
    silent: the connections whose protocol is not known yet.
    spare: the ones of these that may be a browser's.
    shaking: the connections in a TLS handshake.
    """

    protocol = FrontProtocol  # type: ignore[assignment]  # zope's stubs want a function

    def __init__(
        self,
        entrance: Entrance,
        line: ChatFactory | None,
        irc: ServerFactory | None = None,
        certificate: IOpenSSLContextFactory | None = None,
        web: ServerFactory | None = None,
        challenges: Challenges | None = None,
    ) -> None:
        self.entrance = entrance
        self._challenges = challenges
        self.certificate = certificate
        clock = entrance.chat.clock
        self.silent: Waiting[FrontProtocol] = Waiting(
            clock, LISTEN_FOR, MOST_SILENT, FrontProtocol.end_silence
        )
        self.spare: Waiting[FrontProtocol] = Waiting(
            clock, SPARE_FOR, MOST_SPARE, FrontProtocol.let_in
        )
        self._asked: dict[str | None, float] = {}  # when each address last asked by HTTP
        self.shaking: Waiting[FrontProtocol] = Waiting(
            clock, HANDSHAKE_WITHIN, MOST_SHAKING, lambda one: one.transport.abortConnection()
        )
        entrance.chat.sessions.beside.append(Spare(self.spare, self.shaking))
        self._doors: dict[str, Callable[[], Any]] = {
            name: partial(Answer, words, clock) for name, words in ANSWERS.items()
        }
        if web is not None:
            self._doors["HTTP"] = partial(web.buildProtocol, None)
        if irc is not None:
            to_irc = partial(irc.buildProtocol, None)
            irc_doors = {"IRC": to_irc, "IRC, POP3 or FTP": to_irc}
            self._doors |= irc_doors
            if line is not None:
                line = copy(line)
                line.other_doors = irc_doors  # for IRC clients that were silent at first
        others = line or irc or web
        assert others is not None
        self._others = partial(others.buildProtocol, None)

    @property
    def chat(self) -> Chat:
        """The chat."""
        return self.entrance.chat

    def forget(self, one: FrontProtocol) -> None:
        """Wait no longer for a silent connection."""
        self.silent.stop(one)
        self.spare.stop(one)

    def note_request(self, address: str | None) -> None:
        """Note that an address has asked by HTTP."""
        self._asked.pop(address, None)
        self._asked[address] = self.chat.clock.seconds()
        if len(self._asked) > MOST_ASKED:
            del self._asked[next(iter(self._asked))]

    def has_just_asked(self, address: str | None) -> bool:
        """Whether an address has just asked by HTTP."""
        asked = self._asked.get(address)
        return asked is not None and self.chat.clock.seconds() - asked <= BESIDE

    def challenged(self, request: bytes, address: str | None) -> Answer | None:
        """The answer to a certificate authority; None if an HTTP request is not from one."""
        if self._challenges is None:
            return None
        response = self._challenges.response(request, address)
        return None if response is None else Answer(response, self.chat.clock)

    def door_for(self, protocol: str | None) -> Callable[[], Any]:
        """The function that makes the protocol that a connection goes on with.

        protocol: its name from `spoken`; None if it may be chat.
        """
        return self._doors.get(protocol or "", self._others)
