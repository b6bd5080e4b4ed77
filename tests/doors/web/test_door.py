"""The web door's HTTP: requests, their answers, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.web.server import NOT_DONE_YET

from chatsvc.doors.web.refusals import HEADERS
from chatsvc.doors.web.request import WebRequest
from chatsvc.doors.web.resource import Single
from chatsvc.errors import ChatError, NoSuchRoom
from chatsvc.store import StoreError
from tests.doors.web.browsing import Browser, WebTestCase, request
from tests.harness import reported


class AnswerTests(WebTestCase):
    def test_a_page(self) -> None:
        browser = self.browser()
        for path in ("/", "/?a=b"):
            answer = browser.asks("GET", path)
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.body)
        self.assertEqual(browser.asks("HEAD", "/").body, "")
        self.assertFalse(browser.is_closed())

    def test_what_is_not_there(self) -> None:
        browser = self.browser()
        for path in ("/nothing", "/ws/x", "//", "/%00", "http://x/"):
            self.assertEqual(browser.asks("GET", path).status, 404, path)
        answer = browser.asks("GET", "/nothing", Accept="text/html,*/*")
        self.assertEqual(answer.body, "There is nothing here.\n")

    def test_other_methods(self) -> None:
        for method in ("POST", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
            answer = self.browser().asks(method, "/", Content_Length="0")
            self.assertEqual((answer.status, answer.headers["allow"]), (405, "GET, HEAD"))

    def test_every_answer_is_safe_by_default(self) -> None:
        asked = [request("GET", "/healthz"), request("GET", "/nothing"), request("POST", "/")]
        for data in [*asked, b"rubbish\r\n\r\n"]:
            browser = self.browser()
            browser.sends(data)
            headers = browser.hears().headers
            for name, value in HEADERS.items():
                self.assertEqual(headers[name.lower()], value)


class Asked(Single):
    """Answers with whatever a function makes of a request."""

    def __init__(self, answer: Callable[[WebRequest], object]) -> None:
        super().__init__()
        self.answer = answer

    def render_GET(self, request: WebRequest) -> object:
        return self.answer(request)


class ResourceTests(WebTestCase):
    def test_bytes(self) -> None:
        def answer(request: WebRequest) -> bytes:
            self.assertEqual(request.args, {b"a": [b"b", b" "]})
            request.setHeader("Cache-Control", "max-age=60")
            return b"hello"

        self.door.resource.putChild(b"asked", Asked(answer))
        answered = self.browser().asks("GET", "/asked?a=b&a=%20")
        self.assertEqual(
            (answered.body, answered.headers["cache-control"]), ("hello", "max-age=60")
        )

    def later(self, waits: Deferred[bytes]) -> Browser:
        async def answer(request: WebRequest) -> bytes:
            return await waits

        self.door.resource.putChild(b"asked", Asked(answer))
        browser = self.browser()
        browser.sends(request("GET", "/asked") + request("GET", "/"))
        self.assertEqual(browser.transport.value(), b"")
        return browser

    def test_a_coroutine(self) -> None:
        waits: Deferred[bytes] = Deferred()
        browser = self.later(waits)
        waits.callback(b"hello")
        first, second = browser.hears_all()
        self.assertEqual((first.body, second.status), ("hello", 200))

    def test_errors(self) -> None:
        for error, status, code in [
            (ChatError("No."), 403, "refused"),
            (NoSuchRoom("#x"), 403, "no-such-room"),
            (StoreError("the disk is full"), 503, "refused"),
        ]:
            waits: Deferred[bytes] = Deferred()
            browser = self.later(waits)
            waits.errback(error)
            answer = browser.hears_all()[0]
            self.assertEqual((answer.status, answer.code), (status, code))

    def test_a_detail_of_the_log_has_no_key(self) -> None:
        details = self.details("chatsvc.doors.web")
        self.browser().asks("GET", "/hook/secret?secret=1", Cookie="secret")
        self.browser().asks("GET", "/%1b[2J" + "x" * 100)
        first, second = details
        self.assertEqual(first, "GET /hook was answered with 405 after 0 ms.")
        self.assertRegex(second, r"^GET /%1b\[2Jx+ was answered with 404 after 0 ms\.$")
        self.assertLess(len(second), 100)

    def test_bugs(self) -> None:
        logged, words = self.logged(), "a secret"

        def answer(request: WebRequest) -> bytes:
            raise ValueError(words)

        self.door.resource.putChild(b"asked", Asked(answer))
        browser = self.browser()
        for _ in range(2):
            response = browser.asks("GET", "/asked")
            self.assertEqual((response.status, response.code), (500, "mistake"))
            self.assertIn(f"ValueError ({reported(response.error)})", logged[0])
        waits: Deferred[bytes] = Deferred()
        browser = self.later(waits)
        waits.errback(ValueError(words))
        response = browser.hears_all()[0]
        self.assertEqual(response.status, 500)
        self.assertEqual(len(logged), 2)
        self.assertIn(f"ValueError ({reported(response.error)})", logged[1])
        self.assertNotIn("secret", "".join(logged))

    def test_who_has_gone_before_the_answer(self) -> None:
        for error in (None, ChatError("No.")):
            waits: Deferred[bytes] = Deferred()
            browser = self.later(waits)
            browser.transport.protocol.connectionLost()
            waits.callback(b"hello") if error is None else waits.errback(error)
            self.assertEqual(browser.hears_all(), [])

    def test_a_stream(self) -> None:
        asked: list[WebRequest] = []

        def answer(request: WebRequest) -> int:
            asked.append(request)
            return NOT_DONE_YET

        self.door.resource.putChild(b"asked", Asked(answer))
        browser = self.browser()
        browser.sends(request("GET", "/asked"))
        self.server.clock.pump([3600, 0])
        self.assertFalse(browser.is_closed())
        asked[0].write(b"one")
        asked[0].finish()
        self.assertTrue(browser.transport.value().endswith(b"\r\n3\r\none\r\n0\r\n\r\n"))
