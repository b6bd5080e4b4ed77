"""The line door: lines of UTF-8 in both directions, for netcat, telnet and our own client."""

from __future__ import annotations

from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Any

from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import IHalfCloseableProtocol, IHandshakeListener, INegotiated
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc import command
from chatsvc.chat.chat import CLOSE_WITHIN
from chatsvc.chat.identity.resuming import NoSuchToken
from chatsvc.chat.people.addresses import is_local, network
from chatsvc.dialects import hello, json_lines
from chatsvc.dialects.text import plain
from chatsvc.doors import protocols, telnet
from chatsvc.doors.writer import Writer
from chatsvc.errors import ChatError, Crowded, Full, Mistaken
from chatsvc.events.answers import Paced
from chatsvc.line_receiver import BoundedLineReceiver
from chatsvc.mistakes import log_mistake
from chatsvc.text.safe import decode, shows, typed
from chatsvc.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.session import Session
    from chatsvc.chat.people.users import Users
    from chatsvc.clock import Timer

LONGEST = 8192  # bytes of a line, its end not counted
HANDSHAKE_WITHIN = 20  # seconds in which TLS is to be established
ANSWER_WITHIN = 2.0  # seconds in which a program that is not let in can say that it is one
MOST_REFUSED = 50  # connections that have these at once
DEFAULT_THROTTLE = Throttle(burst=30, rate=10.0)
MOST_SLOWED = 600  # lines in a row of one who sends too fast; a minute of them at the usual rate
MUTED_FOR = 10.0  # seconds in which nothing is taken from whoever sends more
LOOKS = 4  # at a silent connection before it is given up
TURN_LINES = 64  # taken from one connection before it is the others' turn


@implementer(IHalfCloseableProtocol, IHandshakeListener)
class ChatProtocol(BoundedLineReceiver):
    """One connection: what it says goes into the chat, and what its session reads goes out.

    Reading pauses (`LineReceiver.pauseProducing`) while the sender is throttled, or held because
    others would lose what they have yet to read.
    """

    delimiter = b"\n"  # as netcat sends; what others send becomes that
    MAX_LENGTH = LONGEST

    factory: ChatFactory
    transport: Any
    write: Callable[[bytes], bool]  # the writer's own: one call less for each write
    _writer: Writer
    _deadline: Timer | None = None  # runs while there is no session: before, or instead of one
    _host: str | None = None  # the address from which it comes; a unix socket's has none
    _session: Session | None = None  # from the time that it was let in
    _refusal: ChatError | None = None  # why it was not, while it may yet say something
    _is_program = False  # has begun to speak JSON
    _first: bytes | None = b""  # what was received, while it may yet be another protocol
    _after_cr = False  # the last byte was a CR, which ended a line
    _negotiation = b""  # the start of one of telnet's, whose end is still to come
    _lines = 0  # taken in this turn
    _rested = 0.0  # the throttle's number
    _charged = 0  # lines as which what was asked for last counts, besides its own
    _costly = ""  # what counted as several lines since it was rested
    _warned = False  # told that its lines are slowed down, and not rested since
    _slowed = 0  # lines that were taken since it was warned, without a rest
    _muted_until = 0.0
    _refused = 0  # lines that were not taken since it was muted
    _throttled: Timer | None = None  # runs while that slows it down
    _kept = b""  # while reading is paused: the line that was next
    _has_spoken = False  # since it was looked at last
    _look_out: Timer | None = None  # runs if it is to be given up when it is silent

    def connectionMade(self) -> None:
        """Let the newcomer in, over TLS only once that is established."""
        clock = self.factory.chat.clock
        self._writer = Writer(self.transport, self._drained, clock)
        self.write = self._writer.write
        if INegotiated.providedBy(self.transport):  # it is TLS
            self._cut_off_in(HANDSHAKE_WITHIN)
        else:
            self._opened()

    def handshakeCompleted(self) -> None:
        """TLS is established."""
        if self._deadline is not None:
            self._stop_waiting()
            self._opened()

    def _opened(self) -> None:
        self._host = getattr(self.transport.getPeer(), "host", None)
        self._enter()

    def _enter(self) -> None:
        """Become a session, or say why not."""
        factory = self.factory
        try:
            self._session = factory.chat.enter(self, self._address, plain)
        except ChatError as error:
            self._writer.write(f"server: {error}\n".encode())
            self._refusal = error
            factory.refused += 1
            if factory.refused > MOST_REFUSED:
                self._send_away()
            else:
                self._deadline = factory.chat.clock.callLater(ANSWER_WITHIN, self._is_late)

    def _is_late(self) -> None:
        self._deadline = None
        self._send_away()

    def _send_away(self) -> None:
        """Close a connection that is not let in."""
        if self._is_program and self._refusal is not None:
            self._writer.write(json_lines.refusal(self._refusal))
        self._end_refusal()
        self._writer.close()
        self._cut_off_in(CLOSE_WITHIN)

    def _end_refusal(self) -> None:
        self._stop_waiting()
        if self._refusal is not None:
            self._refusal = None
            self.factory.refused -= 1

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut_off_in(self, seconds: float) -> None:
        self._deadline = self.factory.chat.clock.callLater(seconds, self._cut_off)

    def _cut_off(self) -> None:
        self._deadline = None
        self.abort()

    def _take_refused(self, line: bytes, refusal: ChatError) -> None:
        """See whether one that is not let in comes back, in place of its own old connection."""
        may_come_back = isinstance(refusal, Crowded | Full)
        asked = hello.resumption(line) if self._is_program and may_come_back else None
        if asked is not None:
            self._come_back(asked)
        elif not self._is_program and hello.is_begun(line):
            self._is_program = True
            if not may_come_back:
                self._send_away()
        else:
            self._send_away()

    def _come_back(self, asked: hello.Resumption) -> None:
        """Let somebody have the place of a connection that was lost."""
        newcomer = self._session
        resumption = self.factory.chat.resumption
        try:
            session = resumption.resume(
                self, self._address, json_lines.wording, asked.token, asked.seen, newcomer
            )
        except ChatError as error:
            if newcomer is None:
                if not isinstance(error, NoSuchToken):
                    self._refusal = error
                self._send_away()
                return
            newcomer.chat.arrive(newcomer)
            json_lines.agree(newcomer, asked)
            resumption.begin(newcomer, asked.token, asked.seen, error)
            return
        self._end_refusal()
        self._session = session
        self._take = json_lines.run  # type: ignore[method-assign]  # for this connection
        self._tell_pace(session)
        json_lines.agree(session, asked)
        session.finish()

    def dataReceived(self, data: bytes) -> None:
        """Take lines out of what was received, or of what is left over (no data)."""
        self._has_spoken = True
        if self._session is None:
            if self._refusal is not None:
                super().dataReceived(data)
            return
        if self._session.has_left:
            return
        if self._first is not None:
            self._first += data[: protocols.LONGEST]
            other = protocols.spoken(self._first)
            if other is not None:
                # Else what it sends would be said to everyone, and kept; secrets among it.
                self._session.tell(
                    f"This is a chat server. It does not speak {other} here: connect with netcat,"
                    " telnet or its own client."
                )
                self._lose(f"spoke {other}")
                return
            if len(self._first) > protocols.LONGEST:
                self._first = None
        self._lines = 0
        if self._negotiation or telnet.IAC in data:
            data = self._negotiation + data
            wants_mark = telnet.DO_TIMING_MARK in data and not self._is_program
            if wants_mark and not self._session.apart:
                self._writer.write(telnet.WONT_TIMING_MARK)
            data, self._negotiation = telnet.strip(data)
        if self._after_cr or b"\r" in data:
            data, self._after_cr = telnet.end_lines(data, self._after_cr)
        super().dataReceived(data)

    def longLineReceived(self, line: bytes) -> None:
        """Treat the start of a line that is too long as any line."""
        self.lineReceived(line)

    def lineReceived(self, line: bytes) -> None:
        """Take a line, or keep it until it is its turn."""
        session = self._session
        if session is None:
            if self._refusal is not None:
                self._take_refused(line.removesuffix(b"\r"), self._refusal)
            return
        chat = session.chat
        throttle = self.factory.throttle
        now = chat.clock.seconds()
        rested = throttle.take(self._rested, now, 1 + self._charged)
        wait = throttle.wait(rested, now) if rested > now else 0.0
        if wait > 0:
            self._throttled = chat.clock.callLater(wait, self._rest)
            if not self._warned:
                self._warned = True
                why = f" ({self._costly})" if self._costly else ""
                session.tell(
                    f"You are sending too fast{why}: your lines are taken more slowly now."
                )
                chat.journal.write("slowed", session.address, name=session.user.name)
        elif self._lines >= TURN_LINES or chat.delivery.must_hold(session):
            chat.delivery.hold(session)
        else:
            if self._rested <= now:
                self._warned = False
                self._costly = ""
                self._slowed = 0
            elif self._warned:
                self._slowed += 1
                if self._slowed > MOST_SLOWED:
                    self._mute(session, now)
            self._rested = rested
            self._charged = 0
            self._lines += 1
            if self._muted_until and self._refuses(session, line, now):
                return
            if len(line) > LONGEST:
                session.tell(f"Your line is longer than {LONGEST} bytes; nothing of it was taken.")
                return
            try:
                self._take(session, line)
            except Exception as error:
                log_mistake(error)
                (self._session or session).refuse(Mistaken())
            if (self._session or session).has_left:
                self.clearLineBuffer()
            return
        self._kept = line
        self.pauseProducing()

    def _take(self, session: Session, line: bytes) -> None:
        """Do what was typed; the first line may say that it is to be done in JSON."""
        if hello.is_begun(line):
            json_lines.begin(session, decode(line))
            self._tell_pace(session)
            self._is_program = True
            self._first = None
            self._take = self._take_first  # type: ignore[method-assign]  # for this connection
            return
        if shows(typed(line)):
            session.chat.arrive(session)
            self._first = None
            self._take = _run  # type: ignore[method-assign]
        _run(session, line)

    def _take_first(self, session: Session, line: bytes) -> None:
        """Do what a program asks for first, which may be to come back."""
        self._take = json_lines.run  # type: ignore[method-assign]
        asked = hello.resumption(line)
        if asked is not None:
            self._come_back(asked)
        else:
            session.chat.arrive(session)
            json_lines.run(session, line)

    def _tell_pace(self, session: Session) -> None:
        throttle = self.factory.throttle
        if throttle.rate < inf:
            session.chat.delivery.tell(session, Paced(throttle.burst, throttle.rate))

    def _mute(self, session: Session, now: float) -> None:
        self._slowed = 0
        self._muted_until = now + MUTED_FOR
        session.chat.journal.write(
            "silenced", session.address, name=session.user.name, seconds=MUTED_FOR
        )
        session.tell(
            "You have been sending too fast for long: nothing but /quit is taken for"
            f" {MUTED_FOR:.0f} seconds."
        )

    def _refuses(self, session: Session, line: bytes, now: float) -> bool:
        """Whether a line is not taken, as whoever sends it is muted for that."""
        if now < self._muted_until and line.strip().lower() not in (b"/quit", b"/exit"):
            self._refused += 1
            return True
        self._muted_until = 0.0
        session.tell(f"{self._refused} lines of yours were not taken.")
        self._refused = 0
        return False

    def resume(self) -> None:
        """Go on with the line that was kept, and then with those behind it."""
        self.paused = False
        self._lines = 0
        kept, self._kept = self._kept, b""
        self.lineReceived(kept)
        if not self.paused:
            self.resumeProducing()

    def _rest(self) -> None:
        self._throttled = None
        if self._session is None or self._session.has_left:
            return
        # Somebody who has gone meanwhile says one more burst, not all that is still to be read.
        gone = self._writer.hung_up()
        if gone:
            self._rested = 0.0
        self.resume()
        if gone:
            self._lose("gone while its lines were slowed down")

    def readConnectionLost(self) -> None:
        """The peer sends no more, but may still read."""
        if self._refusal is not None:
            self._send_away()
        self._lose("closed by the peer")

    def writeConnectionLost(self) -> None:
        """Everything is sent, and so is the end of it."""
        self._writer.finish()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is closed, by whichever side."""
        self._writer.stopProducing()
        self._end_refusal()
        for timer in (self._throttled, self._look_out):
            if timer is not None:
                timer.cancel()
        if self._session is not None:
            error = self._writer.error
            self._lose(reason.getErrorMessage() if error is None else str(error))
            self._session.chat.gone(self._session)
        elif not reason.check(ConnectionClosed):
            # OpenSSL's error: it has a tuple for each step, at whose end it says what was wrong.
            [steps, *_] = getattr(reason.value, "args", ()) or [()]
            why = ", ".join(step[-1] for step in steps) if isinstance(steps, list) else ""
            self._host = getattr(self.transport.getPeer(), "host", None)
            journal = self.factory.chat.journal
            journal.write("no TLS", self._address, reason=why or "no reason given")

    def _look(self, seconds: int, silent: int) -> None:
        """See whether it has spoken since the last time; how often it had not, before."""
        # What is sent while it is not read is known only later.
        silent = 0 if self._has_spoken or self.paused else silent + 1
        self._has_spoken = False
        self._look_out = None
        if silent < LOOKS:
            self._look_out = self.factory.chat.clock.callLater(
                seconds / LOOKS, self._look, seconds, silent
            )
        else:
            self._lose(f"silent for {seconds} seconds")
            self.abort()

    def _lose(self, reason: str) -> None:
        session = self._session
        if session is not None and not session.has_left:
            if session.chat.knows(session):
                session.chat.journal.write("lost", name=session.user.name, reason=reason)
            session.chat.lose(session)

    # What a session asks of its connection

    @property
    def is_private(self) -> bool:
        """Whether nobody else can read what comes over it: TLS, or from this machine."""
        return self.is_local or INegotiated.providedBy(self.transport)

    @property
    def is_local(self) -> bool:
        """Whether it comes from this machine."""
        return is_local(self._host)

    @property
    def _address(self) -> str | None:
        """What stands for where it comes from; None when that cannot be told."""
        with suppress(ValueError):
            return network(self._host) if self._host is not None else None
        return None

    @property
    def is_greeting(self) -> bool:
        """Whether a part has come of what may say that somebody comes back."""
        begun = self._buffer
        return begun[:1] == b"{" if self._is_program else hello.is_part(begun)

    def charge(self, lines: int, why: str) -> None:
        """Let the next line wait as if so many had come before it."""
        self._charged, self._costly = lines, why

    @property
    def is_delivered(self) -> bool:
        """Whether the peer has acknowledged all that was written, as far as can be told."""
        return self._writer.is_delivered

    def give_up_after(self, seconds: int) -> None:
        """Take the connection for lost when nothing was received for so long, or a quarter more."""
        if self._look_out is not None:
            self._look_out.cancel()
        self._has_spoken = True
        self._look(seconds, 0)

    def close(self) -> None:
        """Close once everything is delivered."""
        self._writer.close()

    def abort(self) -> None:
        """Close at once."""
        self.transport.abortConnection()

    def fail(self, error: Exception) -> None:
        """Give up a connection that cannot be written to because of a mistake of ours."""
        log_mistake(error)
        self.abort()

    def _drained(self) -> None:
        if self._session is not None:
            self._session.chat.delivery.drained(self._session)


class ChatFactory(ServerFactory):
    """Makes a protocol for each connection; with its chat, it is the whole server.

    throttle: how fast each connection may send.
    """

    protocol = ChatProtocol  # type: ignore[assignment]  # zope's stubs want a function

    def __init__(self, chat: Chat, throttle: Throttle = DEFAULT_THROTTLE) -> None:
        command.commands()  # imported now, or the first who types anything would wait for it
        self.chat = chat
        self.throttle = throttle
        self.refused = 0  # connections that may yet say that they are programs

    @property
    def users(self) -> Users:
        """Who is here, by name."""
        return self.chat.users


def _run(session: Session, line: bytes) -> None:
    command.run(session, typed(line))
