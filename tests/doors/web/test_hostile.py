"""Whoever sends whatever to the web door: nothing fails, and the others notice nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from chatsvc.throttle import Throttle
from tests.doors.web.browsing import WebTestCase, request
from tests.patience import much

FEW = settings(max_examples=much(60, 2000), deadline=None)
BITS = st.sampled_from([
    b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b";", b"\0", b"\xff", b"%", b"%00", b"HTTP/1.1",
    b"HTTP/1.0", b"GET", b"POST", b"/ws", b"Host: x\r\n", b"Content-Length: 5\r\n", b"0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n",
    b"Upgrade: websocket\r\n", b"Cookie: chatsvc=x\r\n", b"Origin: null\r\n", b"Forwarded: x\r\n",
    b"X-Forwarded-For: 10.0.0.1\r\n", b"Accept: text/html\r\n", b"Sec-WebSocket-Version: 13\r\n",
])  # fmt: skip
REQUESTS = st.sampled_from([
    request("GET", "/"),
    request("GET", "/ws", Upgrade="websocket", Connection="Upgrade", Sec_WebSocket_Key="x"),
    request("POST", "/sign-in", '{"name": "ann", "password": "x"}'),
    request("POST", "/sign-in", Transfer_Encoding="chunked") + b"2\r\n{}\r\n0\r\n\r\n",
    request("GET", "/archive/lobby?before=1", Cookie="chatsvc=x; y"),
    request("GET", "/rooms/lobby/history?x=%ff", Authorization="Bearer x"),
    request("HEAD", "/healthz", Host="localhost"),
])  # fmt: skip
FRAMES = st.one_of(
    st.builds(TextMessage, st.text(max_size=50), message_finished=st.booleans()),
    st.builds(BytesMessage, st.binary(max_size=50), message_finished=st.booleans()),
    st.builds(Ping, st.binary(max_size=125)),
    st.builds(Pong, st.binary(max_size=125)),
    st.builds(CloseConnection, st.sampled_from([1000, 1001, 4000])),
)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """Requests, with something put in or left out."""
    data = b"".join(draw(st.lists(REQUESTS, min_size=1, max_size=3)))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.integers(0, 6))
        data = data[:start] + draw(st.one_of(BITS, st.binary(max_size=4))) + data[end:]
    return data


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Frames with any masks, of which some bytes may be wrong."""
    wire = b""
    for event in draw(st.lists(FRAMES, max_size=6)):
        payload = getattr(event, "data", getattr(event, "payload", b"\x03\xe8"))
        payload = payload.encode() if isinstance(payload, str) else payload
        opcode = {TextMessage: 1, BytesMessage: 2, Ping: 9, Pong: 10}.get(type(event), 8)
        last = 0x80 if getattr(event, "message_finished", True) else 0
        mask = draw(st.binary(min_size=4, max_size=4))
        masked = bytes([byte ^ mask[at % 4] for at, byte in enumerate(payload)])
        size = (
            bytes([0x80 | len(payload)])
            if len(payload) < 126
            else b"\xfe\0" + bytes([len(payload)])
        )
        wire += bytes([last | opcode]) + size + mask + masked
    if wire and draw(st.booleans()):
        at = draw(st.integers(0, len(wire) - 1))
        wire = wire[:at] + draw(st.binary(max_size=3)) + wire[at + 1 :]
    return wire


@pytest.mark.long
class HostileTests(WebTestCase):
    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())

    def tries(self, data: bytes, cuts: list[int], has_websocket: bool) -> None:
        logged = self.logged()
        browser = self.joined() if has_websocket else self.browser()
        ends = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
        for start, end in pairwise(ends):
            if not browser.is_closed():
                browser.sends(data[start:end])
                self.server.clock.pump([0, 0, 0.05, 0])
        browser.transport.protocol.connectionLost()
        self.assertEqual(logged, [])
        self.hush()
        self.assertEqual(self.ann.asks("hi"), ["client1: hi"])
        self.assertEqual(len(self.server.chat.sessions), 3)
        connections = self.door.connections
        self.assertEqual((len(connections.asking), connections.body_bytes), (0, 0))

    @FEW
    @given(data=spoilt(), cuts=st.lists(st.integers(0, 500), max_size=5))
    def test_requests(self, data: bytes, cuts: list[int]) -> None:
        self.tries(data, cuts, has_websocket=False)

    @FEW
    @given(data=st.one_of(frames(), st.binary()), cuts=st.lists(st.integers(0, 300), max_size=5))
    def test_websockets(self, data: bytes, cuts: list[int]) -> None:
        self.tries(data, cuts, has_websocket=True)
