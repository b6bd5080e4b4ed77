"""The transport of an accepted connection, over real sockets."""

from __future__ import annotations

import socket

from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.testing import MemoryReactor
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.doors.transport import Transport


class Heard(Protocol):
    """Notes whether it is told of the end."""

    is_over = False

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.is_over = True


class TransportTests(SynchronousTestCase):
    def transport(self, host: str) -> tuple[Transport, socket.socket]:
        """One that is connected, and the peer's end."""
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        theirs.settimeout(60)
        made = Transport(ours, Heard(), (host, 12345), None, 7, MemoryReactor())
        return made, theirs

    def test_knows_the_address_of_its_peer_and_shares_it(self) -> None:
        one, _ = self.transport(".".join(["192", "0", "2", "1"]))
        other, _ = self.transport(".".join(["192", "0", "2", "1"]))
        self.assertEqual(one.getPeer().host, "192.0.2.1")
        self.assertIs(one.getPeer().host, other.getPeer().host)

    def test_what_one_has_to_send_no_other_sends(self) -> None:
        one, peer = self.transport("192.0.2.1")
        other, others_peer = self.transport("192.0.2.2")
        one.write(b"one")
        one.writeSequence([b",", b"two"])
        other.write(b"three")
        one.doWrite()
        other.doWrite()
        self.assertEqual((peer.recv(100), others_peer.recv(100)), (b"one,two", b"three"))

    def test_a_sequence_can_come_first(self) -> None:
        one, peer = self.transport("192.0.2.1")
        idle, _ = self.transport("192.0.2.2")
        one.writeSequence([b"one", b"two"])
        one.doWrite()
        self.assertEqual(peer.recv(100), b"onetwo")
        self.assertEqual(idle._tempDataBuffer, [])

    def test_has_no_descriptor_once_it_is_closed(self) -> None:
        one, _ = self.transport("192.0.2.1")
        self.assertEqual(one.fileno(), one.socket.fileno())
        protocol = one.protocol
        for _ in range(2):  # Twisted may tell of the end twice
            one.connectionLost(Failure(ConnectionDone()))
        assert isinstance(protocol, Heard)
        self.assertTrue(protocol.is_over)
        self.assertEqual(one.fileno(), -1)
