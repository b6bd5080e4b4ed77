"""Connections that come through a proxy, which says from where."""

from __future__ import annotations

import struct

from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.presence.announcements import GREET_WITHIN
from chatsvc.doors.front.door import LISTEN_FOR
from chatsvc.doors.irc.door import IrcFactory
from chatsvc.doors.proxied import (
    HEADER_WITHIN,
    LONGEST_V1,
    LONGEST_V2,
    MOST_WAITING,
    Header,
    ProxiedFactory,
    parsed,
)
from chatsvc.text.lookalikes import skeleton
from tests.commands.test_accounts import PASSWORD
from tests.doors.test_front import IRC, FrontTestCase, cuts
from tests.harness import ChatTestCase, Person, Server

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def binary(command: int, family: int, facts: bytes) -> bytes:
    """A header of version 2."""
    return SIGNATURE + struct.pack("!BBH", command, family, len(facts)) + facts


TCP4 = bytes([203, 0, 113, 9, 10, 0, 0, 1]) + struct.pack("!HH", 51234, 5000)
TCP6 = bytes(15) + b"\x09" + bytes(15) + b"\x01" + struct.pack("!HH", 51234, 5000)
HEADERS = {
    b"PROXY TCP4 203.0.113.9 10.0.0.1 51234 5000\r\n": ("203.0.113.9", False),
    b"PROXY TCP6 2001:db8::9 2001:db8::1 51234 5000\r\n": ("2001:db8::9", False),
    b"PROXY UNKNOWN\r\n": (None, True),
    b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n": (None, True),
    binary(0x21, 0x11, TCP4): ("203.0.113.9", False),
    binary(0x21, 0x11, TCP4 + b"\x04\x00\x01\x00"): ("203.0.113.9", False),
    binary(0x21, 0x21, TCP6): ("::9", False),
    binary(0x21, 0x31, bytes(216)): (None, False),
    binary(0x21, 0x00, b""): (None, True),
    binary(0x20, 0x00, b""): (None, True),
    binary(0x20, 0x11, TCP4): (None, True),
}
WRONG = [
    b"hello\r\n",
    b"GET / HTTP/1.1\r\n",
    b"PROXY\r\n",
    b"PROXY \r\n",
    b"PROXY TCP4 203.0.113.9\r\n",
    b"PROXY TCP4 203.0.113.9 10.0.0.1 51234\r\n",
    b"PROXY TCP4 203.0.113.9 10.0.0.1 51234 70000\r\n",
    b"PROXY TCP4 203.0.113.9 10.0.0.1 51234 x\r\n",
    b"PROXY TCP4 example.org 10.0.0.1 51234 5000\r\n",
    b"PROXY TCP4 ::9 ::1 51234 5000\r\n",
    b"PROXY TCP6 203.0.113.9 10.0.0.1 51234 5000\r\n",
    b"PROXY UDP4 203.0.113.9 10.0.0.1 51234 5000\r\n",
    b"PROXY TCP4 203.0.113.\xc3\xbc 10.0.0.1 51234 5000\r\n",
    b"PROXY TCP4 " + b"1" * LONGEST_V1,
    SIGNATURE + b"\x11\x11\x00\x00",
    SIGNATURE + b"\x22\x11\x00\x00",
    binary(0x21, 0x11, TCP4[:-1]),
    binary(0x21, 0x11, bytes(LONGEST_V2)),
]


class HeaderTests(SynchronousTestCase):
    def test_what_it_says_however_it_is_cut(self) -> None:
        for data, (host, is_own) in HEADERS.items():
            self.assertEqual(parsed(data + b"more\n"), Header(host, is_own, len(data)))
            for cut in range(len(data)):
                self.assertIsNone(parsed(data[:cut]), data)

    def test_what_is_none(self) -> None:
        for data in WRONG:
            self.assertRaises(ValueError, parsed, data)


class ProxiedTests(ChatTestCase):
    def start(self, **options: object) -> tuple[Person, Person, Person]:
        people = super().start(**options)
        self.factory = ProxiedFactory(self.server.factory, self.server.factory.entrance)
        return people

    def calls(self, header: bytes) -> Person:
        """Somebody who comes through a proxy at this machine."""
        server = Server.__new__(Server)
        server.__dict__ |= self.server.__dict__ | {"factory": self.factory}
        person = Person(server, IPv4Address("TCP", "127.0.0.1", 40000))
        person.sends(header)
        return person

    def test_is_let_in_under_the_address_that_the_proxy_says(self) -> None:
        dan = self.calls(b"")
        self.server.clock.advance(1)
        self.assertEqual((dan.transport.value(), self.ann.hears()), (b"", []))
        for byte in b"PROXY TCP4 203.0.113.9 10.0.0.1 51234 5000\r\nhi\n":
            dan.sends(bytes([byte]))
        self.assertIn("Welcome", dan.hears()[0])
        self.assertEqual(self.ann.hears(), ["server: client4 has joined.", "client4: hi"])
        self.assertEqual(dan.session.address, "203.0.113.9")
        dan.drops()
        self.assertEqual(self.server.joined_by("203.0.113.9").name, "client4")

    def test_limits_and_bans_are_for_that_address(self) -> None:
        self.ann, self.bob, self.cat = self.start(
            per_address=1, operators=frozenset({skeleton("rooty")})
        )
        rooty = self.server.joined_by("127.0.0.1")
        rooty.types("/nick rooty", f"/register {PASSWORD}", "/ban #lobby address 203.0.113.8 spam")
        rooty.hears()
        header = b"PROXY TCP4 203.0.113.%d 10.0.0.1 51234 5000\r\n"
        self.assertIn("Welcome", self.calls(header % 9).hears()[0])
        self.assertIn("Too many connections", self.calls(header % 9).hears()[0])
        self.assertIn("You are banned", self.calls(header % 8).hears()[0])

    def test_is_never_of_this_machine(self) -> None:
        self.ann, self.bob, self.cat = self.start(
            operators=frozenset({skeleton("rooty")}), plaintext_passwords=True
        )
        for header in (
            b"PROXY TCP4 127.0.0.1 127.0.0.1 51234 5000\r\n",
            b"PROXY TCP6 ::1 ::1 51234 5000\r\n",
            b"PROXY TCP6 ::ffff:127.0.0.1 ::1 51234 5000\r\n",
            b"PROXY TCP6 64:ff9b::7f00:1 ::1 51234 5000\r\n",
            b"PROXY UNKNOWN\r\n",
            binary(0x20, 0x00, b""),
            binary(0x21, 0x31, bytes(216)),
            binary(0x21, 0x11, bytes([127, 0, 0, 1]) + TCP4[4:]),
        ):
            dan = self.calls(header)
            dan.types("/nick rooty", f"/register {PASSWORD}")
            self.assertIn("register it at the server", dan.hears()[-1])
            self.assertIsNone(dan.session.address)
            self.assertFalse(dan.protocol.visit.is_private)
            dan.drops()

    def test_nobody_is_told_of_those_who_only_look_whether_it_is_there(self) -> None:
        for header in (
            b"",
            b"PROXY UNKNOWN\r\n",
            binary(0x20, 0x00, b""),
            b"PROXY TCP4 203.0.113.9 10.0.0.1 51234 5000\r\n",
        ):
            for _ in range(3):
                dan = self.calls(header)
                self.server.clock.advance(0.05)
                dan.drops()
        for header in (b"PROXY UNKNOWN\r\n", binary(0x20, 0x00, b"")):
            dan = self.calls(header)
            self.server.clock.pump([0.1] * int(GREET_WITHIN * 10 - 2))
            dan.drops()
        self.assertEqual(self.ann.hears(), [])
        self.assertEqual(self.server.joined_by("10.0.0.9").name, "client4")

    def test_one_of_the_proxy_itself_may_talk_and_listen(self) -> None:
        dan = self.calls(b"PROXY UNKNOWN\r\n")
        dan.types("hi")
        self.assertEqual(self.ann.hears(), ["server: client4 has joined.", "client4: hi"])
        eve = self.calls(b"PROXY UNKNOWN\r\n")
        self.server.clock.pump([0.1] * int(GREET_WITHIN * 10 + 2))
        self.assertEqual(self.ann.hears(), ["server: client5 has joined."])
        self.ann.types("hello")
        self.assertEqual(eve.hears()[-1], "client1: hello")

    def test_without_a_header_it_is_cut_off(self) -> None:
        dan, eve = self.calls(b""), self.calls(b"PROXY TCP4")
        self.server.clock.advance(HEADER_WITHIN)
        self.assertTrue(dan.transport.disconnected and eve.transport.disconnected)
        fay = self.calls(b"")
        fay.closes()
        self.assertTrue(fay.transport.disconnected)
        self.server.clock.advance(HEADER_WITHIN)

    def test_when_many_wait_for_their_header_the_first_is_cut_off(self) -> None:
        callers = [self.calls(b"PROXY") for _ in range(MOST_WAITING + 1)]
        cut_off = [each.transport.disconnected for each in callers]
        self.assertEqual(cut_off, [True] + [False] * MOST_WAITING)

    def test_irc_clients_come_from_where_the_proxy_says(self) -> None:
        entrance = self.server.factory.entrance
        self.factory = ProxiedFactory(IrcFactory(entrance, "chatsvc", True), entrance)
        dan = self.calls(b"")
        for byte in b"PROXY TCP4 203.0.113.9 10.0.0.1 51234 5000\r\nNICK dan\r\nUSER d 0 * :d\r\n":
            dan.sends(bytes([byte]))
        self.assertEqual(dan.session.address, "203.0.113.9")
        self.assertEqual(self.ann.hears(), ["server: dan has joined."])
        eve = self.calls(
            b"PROXY TCP4 127.0.0.1 127.0.0.1 51234 5000\r\nNICK eve\r\nUSER e 0 * :e\r\n"
        )
        self.assertEqual((eve.session.address, eve.protocol.visit.is_private), (None, False))

    def test_what_is_no_header_is_told_so(self) -> None:
        for wrong in (b"hello\n", b"PROXY\r\nhello\n"):
            dan = self.calls(wrong)
            dan.sends(b"hello\n")
            self.assertEqual(
                dan.hears(), ["server: This port is for proxies that speak the PROXY protocol."]
            )
            self.assertTrue(dan.is_closed())
        self.assertEqual(self.ann.hears(), [])


class FrontTests(FrontTestCase):
    HEADER = b"PROXY TCP4 203.0.113.9 10.0.0.1 51234 5000\r\n"

    def test_each_comes_from_where_the_proxy_says(self) -> None:
        proxied = ProxiedFactory(self.front, self.line.entrance)
        for first, heard in [(IRC, "dan: hi"), (b"hi\n", "client4: hi")]:
            for pieces in ([self.HEADER + first], *cuts(self.HEADER + first)[-1:]):
                dan = self.calls(*pieces, at=proxied)
                self.assertEqual(dan.session.address, "203.0.113.9")
                self.assertEqual(self.ann.hears()[-1:], [heard])
                dan.drops()
                self.ann.hears()
        dan = self.calls(self.HEADER, at=proxied)
        self.pauses(LISTEN_FOR)
        self.assertEqual(dan.session.address, "203.0.113.9")

    def test_what_the_proxy_makes_for_itself_is_not_told(self) -> None:
        proxied = ProxiedFactory(self.front, self.line.entrance)
        for header in (b"PROXY UNKNOWN\r\n", b"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"):
            dan = self.calls(header, at=proxied)
            self.pauses(1)
            dan.drops()
        self.assertEqual(self.ann.hears(), [])
