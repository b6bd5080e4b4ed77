"""A pipe to the server: lines in both directions, unchanged.

If the server turns out to be a chatsvc, whose refusals and pace are known, a link takes the
connection over.
"""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from io import BytesIO
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectError, ConnectionDone, DNSLookupError
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHalfCloseableProtocol,
    IProtocolFactory,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import ClientFactory, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import FileSender, LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.client.connection.failures import SpeaksTls
from chatsvc.client.connection.line import TLS_ALERT
from chatsvc.client.connection.server import explained, found
from chatsvc.client.leaving import leave_on_signals, restore, stop_on_signal, take
from chatsvc.client.plain import lines
from chatsvc.client.settings.values import Settings
from chatsvc.errors import Closing
from chatsvc.events.people import WELCOME
from chatsvc.text.safe import decode

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds of silence: after connecting, for a chatsvc to greet; after /quit, for any server to close
# the connection.
PATIENCE = 5.0
GREETING = f"{WELCOME}, you are ".encode()  # begins a chatsvc's first line
LATE = "the server was late with its welcome: what it did not do is not known."
GOING_DOWN = f"server: {Closing()}"  # the last line of a server that shuts down


class ChatClient(LineReceiver):
    """The connection to the server.

    ended: fires with None after a quit, otherwise with the reason.
    """

    delimiter = b"\n"
    MAX_LENGTH = 2**20
    transport: Any
    terminal: Terminal

    def __init__(self, clock: IReactorTime, explain: Callable[[BaseException | None], str]) -> None:
        """Wait with ``clock``, and word the reason of a lost connection with ``explain``."""
        self._explain = explain
        self.ended: Deferred[str | None] = Deferred()
        self.quitting = False
        self._recognised: Deferred[bool] | None = None
        self._early = b""  # received before the server is recognised
        self._waiting: IDelayedCall | None = None  # runs until the server is recognised
        self._heir: Any = None  # the protocol that has taken the connection over
        self._is_late = False
        self._welcomed = False
        self._last_line = ""
        self._clock = clock
        self._patience: IDelayedCall | None = None  # runs once /quit has left our buffer

    def recognise(self) -> Deferred[bool]:
        """Find out whether the server is a chatsvc; called straight after connecting."""
        self._recognised = Deferred()
        self._waiting = self._clock.callLater(PATIENCE, self._decide)
        return self._recognised

    def _decide(self) -> None:
        assert self._recognised is not None
        recognised, self._recognised = self._recognised, None
        early, self._early = self._early, b""
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        else:
            self._is_late = True
        recognised.callback(early.startswith(GREETING))
        self.dataReceived(early)

    def hand_over(self, factory: IProtocolFactory) -> Any:
        """Hand the connection, and everything it receives, to another protocol."""
        heir: Any = factory.buildProtocol(self.transport.getPeer())
        self._heir = heir
        heir.makeConnection(self.transport)
        return heir

    def dataReceived(self, data: bytes) -> None:
        """Show the complete lines; while the server speaks, its patience starts anew."""
        if self._recognised is not None:
            self._early += data
            if b"\n" in self._early or len(self._early) > self.MAX_LENGTH:
                self._decide()
            return
        if self._heir is not None:
            self._heir.dataReceived(data)
            return
        if self._patience:
            self._patience.reset(PATIENCE)
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """Show a line, made safe for the terminal."""
        self._is_late = self._is_late and (self._welcomed or line.startswith(GREETING))
        self._last_line = decode(line.removesuffix(b"\r"))
        self._welcomed = self._welcomed or self._last_line.startswith(WELCOME)
        self.terminal.show(self._last_line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Give up a server that does not end its line."""
        self._end(f"the server sent a line of more than {self.MAX_LENGTH} bytes.")
        self.transport.abortConnection()

    def say(self, line: bytes) -> None:
        """Send a line as it is; /quit and /exit are the last."""
        if decode(line).strip().partition(" ")[0].casefold() in ("/quit", "/exit"):
            self.quit(line)
        else:
            self.sendLine(line)

    def quit(self, line: bytes = b"/quit") -> None:
        """Send the last line, then show what the server says until it closes or falls silent.

        PATIENCE starts when the line has left the buffer, as the server may read slowly, and again
        with everything that the server sends.
        """
        if not self.quitting:
            self.quitting = True
            self.terminal.pauseProducing()
            self.transport.unregisterProducer()
            sending = FileSender().beginFileTransfer(BytesIO(line + b"\n"), self.transport)
            # It fails if the connection is lost first, which connectionLost reports.
            sending.addCallbacks(lambda _: self._wait(), lambda _: None)

    def _wait(self) -> None:
        self._patience = self._clock.callLater(PATIENCE, self._leave)

    def _leave(self) -> None:
        self._patience = None
        if self.paused:  # standard output is full: the silence is the client's
            self._wait()
        else:
            self.transport.loseConnection()
            # Abort: over TLS, loseConnection would wait for the server once more.
            self._end(None if self._welcomed else "the server does not answer.")

    def stopProducing(self) -> None:
        """Quit because standard output was closed: nobody reads what the server says."""
        self.resumeProducing()
        self.quit()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Show what is left, even an incomplete line, and report why it ended."""
        if self._recognised is not None:
            self._decide()
        if self._heir is not None:
            self._heir.connectionLost(reason)
            return
        self.resumeProducing()
        if not self._welcomed and self._buffer.startswith(TLS_ALERT):
            self.clearLineBuffer()
            self._end(self._explain(SpeaksTls()))
        if self._buffer:
            self.lineReceived(self.clearLineBuffer())
        if not reason.check(ConnectionDone):
            self._end(self._explain(reason.value))
        elif self._patience and self._welcomed and self._last_line != GOING_DOWN:
            self._end(None)
        else:
            self._end("the server closed the connection.")
        if self._patience:
            self._patience.cancel()

    def _end(self, why: str | None) -> None:
        if not self.ended.called:
            self.ended.callback(why or (LATE if self._is_late and self._welcomed else None))


class ChatClientFactory(ClientFactory[ChatClient]):
    """Builds the protocol of the connection to the server."""

    def __init__(
        self, clock: IReactorTime, explain: Callable[[BaseException | None], str] = explained
    ) -> None:
        """Keep these for the protocol."""
        self.clock = clock
        self.explain = explain

    def buildProtocol(self, addr: IAddress | None) -> ChatClient:
        """Build the protocol."""
        return ChatClient(self.clock, self.explain)


@implementer(IHalfCloseableProtocol)
class Terminal(LineReceiver):
    """Standard input and output: typed lines are sent, and the server's lines shown.

    Each side is the other's producer: neither is read faster than the other takes it.
    """

    delimiter = b"\n"
    transport: Any
    _has_begun = False

    def __init__(self, client: ChatClient) -> None:
        """Work with ``client``, which is connected."""
        self.client = client
        self.written: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """Connect the two sides."""
        self.client.terminal = self
        self.client.transport.registerProducer(self, True)
        self.transport.registerProducer(self.client, True)

    def show(self, text: str) -> None:
        """Write a line."""
        self.sendLine(text.encode())

    def dataReceived(self, data: bytes) -> None:
        """Take typed bytes, without a byte order mark at the start."""
        if not self._has_begun:
            self._has_begun = True
            data = data.removeprefix(BOM_UTF8)
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """Say what was typed."""
        self.client.say(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Pass an overlong line on in pieces: the server judges its length."""
        self.client.transport.write(line)

    def readConnectionLost(self) -> None:
        """Say the last line, which may lack its end, and quit."""
        if line := self.clearLineBuffer():
            self.client.say(line)
        self.client.quit()

    def writeConnectionLost(self) -> None:
        """Do nothing: ``stopProducing`` has told the client."""
        self.written.callback(None)

    def finish(self) -> Deferred[None]:
        """Stop reading; fires when everything shown is written, or cannot be."""
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        return self.written

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """End: everything is written."""
        self.written.callback(None)


@implementer(IStreamClientEndpoint)
class Connected:
    """An endpoint that gives an existing connection."""

    def __init__(self, client: ChatClient) -> None:
        self._client = client

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """Hand the connection to a protocol of this factory."""
        return succeed(self._client.hand_over(factory))


async def talk(reactor: Any, settings: Settings) -> None:
    """Connect, and talk until the end; raises SystemExit with one line if it ended badly."""
    client: ChatClient | None = None
    terminal: Terminal | None = None
    status = 0

    def leave(number: int) -> None:
        nonlocal status
        status = number
        if client is not None:
            client.quit()

    def is_leaving() -> bool:
        return client is None or terminal is None or client.quitting

    leave_on_signals(reactor, leave, is_leaving, restore)
    stop_on_signal(reactor, restore, take)
    server = found(reactor, settings)
    try:
        client = await server.endpoint.connect(ChatClientFactory(reactor, server.explained))
    except (ConnectError, DNSLookupError, ValueError, OSError) as error:
        sys.exit(f"chatsvc: {server.explained(error)}")
    if await client.recognise():
        server.endpoint = Connected(client)
        await lines.talk(reactor, settings, "", server)
        return
    terminal = Terminal(client)
    StandardIO(terminal, reactor=reactor)
    failure = await client.ended
    await terminal.finish()
    if failure:
        print(f"chatsvc: {failure}", file=sys.stderr)
    if failure or status:
        sys.exit(status or 1)
