"""The handshake of WebSockets: what is refused, and what comes straight behind it."""

from __future__ import annotations

from typing import Any

from wsproto.events import TextMessage

from chatsvc.doors.irc.door import IrcProtocol
from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.site import root
from chatsvc.doors.web.websocket.chat import ChatSocket
from tests.doors.web.browsing import HOST, Browser, Response, WebTestCase, request

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ASKED = {
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec_WebSocket_Key": KEY,
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Protocol": "chatsvc.1",
}


class UpgradeTests(WebTestCase):
    def asked(self, browser: Browser | None = None, **headers: str) -> Response:
        """The answer to a handshake with other headers; without those that are empty."""
        sent = {name: value for name, value in (ASKED | headers).items() if value}
        return (browser or self.browser()).asks("GET", "/ws", **sent)

    def test_what_is_no_handshake(self) -> None:
        handshake = request("GET", "/ws", **ASKED)
        cases: list[tuple[dict[str, Any], int]] = [
            ({"Upgrade": ""}, 400),
            ({"Upgrade": "h2c"}, 400),
            ({"Connection": "close"}, 400),
            ({"Sec_WebSocket_Key": ""}, 400),
            ({"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ"}, 400),
            ({"Sec_WebSocket_Key": "c2hvcnQ="}, 400),
            ({"Sec_WebSocket_Key": f"{KEY}\r\nSec-WebSocket-Key: {KEY}"}, 400),
            ({"Sec_WebSocket_Key": KEY + "\u00e4"}, 400),
            ({"Sec_WebSocket_Version": ""}, 400),
            ({"Sec_WebSocket_Version": "8"}, 426),
            ({"Sec_WebSocket_Protocol": "chat, superchat"}, 400),
            ({"Sec_WebSocket_Protocol": "ch\u00e4t"}, 400),
        ]
        for headers, status in cases:
            answer = self.asked(**headers)
            self.assertEqual(answer.status, status, headers)
        answer = self.asked(Sec_WebSocket_Version="8")
        self.assertEqual(answer.headers["sec-websocket-version"], "13")
        self.assertEqual(answer.headers["upgrade"], "websocket")
        self.assertEqual(answer.headers["connection"].lower(), "upgrade")
        self.assertEqual(self.browser().asks("POST", "/ws", Content_Length="0").status, 405)
        for other in (request("HEAD", "/ws", **ASKED), handshake.replace(b"HTTP/1.1", b"HTTP/1.0")):
            browser = self.browser()
            browser.sends(other)
            self.assertIn(b" 400 ", browser.transport.value())
        self.assertEqual(len(self.server.chat.sessions), 3)

    def test_a_host_that_is_no_name_is_let_in(self) -> None:
        browser = self.browser()
        browser.sends(request("GET", "/ws", **ASKED | {"Host": "xn--zzzzzzz99999"}))
        self.assertIn(b" 101 ", browser.transport.value())

    def test_the_connection_stays_after_a_refusal(self) -> None:
        browser = self.browser()
        self.assertEqual(self.asked(browser, Upgrade="").status, 400)
        self.assertEqual(self.asked(browser, Sec_WebSocket_Version="8").status, 426)
        self.assertEqual(browser.asks("GET", "/").status, 200)

    def test_from_a_page_of_another_site(self) -> None:
        for origin in ("https://evil.example", "null", f"http://{HOST}.evil.example", "file://"):
            self.assertEqual(self.asked(Origin=origin).error, "This page is not from here.")

    def test_from_our_own_page_and_from_programs(self) -> None:
        for headers in ({"Origin": f"http://{HOST}"}, {}):
            self.assertEqual(self.connected(**headers).objects()[0]["event"], "welcome")

    def test_the_subprotocol_is_the_first_that_is_spoken(self) -> None:
        for asked, kind in [
            ("soap, chatsvc.1, text.ircv3.net", ChatSocket),
            ("text.ircv3.net, chatsvc.1", IrcProtocol),
        ]:
            browser = self.browser()
            sent = ASKED | {"Sec_WebSocket_Protocol": asked}
            browser.sends(request("GET", "/ws", **sent))
            self.assertIsInstance(browser.transport.protocol, kind)

    def test_at_the_root(self) -> None:
        browser = self.browser()
        browser.sends(request("GET", "/", **ASKED | {"Sec_WebSocket_Protocol": "text.ircv3.net"}))
        self.assertIsInstance(browser.transport.protocol, IrcProtocol)

    def test_who_names_no_subprotocol_speaks_irc(self) -> None:
        dan = self.browser()
        unnamed = {name: ASKED[name] for name in ASKED if name != "Sec_WebSocket_Protocol"}
        dan.sends(request("GET", "/ws", **unnamed))
        self.assertIsInstance(dan.transport.protocol, IrcProtocol)
        answer = dan.transport.value().lower()
        self.assertIn(b" 101 ", answer)
        self.assertNotIn(b"sec-websocket-protocol", answer)

    def test_without_irc(self) -> None:
        entrance = self.server.factory.entrance
        self.door = WebFactory(entrance, root(entrance))
        for name in ("text.ircv3.net", ""):
            answer = self.asked(Sec_WebSocket_Protocol=name)
            self.assertEqual(answer.error, "Ask for one of these subprotocols: chatsvc.1.")

    def test_what_comes_straight_behind(self) -> None:
        handshake, message = self.handshake_and_message()
        for cut in (0, 3, len(message)):
            dan = self.browser()
            dan.sends(handshake + message[:cut])
            dan.sends(message[cut:])
            self.assertEqual(self.ann.hears()[-1].partition(": ")[2], "hi")

    def test_behind_another_request(self) -> None:
        handshake, message = self.handshake_and_message()
        dan = self.browser()
        dan.sends(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + handshake + message)
        self.assertEqual(self.ann.hears()[-1].partition(": ")[2], "hi")
        answers = dan.transport.value()
        self.assertLess(answers.index(b"HTTP/1.1 200"), answers.index(b"HTTP/1.1 101"))

    def handshake_and_message(self) -> tuple[bytes, bytes]:
        dan = self.joined()
        said = '{"do": "say", "room": "#lobby", "text": "hi"}'
        message = dan._wire.send(TextMessage(said))
        headers = "".join(f"{name.replace('_', '-')}: {ASKED[name]}\r\n" for name in ASKED)
        return f"GET /ws HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n".encode(), message
