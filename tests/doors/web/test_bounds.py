"""The web door's bounds: what a connection may take, and for how long."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from chatsvc.chat.accounts import allowance
from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.chat.presence.sessions import FEW_BESIDE
from chatsvc.doors.web.channel import (
    ASK_WITHIN,
    HEAD,
    IDLE_FOR,
    MOST_ASKING,
    MOST_BODY,
    MOST_CLOSING,
    MOST_IDLE,
    MOST_PARTS,
    MOST_UNREAD,
    PART,
    READ_WITHIN,
    WebChannel,
)
from chatsvc.doors.web.programs.reading import streams
from chatsvc.doors.web.request import MOST_PARAMETERS, WebRequest
from chatsvc.throttle import Throttle
from tests.doors.web.browsing import Browser, WebTestCase, request

GET = request("GET", "/")


class PipelineTests(WebTestCase):
    def test_requests_that_come_faster_than_they_are_answered(self) -> None:
        """However many are answered, no more wait than fit into two reads or so."""
        self.ann, self.bob, self.cat = self.start(throttle=Throttle(10, 0.5))
        browser = self.browser()
        asked = request("POST", "/hook/unknown", "x" * 2000) * 6
        channel = browser.transport.protocol
        most = 0
        for _ in range(60):
            while browser.transport.producerState == "producing":
                browser.sends(asked)
            most = max(most, len(channel._buffer) + sum(map(len, channel._dataBuffer)))
            browser.hears_all()
        self.assertLess(most, 4 * len(asked))


class SizeTests(WebTestCase):
    def refused(self, status: int, data: bytes) -> None:
        browser = self.browser()
        for at in range(0, len(data), 4096):
            if not browser.is_closed():
                browser.sends(data[at : at + 4096])
        self.assertEqual(browser.hears().status, status)
        self.assertTrue(browser.is_closed())

    def test_many_parameters(self) -> None:
        for separator in "&;":
            few = self.browser().asks("GET", "/?" + separator.join("a" * MOST_PARAMETERS))
            many = self.browser().asks("GET", "/?" + separator.join("a" * (MOST_PARAMETERS + 2)))
            self.assertEqual((few.status, many.status), (200, 400))

    def test_long_lines_and_many_headers(self) -> None:
        self.refused(431, request("GET", "/" + "x" * WebChannel.MAX_LENGTH))
        self.refused(431, b"GET /" + b"x" * WebChannel.MAX_LENGTH)
        self.refused(431, request("GET", "/", X="y" * WebChannel.MAX_LENGTH))
        self.refused(400, request("GET", "/", **{f"X{number}": "y" * 4000 for number in range(5)}))
        self.refused(400, request("GET", "/", **{f"X{number}": "y" for number in range(101)}))
        headers = {f"X{number}": "y" for number in range(90)}
        self.assertEqual(self.browser().asks("GET", "/", **headers).status, 200)

    def test_the_longest_body(self) -> None:
        longest = "x" * MOST_BODY
        self.assertEqual(self.browser().asks("POST", "/sign-in", longest).status, 403)
        chunked = request("POST", "/sign-in", Transfer_Encoding="chunked")
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (MOST_BODY, longest.encode())
        browser = self.browser()
        browser.sends(chunked + body)
        self.assertEqual(browser.hears().status, 403)

    def test_a_body_that_is_too_long(self) -> None:
        for length in (str(MOST_BODY + 1), "9" * 20, "9" * 5000):
            self.refused(413, request("POST", "/sign-in", Content_Length=length))
        chunked = request("POST", "/sign-in", Transfer_Encoding="chunked")
        self.refused(413, chunked + b"%x\r\n%s" % (2 * MOST_BODY, b"x" * 2 * MOST_BODY))

    def test_a_body_in_too_many_parts(self) -> None:
        chunked = request("POST", "/sign-in", Transfer_Encoding="chunked")
        for size in (1, PART // 2):
            part = b"%x\r\n%s\r\n" % (size, b"x" * size)
            self.refused(413, chunked + part * 2 * (MOST_PARTS + 1))
        part = b"%x\r\n%s\r\n" % (PART, b"x" * PART)
        browser = self.browser()
        browser.sends(chunked + part * 2 * MOST_PARTS + b"0\r\n\r\n")
        self.assertEqual(browser.hears().status, 403)

    def test_of_a_body_that_is_refused_the_rest_is_not_looked_at(self) -> None:
        parts = []
        take = WebRequest.handleContentChunk

        def note(asked: WebRequest, data: bytes) -> None:
            parts.append(data)
            take(asked, data)

        chunked = request("POST", "/sign-in", Transfer_Encoding="chunked")
        with patch.object(WebRequest, "handleContentChunk", note):
            self.browser().sends(chunked + b"1\r\nx\r\n" * 3000)
        self.assertEqual(len(parts), MOST_PARTS + 1)

    def test_nobody_is_asked_for_a_body_that_is_too_long(self) -> None:
        headers = {"Expect": "100-continue", "Content_Length": str(MOST_BODY + 1)}
        self.refused(413, request("POST", "/sign-in", **headers))
        browser = self.browser()
        browser.sends(request("POST", "/sign-in", Expect="100-continue", Content_Length="2"))
        self.assertEqual(browser.transport.value(), b"HTTP/1.1 100 Continue\r\n\r\n")


class TimeTests(WebTestCase):
    def waits(self, seconds: float) -> None:
        self.server.clock.advance(seconds)
        self.server.clock.advance(0)

    def ends(self, browser: Browser) -> None:
        browser.transport.protocol.connectionLost(Failure(ConnectionLost()))
        states = self.door.connections
        self.assertEqual(
            [len(each) for each in (states.asking, states.idle, states.closing)], [0] * 3
        )

    def test_a_request_that_comes_slowly(self) -> None:
        for data in (GET[:-1], request("POST", "/", "x" * 100)[:-1]):
            browser = self.browser()
            for byte in data[: int(ASK_WITHIN)]:
                browser.sends(bytes([byte]))
                self.assertFalse(browser.is_closed())
                self.waits(1)
            self.assertEqual(browser.hears().status, 408)
            self.assertTrue(browser.is_closed())
            self.ends(browser)

    def test_no_request_at_all(self) -> None:
        browser = self.browser()
        self.waits(ASK_WITHIN)
        self.assertEqual(browser.transport.value(), b"")
        self.assertTrue(browser.is_closed())
        self.ends(browser)

    def test_between_requests(self) -> None:
        browser = self.browser()
        for _ in range(3):
            self.assertEqual(browser.asks("GET", "/").status, 200)
            self.waits(IDLE_FOR - 1)
            self.assertFalse(browser.is_closed())
        self.waits(1)
        self.assertTrue(browser.is_closed())
        self.ends(browser)

    def test_who_does_not_read_the_last_answer_is_cut_off(self) -> None:
        for data in (request("GET", "/", Connection="close"), b"rubbish\r\n\r\n"):
            browser = self.browser()
            browser.sends(data)
            self.waits(CLOSE_WITHIN - 1)
            self.assertFalse(browser.transport.disconnected)
            self.waits(1)
            self.assertTrue(browser.transport.disconnected)
            self.ends(browser)

    def test_who_does_not_read_an_answer_gets_no_other(self) -> None:
        browser = self.browser()
        browser.stalls()
        browser.sends(GET + GET)
        self.assertEqual(browser.transport.value().count(b" 200 OK"), 1)
        self.waits(READ_WITHIN - 1)
        self.assertFalse(browser.transport.disconnected)
        browser.reads()
        self.assertEqual(browser.transport.value().count(b" 200 OK"), 2)
        browser.stalls()
        browser.sends(GET)
        self.waits(READ_WITHIN)
        self.assertTrue(browser.transport.disconnected)
        self.ends(browser)

    def test_many_that_do_not_read(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        browsers = [self.browser() for _ in range(MOST_UNREAD + 1)]
        for browser in browsers:
            browser.stalls()
            browser.sends(GET)
        cut_off = [browser.transport.disconnected for browser in browsers[:2]]
        self.assertEqual(cut_off, [True, False])
        self.assertEqual(len(self.door.connections.unread), MOST_UNREAD)

    def test_many_that_are_being_closed(self) -> None:
        browsers = []
        for _ in range(MOST_CLOSING + 1):
            browsers.append(self.browser())
            browsers[-1].transport.protocol.readConnectionLost()
        cut_off = [browser.transport.disconnected for browser in browsers[:2]]
        self.assertEqual(cut_off, [True, False])
        self.assertEqual(len(self.door.connections.closing), MOST_CLOSING)

    def half_open(self) -> Browser:
        """One whose request has come up to its body."""
        browser = self.browser()
        browser.sends(request("POST", "/sign-in", "x" * 100)[:-1])
        return browser

    def test_many_half_open_connections(self) -> None:
        first = self.half_open()
        others = [self.half_open() for _ in range(MOST_ASKING)]
        self.assertTrue(first.transport.disconnected)
        self.assertEqual(len(self.door.connections.asking), MOST_ASKING)
        others[0].sends(b"x")
        self.assertEqual(others[0].hears().status, 403)

    def test_of_a_head_that_does_not_end_only_a_little_is_kept_as_it_is(self) -> None:
        states = self.door.connections
        for number, begun in enumerate(
            [GET[:-2] + b"X: " + b"x" * HEAD, b"GET /" + b"x" * HEAD, b"x" * (HEAD + 1)], 1
        ):
            browser = self.browser()
            browser.sends(begun[:HEAD])
            self.assertEqual((len(states.beginning), len(states.asking)), (1, number - 1))
            browser.sends(begun[HEAD:])
            self.assertEqual((len(states.beginning), len(states.asking)), (0, number))

    def test_a_head_that_comes_a_byte_at_a_time(self) -> None:
        browser = self.browser()
        for byte in GET:
            self.assertEqual(browser.transport.value(), b"")
            browser.sends(bytes([byte]))
        self.assertEqual(browser.hears().status, 200)

    def test_what_is_no_request_is_refused_at_once(self) -> None:
        for begun in (b"hello\r\n", b"SSH-2.0-x\r\n", GET[:-2] + b"no header\r\n\r\n"):
            browser = self.browser()
            browser.sends(begun)
            self.assertEqual(browser.hears().status, 400)

    def test_many_idle_connections(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        browsers = [self.browser() for _ in range(MOST_IDLE + 1)]
        for browser in browsers:
            browser.sends(GET)
        self.assertEqual([browser.is_closed() for browser in browsers[:2]], [True, False])
        self.assertEqual(len(self.door.connections.idle), MOST_IDLE)

    def test_half_closed_connections(self) -> None:
        for data, statuses in [(GET, [200]), (b"", []), (GET[:-4] + b"\r\n\r\n" + GET, [200, 200])]:
            browser = self.browser()
            if data:
                browser.sends(data)
            browser.transport.protocol.readConnectionLost()
            self.assertEqual([answer.status for answer in browser.hears_all()], statuses)
            self.assertTrue(browser.is_closed())

    def test_a_half_closed_connection_with_half_a_request_is_not_kept(self) -> None:
        states = self.door.connections
        for begun in (b"GE", GET[:-1], request("POST", "/sign-in", "x" * 100)[:-1]):
            browser = self.browser()
            browser.sends(begun)
            browser.transport.protocol.readConnectionLost()
            self.assertEqual(browser.hears().status, 400)
            self.assertEqual((len(states.beginning), len(states.asking), len(states)), (0, 0, 0))


class SpaceTests(WebTestCase):
    """Connections of the door take the places of people, as each takes a file descriptor."""

    MOST = 30  # people; three are there

    def start(self, **options: Any) -> Any:
        return super().start(**{"users": self.MOST, "throttle": Throttle.off(), **options})

    def filled(self) -> list[Browser]:
        """As many as there may be: the first idle, one with half a request, the others silent."""
        first, second = self.browser(), self.browser()
        first.asks("GET", "/")
        second.sends(GET[:-1])
        space = self.MOST - 3 + FEW_BESIDE
        found = [first, second, *[self.browser() for _ in range(space - 2)]]
        self.assertEqual(len(self.door.connections), space)
        self.assertFalse(any(browser.is_closed() for browser in found))
        return found

    def comes(self) -> str:
        """What somebody with netcat hears first."""
        return self.server.joined_by("10.0.0.8").hears()[0]

    def cut_off(self, browser: Browser) -> None:
        """[The reactor tells of the end of a connection that was cut off.]"""
        self.assertTrue(browser.transport.disconnected)
        browser.transport.protocol.connectionLost(Failure(ConnectionLost()))

    def test_one_more_takes_the_place_of_one_that_waits(self) -> None:
        first, second, third, *_ = self.filled()
        self.assertEqual(self.browser().asks("GET", "/").status, 200)
        self.cut_off(first)  # it was idle, while the others have yet to ask
        self.assertFalse(second.is_closed())
        self.assertFalse(third.is_closed())

    def test_a_person_takes_the_place_of_one_that_waits(self) -> None:
        first, second, *_ = self.filled()
        self.assertIn("Welcome", self.comes())
        self.cut_off(first)
        self.assertIn("Welcome", self.comes())
        self.cut_off(second)

    def test_no_more_than_there_may_be_are_answered_at_once(self) -> None:
        self.patch(streams, "MOST_OF_ADDRESS", self.MOST + FEW_BESIDE)
        self.patch(allowance, "ONE_IN", 1)
        for _ in range(self.MOST - 3 + FEW_BESIDE):
            browser = self.browser()
            browser.sends(request("GET", "/rooms/lobby/events"))
        refused = self.browser()
        self.assertEqual(refused.hears().status, 503)
        self.assertTrue(refused.is_closed())
        self.assertEqual(len(self.door.connections), 0)  # they are streams by now
        self.assertIn("The server is full.", self.comes())
        browser.transport.protocol.connectionLost(Failure(ConnectionLost()))
        self.assertEqual(self.browser().asks("GET", "/").status, 200)


class PaceTests(WebTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(**{"throttle": Throttle(burst=1, rate=1.0), **options})

    def test_the_requests_of_an_address_wait_for_their_turn(self) -> None:
        browsers = [self.browser() for _ in range(15)]
        for browser in browsers:
            browser.sends(GET)
        self.server.clock.advance(0)
        answered = sum(b" 200 OK" in browser.transport.value() for browser in browsers)
        self.assertEqual(answered, 10)
        self.assertEqual(self.browser("10.0.0.8").asks("GET", "/").status, 200)
        self.server.clock.pump([0.1] * 20)
        self.assertTrue(all(b" 200 OK" in browser.transport.value() for browser in browsers))

    def test_one_that_goes_while_it_waits(self) -> None:
        browsers = [self.browser() for _ in range(12)]
        for browser in browsers:
            browser.sends(GET)
        browsers[-2].transport.protocol.connectionLost(Failure(ConnectionLost()))
        self.server.clock.pump([0.1] * 20)
        self.assertEqual(browsers[-2].transport.value(), b"")
        self.assertIn(b" 200 OK", browsers[-1].transport.value())

    def test_one_that_waits_for_too_long(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle(burst=1, rate=0.001))
        browsers = [self.browser() for _ in range(11)]
        for browser in browsers:
            browser.sends(GET)
        self.server.clock.pump([ASK_WITHIN, 0])
        self.assertIn(b" 408 ", browsers[-1].transport.value())

    def test_one_that_waits_where_too_many_ask(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle(burst=1, rate=0.001))
        browsers = [self.browser() for _ in range(11)]
        for browser in browsers:
            browser.sends(GET)
        others = [self.browser() for _ in range(MOST_ASKING)]
        for other in others:
            other.sends(request("POST", "/sign-in", "x" * 100)[:-1])
        self.assertIn(b" 408 ", browsers[-1].transport.value())
        self.assertFalse(others[0].is_closed())

    def test_the_number_of_websockets_of_an_address(self) -> None:
        self.ann, self.bob, self.cat = self.start(per_address=1, throttle=Throttle.off())
        self.joined()
        self.assertEqual(self.connected().objects()[0]["error"]["code"], "crowded")
        self.assertEqual(self.connected("10.0.0.8").objects()[0]["event"], "welcome")
