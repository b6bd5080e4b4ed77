"""A port for TLS alone: what those are told who begin with anything else."""

from __future__ import annotations

from typing import Any, cast

from chatsvc.doors.front.door import MOST_SHAKING, FrontProtocol
from chatsvc.doors.front.hand_over import HANDSHAKE_WITHIN
from chatsvc.doors.front.tls_only import TlsOnlyFactory
from tests.doors.test_front import HELLO, Certificate, FrontTestCase
from tests.harness import Person


class TlsOnlyTests(FrontTestCase):
    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        people = super().start(**options)
        self.front.certificate = cast("Any", Certificate())
        self.only = TlsOnlyFactory(self.front)
        return people

    def answer(self, data: bytes) -> bytes:
        dan = self.calls(data, at=self.only)
        self.assertTrue(dan.transport.disconnecting)
        answer: bytes = dan.transport.value()
        return answer

    def test_http_is_sent_to_https(self) -> None:
        lines = self.journal()
        answer = self.answer(
            b"GET /a?b=%20 HTTP/1.1\r\nAccept: */*\r\nhost: chat.example:5001\r\n\r\n"
        )
        self.assertIn(b"HTTP/1.1 308 ", answer)
        self.assertIn(b"\r\nLocation: https://chat.example:5001/a?b=%20\r\n", answer)
        self.assertEqual(lines, ["TLS failed from 10.0.0.9: it began with HTTP."])

    def test_http_that_does_not_say_where(self) -> None:
        for data in (
            b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
            b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", b"POST /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
        ):  # fmt: skip
            self.assertIn(b"HTTP/1.1 400 ", self.answer(data))

    def test_others_are_told_in_words(self) -> None:
        for data in (b"hello\n", b"NICK ann\r\n", b"x"):
            self.assertEqual(self.answer(data), b"server: This port is for TLS.\n")
        self.assertEqual(self.ann.hears(), [])

    def test_tls_is_begun(self) -> None:
        dan = self.calls(at=self.only)
        given: list[bytes] = []

        class Tls:
            wrappedProtocol: Any = None  # noqa: N815 (Twisted's name)

            def dataReceived(self, data: bytes) -> None:
                given.append(data)

        def start_tls(certificate: object) -> None:
            self.assertIsInstance(dan.transport.protocol, FrontProtocol)
            dan.transport.protocol = Tls()

        dan.transport.startTLS = start_tls  # type: ignore[attr-defined]  # a stand-in
        dan.sends(HELLO)
        self.assertEqual(given, [HELLO])
        self.assertEqual(len(self.only.waiting), 0)
        self.assertEqual(len(self.front.shaking), 1)

    def test_who_says_nothing_is_cut_off(self) -> None:
        dan, eve = self.calls(at=self.only), self.calls(at=self.only)
        eve.drops()
        self.pauses(HANDSHAKE_WITHIN)
        self.pauses(0)
        self.assertTrue(dan.transport.disconnected)
        self.assertEqual(len(self.only.waiting), 0)

    def test_if_too_many_say_nothing_the_first_is_cut_off(self) -> None:
        people = [self.calls(at=self.only) for _ in range(MOST_SHAKING + 1)]
        cut_off = [dan.transport.disconnected for dan in people]
        self.assertEqual(cut_off, [True] + [False] * MOST_SHAKING)
