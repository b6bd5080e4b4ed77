"""Requests that are no UTF-8, or not in the parts that others choose."""

from __future__ import annotations

from tests.doors.web.browsing import WebTestCase

WRONG = (b"\xff", b"a\xfe", b"\xed\xa0\x80", b"\xf0\x9f\x98")


class EncodingTests(WebTestCase):
    def test_headers_that_are_none_are_refused(self) -> None:
        for name in ("Host", "Accept", "Authorization", "Cookie", "Forwarded", "Origin", "X-Other"):
            for value in WRONG:
                browser = self.browser()
                host = b"" if name == "Host" else b"Host: x\r\n"
                browser.sends(b"GET / HTTP/1.1\r\n%s%s: %s\r\n\r\n" % (host, name.encode(), value))
                self.assertEqual(browser.hears().status, 400, (name, value))
                self.assertTrue(browser.is_closed())

    def test_headers_that_are(self) -> None:
        browser = self.browser()
        browser.sends("GET / HTTP/1.1\r\nHost: x\r\nAccept: é, 😀\r\n\r\n".encode())
        self.assertEqual(browser.hears().status, 200)

    def test_queries_and_paths(self) -> None:
        for value in WRONG:
            quoted = "".join([f"%{byte:02x}" for byte in value])
            self.assertEqual(self.browser().asks("GET", f"/?{quoted}={quoted}").status, 200)
            self.assertEqual(self.browser().asks("GET", f"/{quoted}").status, 404)
            self.assertEqual(self.browser().asks("GET", f"/rooms/{quoted}/history").status, 404)
