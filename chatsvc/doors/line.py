"""The line door: lines of UTF-8 in both directions, for netcat, telnet and chatsvc's client."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import ServerFactory

from chatsvc.dialects import hello, json_lines, text
from chatsvc.door.entrance import DEFAULT_THROTTLE, Entrance
from chatsvc.doors import telnet
from chatsvc.doors.channel import LineChannel
from chatsvc.doors.front import protocols
from chatsvc.text.safe import decode, shows, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session
    from chatsvc.chat.people.users import Users
    from chatsvc.throttle import Throttle

_CR = ord("\r")  # a number, as telnet.IAC is
NEGOTIATED = 512  # bytes of telnet's negotiations that count as a line


class ChatProtocol(LineChannel):
    """One connection of the line door."""

    factory: ChatFactory
    _is_program = False  # it has asked for JSON
    _first: bytes | None = b""  # the first bytes, while they may be those of another protocol
    _after_cr = False  # the last byte was a CR, which ended a line
    _negotiation = b""  # the start of an incomplete telnet negotiation

    def connectionMade(self) -> None:
        """Begin the visit."""
        self.begin(self.factory.entrance, text)

    def opened(self) -> None:
        """Let the visit arrive."""
        self.visit.arrive()

    def dataReceived(self, data: bytes) -> None:
        """Take lines from the data; if it is empty, from the data that is left over."""
        visit = self.visit
        visit.note_received(len(data))
        session = visit.session
        if session is None:
            if visit.refusal is not None:
                super().dataReceived(data)
            return
        if session.ends_at is not None:
            return
        if self._first is not None:
            visit.take = self._take
            if self._is_other(session, data):
                return
        if self._negotiation or telnet.IAC in data:
            data = self._negotiation + data
            wants_mark = telnet.DO_TIMING_MARK in data and not self._is_program
            if wants_mark and not session.is_lagging:
                self._writer.write(telnet.WONT_TIMING_MARK)
            size = len(data)
            data, self._negotiation = telnet.strip(data)
            visit.count_extra((size - len(data)) / NEGOTIATED)
        if self._after_cr or _CR in data:
            data, self._after_cr = telnet.end_lines(data, self._after_cr)
        super().dataReceived(data)
        visit.end_turn()

    def _is_other(self, session: Session, data: bytes) -> bool:
        """Whether another protocol is spoken, which is refused or handed over to its own door."""
        assert self._first is not None
        self._first += data[: protocols.LONGEST]
        other = protocols.spoken(self._first)
        if other is not None:
            door = self.factory.other_doors.get(other)
            if door is not None and self.leave_to(door, self._buffer + data):
                return True
            # Otherwise everyone would read its lines, secrets among them.
            session.tell(protocols.not_spoken(other))
            self.visit.failed("not spoken", other)
            self.visit.lose(f"spoke {other}")
            return True
        if len(self._first) > protocols.LONGEST:
            self._first = None
        return False

    def lines_received(self, lines: list[bytes]) -> int:
        """Pass lines on to the visit."""
        if self.visit.session is not None:
            return self.visit.hear_all(lines)
        return super().lines_received(lines)

    def lineReceived(self, line: bytes) -> None:
        """Pass a line on to the visit."""
        visit = self.visit
        if visit.session is not None:
            visit.hear(line)
        elif visit.refusal is not None:
            self._take_refused(line.removesuffix(b"\r"))

    def _take(self, chat: Chat, session: Session, line: bytes) -> None:
        """Run a typed line; the first one may ask for JSON."""
        if hello.is_begun(line):
            self._begin_json()
            json_lines.begin(chat, session, decode(line))
            self.visit.tell_pace()
            self._first = None
            self.visit.take = self._take_first
            return
        if shows(typed(line)):
            chat.announcements.arrive(session)
            self._first = None
            self.visit.speak(text)
        text.run(chat, session, line)

    def _take_first(self, chat: Chat, session: Session, line: bytes) -> None:
        """Run a program's first request, which may ask to resume."""
        self.visit.speak(json_lines)
        request = hello.resumption(line)
        if request is not None:
            self._come_back(request)
        else:
            chat.announcements.arrive(session)
            json_lines.run(chat, session, line)

    def _take_refused(self, line: bytes) -> None:
        """Let a refused connection resume, in place of its own earlier one."""
        visit = self.visit
        may_come_back = visit.may_come_back
        request = hello.resumption(line) if self._is_program and may_come_back else None
        if request is not None:
            self._come_back(request)
        elif not self._is_program and hello.is_begun(line):
            self._begin_json()
            if not may_come_back:
                visit.send_away()
        else:
            visit.send_away()

    def _begin_json(self) -> None:
        self._is_program = True
        self.visit.speak(json_lines)

    def _come_back(self, request: hello.Resumption) -> None:
        self.visit.come_back(request, partial(json_lines.agree, request=request))

    @property
    def kind(self) -> str:
        """What is spoken: text, or JSON."""
        return "JSON" if self._is_program else "text"

    @property
    def is_greeting(self) -> bool:
        """Whether it may be about to ask to resume, or a proxy's own."""
        begun = self._buffer
        is_part = begun[:1] == b"{" if self._is_program else hello.is_part(begun)
        return is_part or super().is_greeting


class ChatFactory(ServerFactory):
    """Makes a protocol for each connection; with its chat, it is the whole server.

    entrance: the state that all doors share.
    other_doors: makes the protocols of other doors at the same port, by the name in `spoken` of
        what they speak.
    """

    protocol = ChatProtocol  # type: ignore[assignment]  # zope's stubs want a function

    def __init__(self, chat: Chat, throttle: Throttle = DEFAULT_THROTTLE) -> None:
        self.entrance = Entrance(chat, throttle)
        self.other_doors: Mapping[str, Callable[[], Any]] = {}

    @property
    def chat(self) -> Chat:
        """The chat."""
        return self.entrance.chat

    @property
    def users(self) -> Users:
        """The user map."""
        return self.chat.users
