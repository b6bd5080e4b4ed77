"""What is one request on a connection, and what another server may take for two is refused."""

from __future__ import annotations

from tests.doors.web.browsing import WebTestCase, request

GET = request("GET", "/")


class SmugglingTests(WebTestCase):
    def test_whatever_two_servers_can_understand_differently_is_refused(self) -> None:
        other = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        for headers, body in [
            ("Content-Length: 5\r\nTransfer-Encoding: chunked", f"0\r\n\r\n{other}"),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5", f"0\r\n\r\n{other}"),
            ("Content-Length: 0\r\nContent-Length: 5", other),
            ("Content-Length: 5\r\nContent-Length: 5", other),
            ("Content-Length: 0, 5", other),
            ("Content-Length: +5", other),
            ("Content-Length: 0x5", other),
            ("Content-Length: \u0665", other),
            ("Content-Length: -1", other),
            ("Content-Length:", other),
            ("Content-Length : 5", other),
            ("Transfer-Encoding: identity", other),
            ("Transfer-Encoding: gzip, chunked", f"0\r\n\r\n{other}"),
            ("Transfer-Encoding: chunked, identity", f"0\r\n\r\n{other}"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", f"0\r\n\r\n{other}"),
            ("Transfer-Encoding : chunked", f"0\r\n\r\n{other}"),
            ("Transfer-Encoding: \x0bchunked", f"0\r\n\r\n{other}"),
            ("Transfer-Encoding:\r\n chunked", f"0\r\n\r\n{other}"),
            ("X: y\r\n Content-Length: 5", other),
            ("X: y\nContent-Length: 5", other),
            ("X: y\rContent-Length: 5", other),
            ("X: \x00", other),
            ("X", other),
            (": x", other),
            ("Transfer-Encoding: chunked", f"-1\r\n\r\n{other}"),
            ("Transfer-Encoding: chunked", f"0x0\r\n\r\n{other}"),
            ("Transfer-Encoding: chunked", f"1 \r\nx\r\n0\r\n\r\n{other}"),
            ("Transfer-Encoding: chunked", f"1\r\nxx\r\n0\r\n\r\n{other}"),
            ("Transfer-Encoding: chunked", f"1\nx\n0\n\n{other}"),
            ("Transfer-Encoding: chunked", f"{'9' * 2000}\r\n{other}"),
        ]:
            browser = self.browser()
            browser.sends(f"POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{body}".encode())
            [answer] = browser.hears_all()
            self.assertEqual((answer.status, answer.headers["connection"]), (400, "close"), headers)
            self.assertTrue(browser.is_closed())

    def test_other_lines_that_are_no_request(self) -> None:
        for line in (
            "GET /", "GET  / HTTP/1.1", "GET / HTTP/2.0", "GET / HTTP/1.1 ", " GET / HTTP/1.1",
            "GE\x00T / HTTP/1.1", "PRI * HTTP/2.0", "HTTP/1.1 200 OK", "x",
        ):  # fmt: skip
            browser = self.browser()
            browser.sends(f"{line}\r\nHost: x\r\n\r\n".encode())
            self.assertEqual(browser.hears().status, 400, line)

    def test_one_host(self) -> None:
        for hosts in (
            [],
            ["a", "b"],
            ["a, b"],
            ["a/b"],
            ["user@a"],
            [""],
            ["a:b"],
            ["[:::]"],
            ["[.]"],
        ):
            browser = self.browser("127.0.0.1")
            lines = "".join(f"Host: {host}\r\n" for host in hosts)
            browser.sends(f"GET / HTTP/1.1\r\n{lines}\r\n".encode())
            self.assertEqual(browser.hears().status, 400, hosts)
        for host in ("a", "a:1", "[::1]:5000", "10.0.0.1"):
            self.assertEqual(self.browser().asks("GET", "/", Host=host).status, 200, host)
        browser = self.browser()
        browser.sends(b"GET / HTTP/1.0\r\n\r\n")
        self.assertIn(b" 200 OK", browser.transport.value())
        self.assertTrue(browser.is_closed())

    def test_pipelined_requests_are_answered_in_order(self) -> None:
        paths = ["/", "/nothing", "/", "/healthz", "/nothing", "/"]
        data = b"".join(request("GET", path) for path in paths)
        for size in (len(data), 7, 1):
            browser = self.browser()
            for at in range(0, len(data), size):
                browser.sends(data[at : at + size])
            statuses = [answer.status for answer in browser.hears_all()]
            self.assertEqual(statuses, [200, 404, 200, 200, 404, 200])

    def test_nothing_is_answered_after_the_last_request(self) -> None:
        browser = self.browser()
        browser.sends(request("GET", "/", Connection="close") + GET)
        self.assertEqual(len(browser.hears_all()), 1)
        self.assertTrue(browser.is_closed())

    def test_a_body_in_chunks(self) -> None:
        browser = self.browser()
        head = request("POST", "/sign-in", Transfer_Encoding="chunked")
        data = head + b'5;x=y\r\n{"nam\r\n1\r\ne\r\n0\r\nTrailer: x\r\n\r\n' + GET
        for byte in data:
            browser.sends(bytes([byte]))
        self.assertEqual([answer.status for answer in browser.hears_all()], [403, 200])
