"""The line door, as people see it."""

from __future__ import annotations

from typing import cast

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import INegotiated
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import alsoProvides

from chatsvc.doors.line import ChatProtocol
from tests.doors.test_protocols import FIRST_BYTES
from tests.harness import ChatTestCase, Person


class TranscriptTests(ChatTestCase):
    def test_brief(self) -> None:
        self.ann.types('/dm client2 "Hello there!"')
        self.assertEqual(self.ann.hears(), ["client1: Hello there!"])
        self.assertEqual(self.bob.hears(), ["client1: Hello there!"])
        self.assertEqual(self.cat.hears(), [])
        self.bob.types('/bc "Hello!"')
        self.everyone_hears("client2: Hello!")
        self.cat.types('/dm client4 "Goodbye."')
        self.assertEqual(
            self.cat.hears(), ['server: User "client4" is not connected to the server.']
        )
        self.bob.types("/quit")
        self.assertEqual(self.ann.hears(), ["server: client2 has quit."])
        self.assertEqual(self.cat.hears(), ["server: client2 has quit."])
        self.assertTrue(self.bob.is_closed())
        self.cat.drops()
        self.assertEqual(self.ann.hears(), ["server: client3 has lost its connection."])

    def test_factory_holds_the_user_map(self) -> None:
        users = self.server.factory.users
        self.assertEqual(list(users), ["client1", "client2", "client3"])
        self.assertIs(users["CLIENT2"], users["client2"])
        self.bob.types("/quit")
        self.cat.drops()
        self.assertEqual(list(users), ["client1"])


class OtherProtocolTests(ChatTestCase):
    def test_is_sent_away_before_anything_of_it_is_said(self) -> None:
        logged = self.logged()
        for first, name in FIRST_BYTES.items():
            for pieces in ([first], [bytes([byte]) for byte in first]):
                dan = self.server.joined_by("10.0.1.1", is_new=False)
                for piece in pieces:
                    dan.sends(piece)
                told = (
                    f"server: This is a chat server. It does not speak {name} here: connect with"
                    " netcat, telnet or its own client."
                )
                self.assertEqual(dan.hears()[-1:], [told], first)
                self.assertTrue(dan.is_closed())
        self.assertNotIn("hunter2", str(logged))
        self.assertEqual(self.bob.hears(), [])
        self.assertEqual(self.server.joined_by("10.0.1.1").name, "client4")

    def test_who_was_announced_is_lost(self) -> None:
        dan = self.server.joined_by("10.0.1.1")
        self.bob.hears()
        dan.sends(b"GET / HTTP/1.1\r\nCookie: hunter2\r\n\r\n")
        self.assertEqual(self.bob.hears(), [f"server: {dan.name} has lost its connection."])

    def test_only_the_first_line_is_looked_at(self) -> None:
        self.ann.types("hi", "GET / HTTP/1.1", "NICK ann")
        self.assertEqual(
            self.bob.hears(), ["client1: hi", "client1: GET / HTTP/1.1", "client1: NICK ann"]
        )


class NameTests(ChatTestCase):
    def test_given_name_comes_back_to_its_address(self) -> None:
        self.bob.types("/quit")
        self.cat.drops()
        self.assertEqual(self.server.joined_by("10.0.0.3").name, "client3")
        self.assertEqual(self.server.joined_by("10.0.0.4").name, "client4")
        self.assertEqual(self.server.joined_by("10.0.0.2").name, "client2")
        self.assertEqual(self.server.joined_by("10.0.0.2").name, "client5")

    def test_addresses_of_other_kinds(self) -> None:
        net = IPv6Address("TCP", "2001:db8::1", 1)
        one = Person(self.server, net)
        one.drops()
        self.assertEqual(Person(self.server, IPv6Address("TCP", "2001:db8::2", 1)).name, one.name)
        mapped = IPv6Address("TCP", "::ffff:10.0.0.1", 1)
        self.ann.drops()
        self.assertEqual(Person(self.server, mapped).name, "client1")
        for peer in (UNIXAddress(b"/run/chat"), IPv4Address("TCP", "not an address", 1)):
            unknown = Person(self.server, peer)
            unknown.drops()
            self.assertNotEqual(Person(self.server, peer).name, unknown.name)


class TlsTests(ChatTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.transport = StringTransport()
        alsoProvides(self.transport, INegotiated)
        self.protocol = cast("ChatProtocol", self.server.factory.buildProtocol(None))
        self.protocol.makeConnection(self.transport)

    def test_joins_once_tls_is_established(self) -> None:
        self.assertEqual(self.ann.hears(), [])
        self.protocol.handshakeCompleted()
        self.assertEqual(self.ann.hears(), ["server: client4 has joined."])
        self.server.clock.advance(100)
        self.assertFalse(self.transport.disconnected)

    def test_passwords_may_come_over_it(self) -> None:
        self.protocol.handshakeCompleted()
        self.assertTrue(self.protocol.visit.is_private)
        self.assertFalse(self.ann.protocol.visit.is_private)
        local = self.server.joined_by("::ffff:127.0.0.1")
        self.assertTrue(local.protocol.visit.is_private)

    def test_is_cut_off_if_it_never_is(self) -> None:
        self.server.clock.advance(20)
        self.assertTrue(self.transport.disconnected)
        self.protocol.connectionLost(Failure(ConnectionLost()))
        self.assertEqual(self.ann.hears(), [])
