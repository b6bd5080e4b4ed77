"""One connection to a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.protocol import connectionDone
from twisted.internet.task import LoopingCall
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from chatsvc.client.connection.failures import NoAnswer, SpeaksTls
from chatsvc.client.connection.objects import encoded, understood
from chatsvc.text.safe import decode

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from chatsvc.client.connection.objects import Received, Request

LOOK_EVERY = 10.0  # seconds between checks that the server still speaks
ASK_AFTER = 20.0  # seconds of silence, on either side, before a ping
GIVE_UP_AFTER = 40  # seconds of silence after which either side gives the connection up
ANSWER_WITHIN = 20.0  # seconds for the server's first answer after connecting
AT_ONCE = 2**13  # bytes read in a turn, in which no key is handled: some forty lines
LONGEST_LINE = 2**20  # bytes of a line from the server
LONGEST_ASKED = 8192  # bytes of a request that the server accepts
MOST_EARLY = 1000  # events before the answer to `resume`
MOST_TEXT = 2**20  # bytes of text before JSON
RESUME = "resume"  # the nonce of the request to resume
TLS_ALERT = b"\x15\x03"  # begins a TLS server's answer to plain text


class Owner(Protocol):
    """The link that a connection belongs to."""

    clock: IReactorTime
    may_come_back: bool

    @property
    def resume(self) -> Request:
        """The first request on a connection."""

    def sign_of_life(self) -> Request:
        """A ping, which shows whether the server is there."""

    def received(self, line: Line, received: Received) -> None:
        """Handle an event or an error."""

    def fail(self, why: Failure) -> None:
        """Handle a server that does not answer."""

    def lost(self, line: Line, why: Failure) -> None:
        """Handle the end of the connection."""


class Line(LineReceiver):
    """Speaks JSON lines, and gives up a server that is silent.

    text: the lines that came before JSON.
    is_welcomed: whether the server has let the client in.
    """

    delimiter = b"\n"
    MAX_LENGTH = LONGEST_LINE
    transport: Any
    _heard_at = 0.0
    _sent_at = 0.0
    _looking: LoopingCall | None = None
    _deadline: IDelayedCall | None = None  # runs until the server has answered

    # Events before the answer to `resume`. If that succeeds, they were for a newcomer: that is what
    # the server took the client for until then. None after the answer.
    _early: list[Received] | None = None

    def __init__(self, link: Owner) -> None:
        self._link = link
        self.text: list[str] = []
        self._text_size = 0
        self.is_welcomed = False

    def connectionMade(self) -> None:
        """Send the first request."""
        link = self._link
        self.transport.bufferSize = AT_ONCE
        self._deadline = link.clock.callLater(ANSWER_WITHIN, self._give_up)
        if link.may_come_back:
            self._early = []
        self.sendLine(b"/json")
        self.send(encoded(link.resume))
        link.may_come_back = True
        self._heard_at = link.clock.seconds()
        self._looking = LoopingCall(self._look)
        self._looking.clock = link.clock
        self._looking.start(LOOK_EVERY, now=False)

    def _give_up(self) -> None:
        self._deadline = None
        self._link.fail(Failure(NoAnswer()))
        self.transport.abortConnection()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def dataReceived(self, data: bytes) -> None:
        """Give up a server that speaks TLS."""
        if self._deadline is not None and not self._buffer and data.startswith(TLS_ALERT):
            self._link.fail(Failure(SpeaksTls()))
            self.transport.abortConnection()
        else:
            super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """Pass events on to the link; before JSON, collect text."""
        self._heard_at = self._link.clock.seconds()
        if not line.startswith(b"{"):
            self._text_size += len(line)
            if self._deadline is not None and self._text_size <= MOST_TEXT:
                self.text.append(decode(line.removesuffix(b"\r")))
            return
        self._stop_waiting()
        received = understood(line)
        if received is None:
            self.transport.abortConnection()  # nothing that follows can be trusted
        elif self._early is not None:
            self._hear_early(received, self._early)
        elif received.get("nonce") not in ("ping", RESUME):
            self._link.received(self, received)

    def _hear_early(self, received: Received, early: list[Received]) -> None:
        kind, error = received.get("event"), received.get("error", {})
        if kind == "resumed":
            early.clear()
        elif kind == "resumable" or error or received.get("nonce") == RESUME:
            error.pop("nonce", None)
        elif len(early) < MOST_EARLY:
            early.append(received)
            return
        else:
            self.transport.abortConnection()
            return
        self._early = None
        for each in early:
            self._link.received(self, each)
        if kind != "done":
            self._link.received(self, received)

    def send(self, line: bytes) -> bool:
        """Send an object; returns False if it is too long for the server."""
        if len(line) > LONGEST_ASKED:
            return False
        self._sent_at = self._link.clock.seconds()
        self.sendLine(line)
        return True

    def hold(self, is_held: bool) -> None:
        """Stop reading for now, or read again."""
        if is_held != self.paused:
            (self.pauseProducing if is_held else self.resumeProducing)()

    def lineLengthExceeded(self, line: bytes) -> None:
        """Give up a server whose line is too long."""
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the link."""
        self._stop_waiting()
        if self._looking is not None:
            self._looking.stop()
        self._link.lost(self, reason)

    def _look(self) -> None:
        now = self._link.clock.seconds()
        if now - self._heard_at >= GIVE_UP_AFTER:
            self.transport.abortConnection()
        elif now - min(self._heard_at, self._sent_at) >= ASK_AFTER:
            self.send(encoded(self._link.sign_of_life()))
