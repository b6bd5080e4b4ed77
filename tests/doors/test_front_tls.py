"""What the front door does with connections that begin with TLS."""

from __future__ import annotations

from typing import Any, cast

from chatsvc.doors.front.door import (
    MOST_SHAKING,
)
from chatsvc.doors.front.hand_over import HANDSHAKE_WITHIN
from chatsvc.doors.front.protocols import not_spoken
from tests.doors.test_front import HELLO, Certificate, FrontTestCase, cuts
from tests.harness import Person


class TlsTests(FrontTestCase):
    """TLS itself is tried in test_front_real.py."""

    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        people = super().start(**options)
        self.front.certificate = cast("Any", Certificate())
        return people

    def begins(self, *pieces: bytes) -> tuple[Person, list[bytes]]:
        """Somebody who begins with TLS; and what OpenSSL is given."""
        dan = self.calls()
        given: list[bytes] = []

        class Tls:
            wrappedProtocol = dan.protocol  # noqa: N815 (Twisted's name)

            def dataReceived(self, data: bytes) -> None:
                given.append(data)

        def start_tls(certificate: object) -> None:
            self.assertIs(certificate, self.front.certificate)
            dan.transport.protocol = Tls()

        dan.transport.startTLS = start_tls  # type: ignore[attr-defined]  # a stand-in
        for piece in pieces:
            dan.sends(piece)
        return dan, given

    def test_is_begun_however_it_is_cut(self) -> None:
        for pieces in cuts(HELLO):
            dan, given = self.begins(*pieces)
            self.assertEqual(b"".join(given), HELLO)
            dan.transport.protocol.wrappedProtocol.connectionLost()
        self.assertEqual(len(self.front.shaking), 0)
        self.assertEqual(self.ann.hears(), [])

    def test_a_part_of_a_handshake_is_cut_off(self) -> None:
        dan, _ = self.begins(HELLO[:1])
        self.pauses(HANDSHAKE_WITHIN - 1)
        self.assertFalse(dan.transport.disconnected)
        self.pauses(1)
        self.assertTrue(dan.transport.disconnected)

    def test_if_too_many_shake_hands_the_first_is_cut_off(self) -> None:
        people = [self.begins(HELLO)[0] for _ in range(MOST_SHAKING + 1)]
        cut_off = [dan.transport.disconnected for dan in people]
        self.assertEqual(cut_off, [True] + [False] * MOST_SHAKING)

    def test_the_old_handshake_is_answered_in_words(self) -> None:
        dan = self.calls(b"\x80\x2e\x01\x03\x01")
        self.assertEqual(dan.hears()[-1:], [f"server: {not_spoken('TLS')}"])

    def test_without_a_certificate_it_is_answered_in_words(self) -> None:
        self.front.certificate = None
        dan = self.calls(HELLO)
        self.assertEqual(dan.hears()[-1:], [f"server: {not_spoken('TLS')}"])
