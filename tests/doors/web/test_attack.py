"""What strangers try at the web door: however much they send, little of it is kept."""

from __future__ import annotations

import gc
import weakref
from typing import Any, cast

from wsproto.events import Ping, TextMessage

from chatsvc.door.contract import LONGEST
from chatsvc.doors.front.door import FrontFactory
from chatsvc.doors.web.channel import MOST_BEGINNING, MOST_BODIES, MOST_BODY, WebChannel
from chatsvc.doors.web.programs.reading.streams import Stream
from chatsvc.doors.writer import READ_BYTES
from chatsvc.throttle import Throttle
from tests.doors.web.browsing import Browser, WebSocket, WebTestCase, request

MESSAGE = 24 * 2**20  # bytes


class AttackTests(WebTestCase):
    def kept(self, dan: WebSocket) -> int:
        """The bytes that are kept of what came by a WebSocket."""
        wire = dan.transport.protocol._wire
        return len(wire._message) + len(wire._connection._proto._frame_decoder.buffer)

    def test_a_large_message_in_small_fragments(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        for size in (1, 100, 4096):
            dan = self.joined()
            dan.tells(TextMessage("", message_finished=False))
            fragment = dan._wire.send(TextMessage("x" * size, message_finished=False))
            data = fragment * (READ_BYTES // len(fragment))
            most = sent = 0
            while sent < MESSAGE and not dan.is_closed():
                if dan.transport.producerState == "producing":
                    dan.sends(data)
                    sent += len(data)
                most = max(most, self.kept(dan))
                self.server.clock.advance(0)
            self.assertLess(sent, LONGEST * len(fragment) / size + 2 * READ_BYTES)
            self.assertLess(most, LONGEST + 2 * READ_BYTES)
            dan.hears_frames()
            self.assertEqual(dan.code, 1009)
            dan.transport.protocol.connectionLost()

    def test_a_flood_of_pings(self) -> None:
        """Pings are taken as slowly as lines, and others do not notice."""
        dan = self.joined()
        flood = dan._wire.send(Ping(b"x" * 125)) * 1000
        dan.sends(flood)
        answered = most = 0
        for _ in range(1000):
            self.server.clock.advance(0)
            most = max(most, self.kept(dan))
            answered += dan.transport.value().count(b"\x8a")
            dan.transport.clear()
        self.assertLess(answered, 50 * 64)
        self.assertLessEqual(most, len(flood))
        self.assertEqual(dan.transport.producerState, "producing")
        dan.sends(flood * 3)
        for _ in range(1000):
            self.server.clock.advance(0)
        self.assertEqual(dan.transport.producerState, "paused")
        self.assertIn("client1: hi", self.ann.asks("hi"))

    def test_many_half_open_handshakes(self) -> None:
        line = self.server.factory
        front: Any = FrontFactory(line.entrance, line, web=cast("Any", self.door))
        alive: weakref.WeakSet[WebChannel] = weakref.WeakSet()
        browsers: list[Browser] = []
        start = request("GET", "/ws", Upgrade="websocket")[:-1]
        for number in range(MOST_BEGINNING + 100):
            browser = Browser(front, self.server.clock, f"10.1.{number // 250}.{number % 250}")
            browser.sends(start)
            alive.add(browser.transport.protocol)
            browsers.append(browser)
        self.assertEqual(len(self.door.connections.beginning), MOST_BEGINNING)
        closed = [browser for browser in browsers if browser.is_closed()]
        self.assertEqual(len(closed), 100)
        browsers = [browser for browser in browsers if not browser.is_closed()]
        for browser in closed:
            browser.transport.protocol.connectionLost()
        del closed, browser
        gc.collect()
        self.assertEqual(len(alive), MOST_BEGINNING)
        self.assertFalse(any(browser.transport.protocol.requests for browser in browsers))
        self.assertEqual(self.browser().asks("GET", "/").status, 200)
        self.assertIn("client1: hi", self.ann.asks("hi"))

    def test_many_bodies(self) -> None:
        """All together take no more than a bound; and those that have ended count no more."""
        browsers = [self.browser() for _ in range(MOST_BODIES // MOST_BODY + 1)]
        body = "x" * MOST_BODY
        for browser in browsers:
            browser.sends(request("POST", "/sign-in", body)[:-1])
        self.assertEqual(browsers[-1].hears().status, 503)
        self.assertLessEqual(self.door.connections.body_bytes, MOST_BODIES)
        browsers[0].sends(b"x")
        self.assertEqual(browsers[0].hears().status, 403)
        self.assertEqual(self.browser().asks("POST", "/sign-in", body).status, 403)
        for browser in browsers[1:]:
            browser.transport.protocol.connectionLost()
        self.assertEqual(self.door.connections.body_bytes, 0)

    def test_half_bodies_leave_nothing_for_a_search_for_garbage(self) -> None:
        """Searches among the old are rare; thousands of connections would wait for one."""
        alive: weakref.WeakSet[WebChannel] = weakref.WeakSet()
        chunked = request("POST", "/sign-in", Transfer_Encoding="chunked")
        gc.disable()
        self.addCleanup(gc.enable)
        for body, is_refused in ((b"3\r\nabc\r\n", False), (b"rubbish\r\n", True)):
            browser = self.browser()
            alive.add(browser.transport.protocol)
            browser.sends(chunked + body)
            self.assertEqual(browser.is_closed(), is_refused)
            browser.transport.protocol.connectionLost()
            # As Twisted's transports do at their end.
            browser.transport.producer = browser.transport.protocol = None
            del browser
            self.assertEqual(len(alive), 0)

    def test_bodies_before_a_stream(self) -> None:
        browser = self.browser()
        browser.sends(request("GET", "/rooms/lobby/events", "x" * MOST_BODY))
        self.assertIsInstance(browser.transport.protocol, Stream)
        self.assertEqual(self.door.connections.body_bytes, 0)

    def test_a_body_before_a_websocket(self) -> None:
        answer = self.browser().asks("GET", "/ws", "x", Upgrade="websocket")
        self.assertEqual(answer.error, "The handshake of a WebSocket has no body.")
        self.assertEqual(self.door.connections.body_bytes, 0)
