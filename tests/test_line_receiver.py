"""Lines that are too long, in whatever pieces they come."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.line_receiver import BoundedLineReceiver


class Receiver(BoundedLineReceiver):
    delimiter = b"\n"
    MAX_LENGTH = 5

    def __init__(self, pauses: bool) -> None:
        self.pauses = pauses
        self.lines: list[bytes] = []

    def lineReceived(self, line: bytes) -> None:
        self.lines.append(line)
        if self.pauses:
            self.pauseProducing()

    longLineReceived = lineReceived


class Leaver(Receiver):
    def lineReceived(self, line: bytes) -> None:
        super().lineReceived(line)
        self.transport.loseConnection()


class BoundedLineReceiverTests(SynchronousTestCase):
    @example(["a\nb\naaabbb\nb\n"], False)
    @given(st.lists(st.text("ab\n", max_size=20)), st.booleans())
    def test_one_that_is_too_long_costs_no_other(self, pieces: list[str], pauses: bool) -> None:
        receiver = Receiver(pauses)
        receiver.makeConnection(StringTransport())
        for piece in pieces:
            receiver.dataReceived(piece.encode())
        while receiver.paused:
            receiver.resumeProducing()
        *lines, rest = "".join(pieces).encode().split(b"\n")
        lines += [rest] * (len(rest) > 5)
        self.assertEqual(receiver.lines, [line[:6] for line in lines])

    def test_none_is_taken_of_who_is_cut_off(self) -> None:
        receiver = Leaver(False)
        receiver.makeConnection(StringTransport())
        receiver.dataReceived(b"a\nb\n")
        self.assertEqual(receiver.lines, [b"a"])
