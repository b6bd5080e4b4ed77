"""The transport of an accepted connection, over real sockets."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.testing import MemoryReactor
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.doors.transport import Transport
from chatsvc.tls.certificate import Certificate
from tests.certificate import self_signed


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


class TlsTests(SynchronousTestCase):
    """With TLS, what is written is sent at once: no timer and no turn of the reactor is needed."""

    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name, "chat.pem")
        file.write_text(self_signed())
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        for each in (ours, theirs):
            each.setblocking(False)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.peer = context.wrap_socket(theirs, do_handshake_on_connect=False)
        self.addCleanup(self.peer.close)
        self.reactor = MemoryReactor()
        self.transport = Transport(ours, Heard(), ("192.0.2.1", 1), None, 7, self.reactor)
        self.transport.startTLS(Certificate(file))
        while not self.shakes_hands():
            self.transport.doRead()
        self.tls: Any = self.transport.protocol

    def shakes_hands(self) -> bool:
        try:
            self.peer.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.transport.doRead()
        return True

    def hears(self) -> bytes:
        heard = b""
        while True:
            try:
                heard += self.peer.recv(1 << 16)
            except ssl.SSLWantReadError:
                return heard

    def test_what_is_written_is_sent_at_once(self) -> None:
        self.tls.write(b"one")
        self.assertEqual(self.hears(), b"one")
        self.tls.writeSequence([b"two", b"three"])
        self.tls.write(b"four")
        self.assertEqual(self.hears(), b"twothreefour")
        self.assertEqual(self.reactor.writers, set())

    def test_what_the_socket_does_not_take_is_kept_and_comes_in_order(self) -> None:
        said = [b"%07d\n" % number * 2000 for number in range(300)]
        for each in said:
            self.tls.write(each)
        self.assertEqual(self.reactor.writers, {self.transport})
        heard = b""
        while self.reactor.writers:
            heard += self.hears()
            self.transport.doWrite()
        self.assertEqual(heard + self.hears(), b"".join(said))

    def test_an_error_is_met_by_twisted(self) -> None:
        self.peer.close()
        for _ in range(3):
            self.tls.write(b"hello")
        self.assertEqual(self.reactor.writers, {self.transport})
        self.assertIsInstance(self.transport.doWrite(), ConnectionLost)
