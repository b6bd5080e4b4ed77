"""The client: ``python -m chatsvc.client``, lines between a terminal (or a pipe) and the server."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
from io import BytesIO
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost, DNSLookupError
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHalfCloseableProtocol,
    IReactorTime,
)
from twisted.internet.protocol import ClientFactory, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.internet.task import react
from twisted.protocols.basic import FileSender, LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc import __version__
from chatsvc.address import ask, valid_host, valid_port
from chatsvc.chat.errors import Closing
from chatsvc.chat.events import WELCOME
from chatsvc.chat.text import decode

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
            self._end(_explain(reason.value))
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


def _explain(error: BaseException | None) -> str:
    match getattr(error, "args", ()):
        case _ if isinstance(error, ConnectionLost):
            return "the connection was lost."
        case [[*_, (_, _, str(detail))]]:  # OpenSSL's error: (library, function, reason)
            return f"TLS failed: {detail}."
        case _:
            return "TLS failed: the certificate is for another host."


async def chat(reactor: Any, host: str, port: int, tls: bool) -> None:
    """Connect, and talk until it ends; raises SystemExit with one line when it ended badly."""
    client: Any = None

    def interrupted(number: int, frame: object) -> None:
        if client is None or client.quitting:
            restore()
            os._exit(128 + number)
        reactor.callFromThread(client.quit)

    # Not before: the reactor installs its own handlers when it starts.
    for number in signal.SIGINT, signal.SIGTERM:
        reactor.callWhenRunning(signal.signal, number, interrupted)
    try:
        endpoint: Any = HostnameEndpoint(reactor, host, port)
        if tls:
            from twisted.internet.ssl import optionsForClientTLS

            endpoint = wrapClientTLS(optionsForClientTLS(host), endpoint)
        client = await endpoint.connect(ChatClientFactory(reactor))
    except ImportError:
        sys.exit("chatsvc: --tls needs pip install 'chatsvc[tls]'")
    except ConnectError as error:
        why = os.strerror(error.osError or errno.ETIMEDOUT).lower()
        sys.exit(f"chatsvc: could not connect to {host} port {port}: {why}")
    except (DNSLookupError, ValueError):
        sys.exit(f"chatsvc: could not connect to {host} port {port}: no such host")
    terminal = Terminal(client)
    StandardIO(terminal, reactor=reactor)
    failure = await client.ended
    await terminal.finish()
    if failure:
        sys.exit(f"chatsvc: {failure}")


def restore() -> None:
    """Make standard input and output blocking again: the shell shares the terminal with us."""
    for descriptor in 0, 1:
        os.set_blocking(descriptor, True)


def main() -> None:
    """Run the client."""
    parser = argparse.ArgumentParser(
        prog="chatsvc",
        description="Talk to a chat server: a line typed is a line said. /quit leaves.",
        epilog="The end of standard input and Ctrl-C quit too. Status: 0 after quitting, 1 when "
        "there was no connection or it was lost, 2 for wrong arguments.",
    )
    parser.add_argument("host", nargs="?", type=valid_host, help="asked for if missing")
    parser.add_argument("port", nargs="?", type=valid_port, default=5000, help="(default: 5000)")
    parser.add_argument("--tls", action="store_true", help="encrypt, and check the certificate")
    parser.add_argument("--version", action="version", version=f"chatsvc {__version__}")
    options = parser.parse_args()
    # A standard descriptor that came closed would be taken by the reactor for its own files.
    while os.open(os.devnull, os.O_RDWR) <= 2:
        pass
    try:
        if options.host is None:
            options.host = ask("IP address of the server", "127.0.0.1", valid_host)
            options.port = ask("Port of the server", "5000", valid_port)
        react(chat, (options.host, options.port, options.tls))
    except EOFError:
        sys.exit("\nchatsvc: the server's address was not given.")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        sys.exit(130)
    finally:
        restore()


if __name__ == "__main__":
    main()
