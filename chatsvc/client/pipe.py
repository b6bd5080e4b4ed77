"""Lines between a pipe and the server, in both directions, as they are."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionDone, DNSLookupError
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHalfCloseableProtocol,
    IReactorTime,
)
from twisted.internet.protocol import ClientFactory, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import FileSender, LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.chat.errors import Closing
from chatsvc.chat.events import WELCOME
from chatsvc.chat.text import decode
from chatsvc.client.connecting import endpoint, explained
from chatsvc.client.leaving import leave_on_signals, restore
from chatsvc.client.settings import Settings

PATIENCE = 5.0  # seconds of silence after /quit in which the server is to close the connection


GOING_DOWN = f"server: {Closing()}"  # the last line of a server that closes by itself


class ChatClient(LineReceiver):
    """The connection to the server; ``ended`` fires with None after a quit, else with why."""

    delimiter = b"\n"
    MAX_LENGTH = 2**20
    transport: Any
    terminal: Terminal

    def __init__(self, clock: IReactorTime) -> None:
        """Wait for the server to close with ``clock``."""
        self.ended: Deferred[str | None] = Deferred()
        self.quitting = False
        self._welcomed = False
        self._last_line = ""
        self._clock = clock
        self._patience: IDelayedCall | None = None  # runs once /quit has left our buffer

    def dataReceived(self, data: bytes) -> None:
        """Show the lines that are whole; a server that still speaks is waited for."""
        if self._patience:
            self._patience.reset(PATIENCE)
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """Show a line, without what a hostile server could do to a terminal."""
        self._last_line = decode(line.removesuffix(b"\r"))
        self._welcomed = self._welcomed or self._last_line.startswith(WELCOME)
        self.terminal.show(self._last_line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Give up on a server that ends no line."""
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

        PATIENCE begins when the line, and all before it, has left our buffer, and anew with
        whatever the server sends: one that reads slowly is waited for.
        """
        if not self.quitting:
            self.quitting = True
            self.terminal.pauseProducing()
            self.transport.unregisterProducer()
            sending = FileSender().beginFileTransfer(BytesIO(line + b"\n"), self.transport)
            # It fails when the connection is lost first, of which connectionLost tells.
            sending.addCallbacks(lambda _: self._wait(), lambda _: None)

    def _wait(self) -> None:
        self._patience = self._clock.callLater(PATIENCE, self._leave)

    def _leave(self) -> None:
        self._patience = None
        if self.paused:  # standard output is full: the silence is ours
            self._wait()
        else:
            self.transport.loseConnection()
            # Now: over TLS, loseConnection waits for the server in its turn.
            self._end(None if self._welcomed else "the server does not answer.")

    def stopProducing(self) -> None:
        """Quit because standard output was closed: nobody reads what the server says."""
        self.resumeProducing()
        self.quit()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Show what is left, a line without its end too, and tell why it ended."""
        self.resumeProducing()
        if self._buffer:
            self.lineReceived(self.clearLineBuffer())
        if not reason.check(ConnectionDone):
            self._end(explained(reason.value, "", 0))
        elif self._patience and self._welcomed and self._last_line != GOING_DOWN:
            self._end(None)
        else:
            self._end("the server closed the connection.")
        if self._patience:
            self._patience.cancel()

    def _end(self, why: str | None) -> None:
        if not self.ended.called:
            self.ended.callback(why)


class ChatClientFactory(ClientFactory[ChatClient]):
    """Builds the protocol that speaks to the server."""

    def __init__(self, clock: IReactorTime) -> None:
        """Lend ``clock`` to the protocol."""
        self.clock = clock

    def buildProtocol(self, addr: IAddress | None) -> ChatClient:
        """Build it."""
        return ChatClient(self.clock)


@implementer(IHalfCloseableProtocol)
class Terminal(LineReceiver):
    """Standard input and output: lines typed are said, and what the server says is shown.

    Each side is the other's producer, so neither is read faster than the other takes it.
    """

    delimiter = b"\n"
    transport: Any

    def __init__(self, client: ChatClient) -> None:
        """Sit before ``client``, which is connected."""
        self.client = client
        self.written: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """Join the two sides."""
        self.client.terminal = self
        self.client.transport.registerProducer(self, True)
        self.transport.registerProducer(self.client, True)

    def show(self, text: str) -> None:
        """Write a line."""
        self.sendLine(text.encode())

    def lineReceived(self, line: bytes) -> None:
        """Say what was typed."""
        self.client.say(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Pass a long line on in pieces: its length is for the server to judge."""
        self.client.transport.write(line)

    def readConnectionLost(self) -> None:
        """Say the last line, which may lack its end, and quit."""
        if line := self.clearLineBuffer():
            self.client.say(line)
        self.client.quit()

    def writeConnectionLost(self) -> None:
        """Nothing more can be written; the client was told by ``stopProducing``."""
        self.written.callback(None)

    def finish(self) -> Deferred[None]:
        """Stop reading; fires when all that was shown is written, or cannot be."""
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        return self.written

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """All is written."""
        self.written.callback(None)


async def talk(reactor: Any, settings: Settings) -> None:
    """Connect, and talk until it ends; raises SystemExit with one line when it ended badly."""
    client: ChatClient | None = None

    def leave() -> None:
        if client is not None:
            client.quit()

    leave_on_signals(reactor, leave, lambda: client is None or client.quitting, restore)
    try:
        server = endpoint(reactor, settings.host, settings.port, settings.tls)
        client = await server.connect(ChatClientFactory(reactor))
    except (ImportError, ConnectError, DNSLookupError, ValueError) as error:
        sys.exit(f"chatsvc: {explained(error, settings.host, settings.port)}")
    terminal = Terminal(client)
    StandardIO(terminal, reactor=reactor)
    failure = await client.ended
    await terminal.finish()
    if failure:
        sys.exit(f"chatsvc: {failure}")
