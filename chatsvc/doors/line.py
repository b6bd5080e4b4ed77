"""The line door: lines of UTF-8 in both directions, for netcat, telnet and our own client."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import IHalfCloseableProtocol, IHandshakeListener, INegotiated
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.chat.people.addresses import is_local
from chatsvc.dialects import hello, json_lines, text
from chatsvc.door import DEFAULT_THROTTLE, LONGEST, Entrance, Visit
from chatsvc.doors import protocols, telnet
from chatsvc.doors.writer import Writer
from chatsvc.line_receiver import BoundedLineReceiver
from chatsvc.text.safe import decode, shows, typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.session import Session
    from chatsvc.chat.people.users import Users
    from chatsvc.throttle import Throttle

NEGOTIATED = 512  # bytes of telnet's negotiations that count as a line
HANDSHAKE_WITHIN = 20  # seconds in which TLS is to be established


@implementer(IHalfCloseableProtocol, IHandshakeListener)
class ChatProtocol(BoundedLineReceiver):
    """One connection: its lines are a visit to the chat; it is the visit's channel.

    visit: what becomes of them.
    host: the address from which it comes; None if that is a unix socket.
    """

    delimiter = b"\n"  # as netcat sends; what others send becomes that
    MAX_LENGTH = LONGEST

    factory: ChatFactory
    transport: Any
    visit: Visit
    write: Callable[[bytes], bool]  # the writer's own: one call less for each write
    host: str | None = None
    _writer: Writer
    _is_program = False  # has begun to speak JSON
    _first: bytes | None = b""  # what was received, while it may yet be another protocol
    _after_cr = False  # the last byte was a CR, which ended a line
    _negotiation = b""  # the start of one of telnet's, whose end is still to come

    def connectionMade(self) -> None:
        """Let the newcomer in, over TLS only once that is established."""
        entrance = self.factory.entrance
        self._writer = Writer(self.transport, self._drained, entrance.chat.clock)
        self.write = self._writer.write
        self.visit = Visit(entrance, self, text)
        self.visit.take = self._take
        if INegotiated.providedBy(self.transport):  # it is TLS
            self.visit.cut_off_in(HANDSHAKE_WITHIN)
        else:
            self._opened()

    def handshakeCompleted(self) -> None:
        """TLS is established."""
        if self.visit.stop_waiting():
            self._opened()

    def _opened(self) -> None:
        self.host = getattr(self.transport.getPeer(), "host", None)
        self.visit.arrive()

    def dataReceived(self, data: bytes) -> None:
        """Take lines out of what was received, or of what is left over (no data)."""
        visit = self.visit
        visit.begin_turn()
        session = visit.session
        if session is None:
            if visit.refusal is not None:
                super().dataReceived(data)
            return
        if session.has_left:
            return
        if self._first is not None and self._is_other(session, data):
            return
        if self._negotiation or telnet.IAC in data:
            data = self._negotiation + data
            wants_mark = telnet.DO_TIMING_MARK in data and not self._is_program
            if wants_mark and not session.apart:
                self.write(telnet.WONT_TIMING_MARK)
            size = len(data)
            data, self._negotiation = telnet.strip(data)
            visit.note_beside((size - len(data)) / NEGOTIATED)
        if self._after_cr or b"\r" in data:
            data, self._after_cr = telnet.end_lines(data, self._after_cr)
        super().dataReceived(data)

    def _is_other(self, session: Session, data: bytes) -> bool:
        """See whether another protocol is spoken: that is told, and nothing of it is said."""
        assert self._first is not None
        self._first += data[: protocols.LONGEST]
        other = protocols.spoken(self._first)
        if other is not None:
            # Else what it sends would be said to everyone, and kept; secrets among it.
            session.tell(
                f"This is a chat server. It does not speak {other} here: connect with netcat,"
                " telnet or its own client."
            )
            self.visit.lose(f"spoke {other}")
            return True
        if len(self._first) > protocols.LONGEST:
            self._first = None
        return False

    def rawDataReceived(self, data: bytes) -> None:
        """Skip the rest of a line that is too long, which counts as others would."""
        self.visit.note_beside(len(data.partition(self.delimiter)[0]) / LONGEST)
        super().rawDataReceived(data)

    def longLineReceived(self, line: bytes) -> None:
        """Treat the start of a line that is too long as any line."""
        self.lineReceived(line)

    def lineReceived(self, line: bytes) -> None:
        """Hand a line on."""
        if self.visit.session is None:
            if self.visit.refusal is not None:
                self._take_refused(line.removesuffix(b"\r"))
            return
        self.visit.hear(line)

    def _take(self, chat: Chat, session: Session, line: bytes) -> None:
        """Do what was typed; the first line may say that it is to be done in JSON."""
        if hello.is_begun(line):
            self._begin_json()
            json_lines.begin(chat, session, decode(line))
            self.visit.tell_pace()
            self._first = None
            self.visit.take = self._take_first
            return
        if shows(typed(line)):
            chat.arrive(session)
            self._first = None
            self.visit.speak(text)
        text.run(chat, session, line)

    def _take_first(self, chat: Chat, session: Session, line: bytes) -> None:
        """Do what a program asks for first, which may be to come back."""
        self.visit.speak(json_lines)
        asked = hello.resumption(line)
        if asked is not None:
            self._come_back(asked)
        else:
            chat.arrive(session)
            json_lines.run(chat, session, line)

    def _take_refused(self, line: bytes) -> None:
        """See whether one that is not let in comes back, in place of its own old connection."""
        visit = self.visit
        may_come_back = visit.may_come_back
        asked = hello.resumption(line) if self._is_program and may_come_back else None
        if asked is not None:
            self._come_back(asked)
        elif not self._is_program and hello.is_begun(line):
            self._begin_json()
            if not may_come_back:
                visit.send_away()
        else:
            visit.send_away()

    def _begin_json(self) -> None:
        self._is_program = True
        self.visit.speak(json_lines)

    def _come_back(self, asked: hello.Resumption) -> None:
        self.visit.come_back(asked, partial(json_lines.agree, asked=asked))

    def readConnectionLost(self) -> None:
        """The peer sends no more, but may still read."""
        self.visit.half_closed()

    def writeConnectionLost(self) -> None:
        """Everything is sent, and so is the end of it."""
        self._writer.finish()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is closed, by whichever side."""
        self._writer.stopProducing()
        if self.visit.session is None and not reason.check(ConnectionClosed):
            # OpenSSL's error: it has a tuple for each step, at whose end it says what was wrong.
            [steps, *_] = getattr(reason.value, "args", ()) or [()]
            why = ", ".join(step[-1] for step in steps) if isinstance(steps, list) else ""
            self.host = getattr(self.transport.getPeer(), "host", None)
            self.visit.failed("no TLS", why or "no reason given")
        error = self._writer.error
        self.visit.closed(reason.getErrorMessage() if error is None else str(error))

    # What the visit asks of its channel

    @property
    def is_local(self) -> bool:
        """Whether it comes from this machine."""
        return is_local(self.host)

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody can read what comes over it on the way."""
        return bool(INegotiated.providedBy(self.transport))

    @property
    def is_greeting(self) -> bool:
        """Whether a part has come of what may say that somebody comes back."""
        begun = self._buffer
        return begun[:1] == b"{" if self._is_program else hello.is_part(begun)

    @property
    def is_delivered(self) -> bool:
        """Whether the peer has acknowledged all that was written, as far as can be told."""
        return self._writer.is_delivered

    def pause(self) -> None:
        """Hand over no more lines."""
        self.pauseProducing()

    def go_on(self) -> None:
        """Hand over lines again."""
        self.resumeProducing()

    def forget_input(self) -> None:
        """Drop what was received."""
        self.clearLineBuffer()

    def hung_up(self) -> bool:
        """Whether the peer sends no more, though what it has sent may not have been read yet."""
        return self._writer.hung_up()

    def close(self) -> None:
        """Close once everything is delivered."""
        self._writer.close()

    def abort(self) -> None:
        """Close at once."""
        self.transport.abortConnection()

    def _drained(self) -> None:
        self.visit.drained()


class ChatFactory(ServerFactory):
    """Makes a protocol for each connection; with its chat, it is the whole server.

    entrance: where the connections come in.
    """

    protocol = ChatProtocol  # type: ignore[assignment]  # zope's stubs want a function

    def __init__(self, chat: Chat, throttle: Throttle = DEFAULT_THROTTLE) -> None:
        self.entrance = Entrance(chat, throttle)

    @property
    def chat(self) -> Chat:
        """What people come to."""
        return self.entrance.chat

    @property
    def users(self) -> Users:
        """Who is here, by name."""
        return self.chat.users
