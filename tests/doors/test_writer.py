"""Writing to transports; over real sockets, see tests/test_real.py."""

from __future__ import annotations

import socket
from typing import Any, cast

from twisted.internet import tcp
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.doors.writer import Writer
from tests.harness import Clock


class WriterTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.transport = StringTransport()
        self.drains = 0
        self.writer = Writer(self.transport, self, Clock())

    def drained(self) -> None:
        self.drains += 1

    def test_says_when_it_is_full_and_when_it_takes_more(self) -> None:
        self.assertTrue(self.writer.write(b"one"))
        cast("Writer", self.transport.producer).pauseProducing()
        self.assertFalse(self.writer.write(b"two"))
        self.assertEqual(self.drains, 0)
        cast("Writer", self.transport.producer).resumeProducing()
        self.assertEqual(self.drains, 1)
        self.assertTrue(self.writer.write(b"three"))
        self.assertEqual(self.transport.value(), b"onetwothree")

    def test_is_told_only_what_it_did_not_know(self) -> None:
        self.writer.resumeProducing()
        self.assertEqual(self.drains, 0)

    def test_closes_though_it_might_write_more(self) -> None:
        self.writer.close()
        self.assertIsNone(self.transport.producer)
        self.assertTrue(self.transport.disconnecting)

    def test_knows_nothing_of_a_peer_without_a_socket(self) -> None:
        self.assertFalse(self.writer.hung_up())

    def test_why_a_socket_takes_nothing_is_kept_without_those_who_wrote(self) -> None:
        transport = cast("Any", tcp.Server.__new__(tcp.Server))
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        theirs.close()
        written: list[bytes] = []
        transport.socket, transport.write = ours, written.append
        transport.registerProducer = lambda *_: None
        writer = Writer(transport, self, Clock())
        try:
            raise ValueError
        except ValueError:
            self.assertFalse(writer.write(b"one"))
        assert isinstance(writer.error, BrokenPipeError)
        self.assertIsNone(writer.error.__traceback__)
        self.assertIsNone(writer.error.__context__)
        self.assertEqual(written, [b"one"])
