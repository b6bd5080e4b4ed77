"""What holds for programs at the line door holds for those with WebSockets."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from wsproto import ConnectionType, WSConnection
from wsproto.events import Request, TextMessage

from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.site import root
from tests.dialects import test_json_errors, test_json_lines, test_json_wording
from tests.doors.resume import test_meanwhile, test_nonces, test_resume, test_tokens
from tests.doors.web.browsing import HOST
from tests.harness import ChatTestCase, Person, Server

BOB = "10.0.0.2"


class SocketPerson(Person):
    """Somebody with a WebSocket, each of whose lines is a message.

    To say "/json" is to begin to listen, as the server speaks JSON at once.
    """

    _listens = False

    def __init__(self, server: Server, address: Any, is_new: bool = True) -> None:
        super().__init__(_AtWeb(server), address, is_new=False)
        self._rest = b""
        self._wire = WSConnection(ConnectionType.CLIENT)
        asked = Request(HOST, "/ws", subprotocols=["chatsvc.1"])
        self.protocol.dataReceived(self._wire.send(asked))
        self._read()
        _, *self._welcome = self._wire.events()
        if is_new and self.protocol.visit.session is not None:
            server.chat.announcements.arrive(self.session)

    def sends(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._read()
        self._listens = self._listens or any(line[:5] == b"/json" for line in lines)
        frames = [
            self._wire.send(TextMessage(line.decode("utf-8", "replace")))
            for line in lines
            if line[:5] != b"/json"
        ]
        self.protocol.dataReceived(b"".join(frames))

    def _read(self) -> None:
        if self.transport.value():
            self._wire.receive_data(self.transport.value())
            self.transport.clear()

    def hears(self) -> list[str]:
        self.clock.pump([0, 0.2])
        self._read()
        if not self._listens:
            return []
        events = list(self._wire.events())
        if any('"resumed"' in str(each) for each in events):
            self._welcome = []  # which at the line door is not told in vain
        welcome, self._welcome = self._welcome, []
        return [each.data for each in [*welcome, *events] if isinstance(each, TextMessage)]


class _AtWeb(Server):
    """The same server, with another door."""

    def __init__(self, server: Server) -> None:
        self.__dict__ |= server.__dict__
        entrance = server.factory.entrance
        self.factory = WebFactory(entrance, root(entrance))  # type: ignore[assignment]  # another door


class WebServer(Server):
    """Bob comes by the web."""

    def joined_by(self, host: str | None, is_new: bool = True) -> Person:
        if host != BOB:
            return super().joined_by(host, is_new)
        return SocketPerson(self, IPv4Address("TCP", host, 40000), is_new)


class WebStart(ChatTestCase):
    """Begins with such a server."""

    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        self.server = WebServer(**options)
        people = [self.server.joined_by(f"10.0.0.{n}") for n in (1, 2, 3)]
        for person in people:
            person.hears()
        return people[0], people[1], people[2]


class AskTests(WebStart, test_json_lines.AskTests):
    pass


class SharedTests(WebStart, test_json_wording.SharedTests):
    pass


class ErrorTests(WebStart, test_json_errors.ErrorTests):
    # These messages end a WebSocket: see test_channel.py.
    test_lines_that_are_no_objects = None  # type: ignore[assignment]  # not a test here
    test_lines_that_are_too_long = None  # type: ignore[assignment]  # likewise


class ResumeTests(WebStart, test_resume.ResumeTests):
    pass


class MeanwhileTests(WebStart, test_meanwhile.MeanwhileTests):
    pass


class NonceTests(WebStart, test_nonces.NonceTests):
    pass


class TokenTests(WebStart, test_tokens.TokenTests):
    pass
