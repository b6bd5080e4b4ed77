"""The web door's HTTP: requests, their answers, and what is refused."""

from __future__ import annotations

from chatsvc.doors.web.refusals import HEADERS
from tests.doors.web.browsing import WebTestCase, request


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
        asked = [request("GET", "/"), request("GET", "/nothing"), request("POST", "/")]
        for data in [*asked, b"rubbish\r\n\r\n"]:
            browser = self.browser()
            browser.sends(data)
            headers = browser.hears().headers
            for name, value in HEADERS.items():
                self.assertEqual(headers[name.lower()], value)
