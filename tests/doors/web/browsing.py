"""People with browsers and WebSockets, on a whole server in memory."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, cast

from twisted.internet.address import IPv4Address, UNIXAddress
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Request,
    TextMessage,
)

from chatsvc.chat.people.user import Session
from chatsvc.doors.irc.door import IrcFactory
from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.forwarded import TrustedProxies
from chatsvc.doors.web.site import root
from tests.harness import AWHILE, ChatTestCase, Transport

HOST = "chat.example:5000"


class Response(NamedTuple):
    """A response, with its headers by their names in lower case."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def error(self) -> str:
        """The error's text."""
        text: str = json.loads(self.body)["error"]["text"]
        return text

    @property
    def code(self) -> str:
        """The error's code."""
        code: str = json.loads(self.body)["error"]["code"]
        return code

    @property
    def cookie(self) -> str:
        """The cookie that it sets."""
        return self.headers["set-cookie"].partition(";")[0]


class Browser:
    """One connection to the web door."""

    def __init__(self, door: WebFactory, clock: Any, host: str | None) -> None:
        address = UNIXAddress(b"") if host is None else IPv4Address("TCP", host, 40000)
        self.clock = clock
        self.transport = Transport(peerAddress=address)
        self.transport.protocol = door.buildProtocol(address)
        self.transport.protocol.makeConnection(self.transport)

    def sends(self, data: bytes) -> None:
        """[A segment arrives.]"""
        self.transport.protocol.dataReceived(data)

    def asks(self, method: str, path: str, body: str = "", **headers: str) -> Response:
        """The response to a request; in the names of headers, _ stands for -."""
        self.sends(request(method, path, body, **headers))
        return self.hears()

    def hears(self) -> Response:
        """The one response that has come."""
        [response] = self.hears_all()
        return response

    def hears_all(self) -> list[Response]:
        """All responses that have come."""
        self.clock.pump([0, AWHILE])
        data = self.transport.value()
        self.transport.clear()
        found = []
        while data:
            head, _, data = data.partition(b"\r\n\r\n")
            status, *lines = head.decode().split("\r\n")
            headers = dict(_header(line) for line in lines)
            size = int(headers.get("content-length", 0))
            found.append(Response(int(status.split()[1]), headers, data[:size].decode()))
            data = data[size:]
        return found

    def stalls(self) -> None:
        """[The transport's buffer is full.]"""
        cast("Any", self.transport.producer).pauseProducing()

    def reads(self) -> None:
        """[It is empty.]"""
        cast("Any", self.transport.producer).resumeProducing()

    def is_closed(self) -> bool:
        """Whether the server has closed the connection."""
        return self.transport.disconnecting or self.transport.disconnected


class WebSocket(Browser):
    """One WebSocket, at the client's end of which is wsproto.

    code: of the close frame that came; None before.
    """

    code: int | None = None

    def opens(self, subprotocol: str = "chatsvc.1", **headers: str) -> None:
        """Shake hands."""
        self._wire = WSConnection(ConnectionType.CLIENT)
        more = [(name.replace("_", "-").encode(), each.encode()) for name, each in headers.items()]
        asked = Request(HOST, "/ws", subprotocols=[subprotocol], extra_headers=more)
        self.sends(self._wire.send(asked))
        self._wire.receive_data(self.transport.value())
        self.transport.clear()
        accepted = next(self._wire.events())
        assert isinstance(accepted, AcceptConnection), accepted
        assert accepted.subprotocol == subprotocol

    def says(self, *messages: str | bytes) -> None:
        """Send messages, all at once."""
        data = b""
        for message in messages:
            event: Any = TextMessage if isinstance(message, str) else BytesMessage
            data += self._wire.send(event(data=message))
        self.sends(data)

    def tells(self, event: Event) -> None:
        """Send any other frame."""
        self.sends(self._wire.send(event))

    def hears_frames(self) -> list[Event]:
        """What came since the last time."""
        self.clock.pump([0, AWHILE])
        data = self.transport.value()
        self.transport.clear()
        if data and self._wire.state is not ConnectionState.CLOSED:
            self._wire.receive_data(data)
        events = list(self._wire.events())
        for event in events:
            if isinstance(event, CloseConnection):
                self.code = int(event.code)
        return events

    def messages(self) -> list[Any]:
        """The messages that came since the last time."""
        events = self.hears_frames()
        return [each.data for each in events if isinstance(each, TextMessage | BytesMessage)]

    def objects(self) -> list[dict[str, Any]]:
        """The same, as objects of JSON."""
        return [json.loads(each) for each in self.messages()]

    def requests(self, do: str, **fields: object) -> list[dict[str, Any]]:
        """What comes of a request, and nothing of what was before."""
        self.messages()
        self.says(json.dumps({"do": do, **fields}))
        return self.objects()

    @property
    def session(self) -> Session:
        session = self.transport.protocol.visit.session
        assert isinstance(session, Session)
        return session


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.lower(), value


def request(method: str, path: str, body: str = "", **headers: str) -> bytes:
    """A request, with a Host and the length of its body unless given."""
    sent = {"Host": HOST}
    if body:
        sent["Content-Length"] = str(len(body.encode()))
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    return "\r\n".join([*lines, "", body]).encode()


class WebTestCase(ChatTestCase):
    """Ann, Bob and Cat are at the line door; who comes by the web is asked in by `connected`."""

    proxies: tuple[str, ...] = ()

    def start(self, **options: Any) -> Any:
        people = super().start(**options)
        entrance = self.server.factory.entrance
        irc = IrcFactory(entrance, "chatsvc", True)
        self.door = WebFactory(entrance, root(entrance, irc), TrustedProxies(self.proxies))
        return people

    def browser(self, host: str | None = "10.0.0.9") -> Browser:
        return Browser(self.door, self.server.clock, host)

    def connected(self, host: str | None = "10.0.0.9", **headers: str) -> WebSocket:
        """Somebody with a WebSocket, who has heard nothing yet."""
        dan = WebSocket(self.door, self.server.clock, host)
        dan.opens(**headers)
        return dan

    def joined(self, host: str = "10.0.0.9", **headers: str) -> WebSocket:
        """The same, who has joined, and has heard what there was."""
        dan = self.connected(host, **headers)
        dan.says('{"do": "ping"}')
        dan.messages()
        self.hush()
        return dan
