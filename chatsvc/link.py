"""A program's connection to the server: it stays, and nothing is lost or doubled."""

from __future__ import annotations

import json
import secrets
from collections import deque
from typing import TYPE_CHECKING, Any

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import LoopingCall
from twisted.protocols.basic import LineReceiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
    from twisted.python.failure import Failure

    Told = dict[str, Any]  # an event or an error, as docs/protocol.md has them

MOST_WAITING = 1000  # things asked for that are not answered
WINDOW = 50  # of those that are sent; of so many the server knows whether it has done them
LOOK_EVERY = 10.0  # seconds; how often it is seen whether the server still speaks
ASK_AFTER = 20.0  # seconds of silence of either side after which a sign of life is asked for
GIVE_UP_AFTER = 40  # seconds of silence after which either side takes the connection for lost
FIRST_WAIT, LONGEST_WAIT = 0.2, 30.0  # seconds before it is tried again
LONGEST_LINE = 2**20  # bytes
_SAYING = {"say", "bc", "me", "dm", "reply"}  # what can be asked for again: it is done once


class TooMuch(Exception):
    """As many things as may wait for an answer."""


class Link:
    """Speaks JSON lines with a server, over one connection after the other.

    What is asked for while there is none waits, and is sent when there is one again. What was said
    and not answered is said again, which the server does once. Of other things that were on their
    way it is not known whether they were done: they are answered by an error of the code "unsure".

    hear: called with all that is told, once and in order; of a new place, which begins with a
        `welcome`, the first is that.
    status: called with True when there is a connection, and with False when it is lost.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        hear: Callable[[Told], object],
        status: Callable[[bool], object],
    ) -> None:
        self.clock = clock
        self._hear = hear
        self._status = status
        self._token = secrets.token_urlsafe(32)
        self._seen: int | None = None  # as long as there is no place
        self._count = 0
        self._prefix = secrets.token_hex(8)  # so that no two programs of one person are confused
        self._waiting: dict[str, dict[str, Any]] = {}  # by nonce
        self._sent: dict[str, None] = {}  # the nonces of those that are on their way
        self._unsent: deque[str] = deque()  # the nonces of the others
        self._line: _Line | None = None  # the connection, once the server has answered
        policy = backoffPolicy(FIRST_WAIT, LONGEST_WAIT)
        factory = Factory.forProtocol(_Line)
        factory.link = self  # type: ignore[attr-defined]
        self._service = ClientService(endpoint, factory, policy, clock)

    def start(self) -> None:
        """Connect."""
        self._service.startService()

    def stop(self) -> Deferred[None]:
        """Leave, and connect no more; fires when the connection is closed."""
        if self._line is not None:
            self._line.send({"do": "quit"})
        return self._service.stopService()

    def ask(self, do: str, **arguments: Any) -> str:
        """Ask for a command; the nonce by which its answer is known. Raises TooMuch."""
        if len(self._waiting) >= MOST_WAITING:
            raise TooMuch
        self._count += 1
        nonce = f"{self._prefix}{self._count}"
        self._waiting[nonce] = {"do": do, **arguments, "nonce": nonce}
        self._unsent.append(nonce)
        self._send()
        return nonce

    @property
    def resume(self) -> dict[str, Any]:
        """What is asked for first on a connection."""
        asked = {"do": "resume", "token": self._token, "silence": GIVE_UP_AFTER}
        return asked if self._seen is None else asked | {"seen": self._seen}

    def told(self, line: _Line, told: Told) -> None:
        """The server has told something."""
        kind = told.get("event")
        if kind == "welcome":
            self._seen = None
        elif kind in ("resumable", "resumed"):
            self._seen = told["seen"]
        elif "id" in told and not told.get("recalled"):
            if self._seen is not None and told["id"] <= self._seen:
                return
            self._seen = told["id"]
        nonce = told.get("error", told).get("nonce", "")
        if nonce in self._waiting:
            del self._waiting[nonce], self._sent[nonce]
            self._send()
        elif nonce.startswith(self._prefix) and told.get("recalled"):
            return  # it was heard when it was said
        self._hear(told)
        if kind in ("resumable", "resumed"):
            self._goes_on(line)

    def lost(self, line: _Line) -> None:
        """A connection has ended."""
        if line is self._line:
            self._line = None
            self._status(False)

    def sign_of_life(self) -> dict[str, Any]:
        """What the server is asked for to see whether it is there."""
        return {"do": "ping", "nonce": "ping", "seen": self._seen}

    def _goes_on(self, line: _Line) -> None:
        self._line = line
        self._status(True)
        again, self._sent = self._sent, {}
        for nonce in again:
            if self._waiting[nonce]["do"] not in _SAYING:
                del self._waiting[nonce]
                text = "The connection was lost: it is not known whether that was done."
                self._hear({"error": {"code": "unsure", "text": text, "nonce": nonce}})
        self._unsent.extendleft([nonce for nonce in reversed(again) if nonce in self._waiting])
        self._send()

    def _send(self) -> None:
        while self._line is not None and self._unsent and len(self._sent) < WINDOW:
            nonce = self._unsent.popleft()
            self._sent[nonce] = None
            self._line.send(self._waiting[nonce])


class _Line(LineReceiver):
    """One connection."""

    delimiter = b"\n"
    MAX_LENGTH = LONGEST_LINE
    factory: Any
    transport: Any
    _heard_at = 0.0
    _sent_at = 0.0
    _looking: LoopingCall | None = None

    def connectionMade(self) -> None:
        link = self.factory.link
        self.sendLine(b"/json")
        self.send(link.resume)
        self._heard_at = link.clock.seconds()
        self._looking = LoopingCall(self._look)
        self._looking.clock = link.clock
        self._looking.start(LOOK_EVERY, now=False)

    def lineReceived(self, line: bytes) -> None:
        self._heard_at = self.factory.link.clock.seconds()
        if line.startswith(b"{"):  # before the welcome, there may be text
            told = json.loads(line)
            if told.get("nonce") != "ping":
                self.factory.link.told(self, told)

    def send(self, asked: dict[str, Any]) -> None:
        """Send an object."""
        self._sent_at = self.factory.link.clock.seconds()
        self.sendLine(json.dumps(asked).encode())

    def lineLengthExceeded(self, line: bytes) -> None:
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._looking is not None:
            self._looking.stop()
        self.factory.link.lost(self)

    def _look(self) -> None:
        now = self.factory.link.clock.seconds()
        if now - self._heard_at >= GIVE_UP_AFTER:
            self.transport.abortConnection()
        elif now - min(self._heard_at, self._sent_at) >= ASK_AFTER:
            self.send(self.factory.link.sign_of_life())
