"""The front door: by which door somebody comes in, however the first bytes are cut."""

from __future__ import annotations

import gc
import random
import weakref
from typing import Any

from twisted.internet.address import IPv4Address

from chatsvc.chat.presence.announcements import GREET_WITHIN
from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.chat.presence.sessions import FEW_BESIDE
from chatsvc.doors.front.answer import ANSWERS, Answer
from chatsvc.doors.front.door import (
    BESIDE,
    LISTEN_FOR,
    MOST_ASKED,
    MOST_SILENT,
    MOST_SPARE,
    SPARE_FOR,
    FrontFactory,
)
from chatsvc.doors.front.protocols import not_spoken
from chatsvc.doors.irc.door import REGISTER_WITHIN, IrcFactory, IrcProtocol
from chatsvc.doors.line import ChatProtocol
from chatsvc.doors.proxied import ProxiedFactory
from chatsvc.service.log.journal import LINES
from chatsvc.throttle import Throttle
from tests.doors.test_protocols import CHAT, FIRST_BYTES
from tests.harness import ChatTestCase, Person, Server

MOMENT = LISTEN_FOR / 2
IRC = (
    b"CAP LS 302\r\nPASS hunter2\r\nNICK dan\r\nUSER d 0 * :d\r\nCAP END\r\nPRIVMSG #lobby :hi\r\n"
)
CHECKED = b"GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n"
ASKED = b"GET / HTTP/1.1\r\nHost: chat.example\r\nUser-Agent: Mozilla/5.0\r\n\r\n"
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


class FrontTestCase(ChatTestCase):
    """Ann, Bob and Cat are at the line door; whoever else comes, comes to the front door."""

    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        people = super().start(**options)
        self.line = self.server.factory
        self.irc = IrcFactory(self.line.entrance, "chatsvc", True)
        self.front = FrontFactory(self.line.entrance, self.line, self.irc)
        return people

    def calls(self, *pieces: bytes, at: Any = None) -> Person:
        """Somebody who connects, and sends something in pieces without a pause."""
        server = Server.__new__(Server)
        server.__dict__ |= self.server.__dict__ | {"factory": at or self.front}
        person = Person(server, IPv4Address("TCP", "10.0.0.9", 40000))
        for piece in pieces:
            person.sends(piece)
        return person

    def pauses(self, seconds: float) -> None:
        self.server.clock.advance(seconds)


def cuts(data: bytes) -> list[list[bytes]]:
    """All ways to cut some bytes in two, and all single bytes."""
    return [[data[:at], data[at:]] for at in range(1, len(data))] + [
        [bytes([byte]) for byte in data]
    ]


class CutTests(FrontTestCase):
    def test_lines(self) -> None:
        for pieces in cuts(b"hello\nw\xc3\xb6rld\r\n"):
            dan = self.calls(*pieces)
            self.assertIsInstance(dan.protocol, ChatProtocol)
            heard = [f"{dan.name}: hello", f"{dan.name}: w\u00f6rld"]
            self.assertEqual(self.ann.hears()[-2:], heard, pieces)
            self.assertIn("Welcome", dan.hears()[0])
            dan.types("/quit")
            dan.hears()
            self.assertTrue(dan.is_closed())
            self.ann.hears()

    def test_json(self) -> None:
        for pieces in cuts(b'/json\n{"do": "say", "room": "#lobby", "text": "hi"}\n'):
            dan = self.calls(*pieces)
            self.assertEqual(self.ann.hears()[-1:], [f"{dan.name}: hi"], pieces)
            dan.types('{"do": "quit"}')
            dan.hears()
            self.assertTrue(dan.is_closed())
            self.ann.hears()

    def test_irc(self) -> None:
        for pieces in cuts(IRC):
            dan = self.calls(*pieces)
            self.assertIsInstance(dan.protocol, IrcProtocol)
            self.assertEqual(self.ann.hears(), ["server: dan has joined.", "dan: hi"], pieces)
            self.assertEqual(sum(" 001 " in line for line in dan.hears()), 1)
            dan.types("QUIT")
            dan.hears()
            self.assertTrue(dan.is_closed())
            self.ann.hears()

    def test_every_other_protocol(self) -> None:
        for first, name in FIRST_BYTES.items():
            for pieces in ([first], [bytes([byte]) for byte in first]):
                dan = self.calls(*pieces)
                self.pauses(LISTEN_FOR)
                if name.startswith("IRC"):
                    self.assertIsInstance(dan.protocol, IrcProtocol)
                elif name in ANSWERS:
                    self.assertIsInstance(dan.protocol, Answer)
                    self.assertEqual(dan.transport.value(), ANSWERS[name])
                    self.assertTrue(dan.transport.disconnecting)
                else:
                    self.assertEqual(dan.hears()[-1:], [f"server: {not_spoken(name)}"], first)
                    self.assertTrue(dan.transport.disconnecting)
                dan.drops()
        told = [line for line in self.bob.hears() if not line.startswith("server: zoe has ")]
        self.assertEqual(told, [])  # who is zoe has registered by IRC

    def test_other_protocols_are_logged(self) -> None:
        """Once each, whichever door answers; of many, only so many lines are written."""
        lines = self.journal()
        proxied = ProxiedFactory(self.front, self.line.entrance)
        http = b"GET / HTTP/1.1\r\n"
        self.calls(http)
        self.calls(*[bytes([byte]) for byte in b"SSH-2.0-x\r\n"])
        self.calls(b"EHLO example.org\r\n")
        self.calls(b"PROXY TCP4 203.0.113.9 10.0.0.1 51234 5000\r\n" + http, at=proxied)
        self.calls(b"hello\n", at=proxied)
        self.assertEqual(
            lines,
            [
                "Refused connection from 10.0.0.9: it speaks HTTP.",
                "Refused connection from 10.0.0.9: it speaks SSH.",
                "Refused connection from 10.0.0.9: it speaks mail.",
                "Refused connection from 203.0.113.9: it speaks HTTP.",
                "Refused connection from 10.0.0.9: no PROXY header.",
            ],
        )
        lines.clear()
        for _ in range(LINES + 50):
            self.calls(http)
        self.assertEqual(len(lines), LINES - 4)

    def test_what_may_be_chat(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        for line in CHAT:
            dan = self.calls(line.encode(), b"\n")
            self.assertIsInstance(dan.protocol, ChatProtocol, line)
            dan.drops()

    def test_a_beginning_without_an_end(self) -> None:
        dan = self.calls(*[b"x" * 100] * 100)
        self.assertIsInstance(dan.protocol, ChatProtocol)

    def test_any_bytes(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        chance = random.Random(16)
        for _ in range(300):
            dan = self.calls(*[chance.randbytes(chance.randrange(1, 40)) for _ in range(4)])
            self.pauses(LISTEN_FOR)
            self.assertIsInstance(dan.protocol, (ChatProtocol, IrcProtocol))
            dan.drops()


class SilenceTests(FrontTestCase):
    def test_somebody_who_says_nothing_is_welcomed(self) -> None:
        dan = self.calls()
        self.pauses(LISTEN_FOR - 0.01)
        self.assertEqual((dan.transport.value(), self.ann.hears()), (b"", []))
        dan = self.calls()
        self.pauses(LISTEN_FOR)
        self.assertIn(b"Welcome", dan.transport.value())

    def test_nobody_is_named_before(self) -> None:
        for goes in (Person.drops, lambda person: person.drops()):
            dan = self.calls()
            goes(dan)
        self.assertEqual(self.calls(b"hi\n").name, "client4")
        self.assertEqual(self.ann.hears(), ["server: client4 has joined.", "client4: hi"])

    def test_who_begins_slowly_is_listened_to(self) -> None:
        dan = self.calls()
        for byte in IRC:
            self.pauses(MOMENT)
            dan.sends(bytes([byte]))
        self.assertIsInstance(dan.protocol, IrcProtocol)
        self.assertEqual(self.ann.hears(), ["server: dan has joined.", "dan: hi"])

    def test_irc_that_begins_late(self) -> None:
        for pieces in ([IRC], *cuts(IRC)[-1:]):
            dan = self.calls()
            self.pauses(LISTEN_FOR)
            name = dan.name
            for piece in pieces:
                dan.sends(piece)
            self.assertIsInstance(dan.protocol, IrcProtocol)
            self.assertEqual(self.ann.hears(), ["server: dan has joined.", "dan: hi"])
            self.assertEqual(sum(" 001 " in line for line in dan.hears()), 1)
            self.assertNotIn(name, self.server.chat.users)
            self.assertEqual(len(self.server.chat.sessions), 4)
            dan.types("QUIT")
            dan.hears()
            self.assertTrue(dan.is_closed())
            self.ann.hears()
        self.assertEqual(len(self.server.chat.sessions), 3)

    def test_irc_that_is_typed_by_hand(self) -> None:
        dan = self.calls()
        self.pauses(LISTEN_FOR + GREET_WITHIN)
        self.assertEqual(self.ann.hears(), ["server: client4 has joined."])
        dan.sends(b"NICK dan\n")
        self.assertEqual(self.ann.hears(), ["server: client4 has quit."])
        dan.sends(b"USER d 0 * :d\n")
        self.assertEqual(self.ann.hears(), ["server: dan has joined."])

    def test_irc_that_begins_late_and_does_not_read(self) -> None:
        dan = self.calls()
        self.pauses(LISTEN_FOR)
        dan.stalls()
        dan.sends(IRC)
        self.assertIsInstance(dan.protocol, ChatProtocol)
        self.assertIsNotNone(dan.session.ends_at)

    def test_a_port_for_lines_alone_leaves_nobody_to_irc(self) -> None:
        dan = self.server.joined_by("10.0.0.9", is_new=False)
        dan.sends(IRC)
        self.assertEqual(dan.hears()[-1:], [f"server: {not_spoken('IRC')}"])

    def test_what_was_begun_before_a_pause_is_not_lost(self) -> None:
        dan = self.calls(b"hel")
        self.pauses(LISTEN_FOR)
        self.assertIn(b"Welcome", dan.transport.value())
        dan.sends(b"lo\n")
        self.assertEqual(self.ann.hears()[-1:], ["client4: hello"])

    def test_a_half_closed_connection(self) -> None:
        for sent, heard in [
            (b"", ["Welcome"]),
            (b"hello", ["Welcome"]),
            (b"/users\n", ["Welcome", "4 users are connected"]),
        ]:
            dan = self.calls(sent) if sent else self.calls()
            dan.closes()
            lines = dan.hears()
            for words in heard:
                self.assertIn(words, "\n".join(lines))
            self.assertTrue(dan.is_closed())
        self.assertNotIn("hello", "\n".join(self.ann.hears()))

    def test_an_http_request_of_which_only_a_part_comes(self) -> None:
        dan = self.calls(b"GET / HTTP/1.1")
        self.assertEqual(dan.transport.value(), ANSWERS["HTTP"])
        dan.closes()
        self.pauses(CLOSE_WITHIN)
        self.assertTrue(dan.transport.disconnected)

    def test_nothing_is_left_of_the_front_door(self) -> None:
        dan = self.calls()
        front = weakref.ref(dan.protocol)
        self.pauses(LISTEN_FOR)
        gc.collect()
        self.assertIsNone(front())
        self.assertIs(type(dan.transport.protocol), ChatProtocol)

    def test_a_thousand_who_say_nothing(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        people = [self.calls() for _ in range(1000)]
        self.assertEqual(len(self.server.chat.sessions), 3)
        self.pauses(LISTEN_FOR)
        self.assertTrue(all(b"Welcome" in dan.transport.value() for dan in people))

    def test_if_too_many_say_nothing_the_first_are_let_in(self) -> None:
        people = [self.calls() for _ in range(MOST_SILENT + 2)]
        welcomed = [b"Welcome" in dan.transport.value() for dan in people[:4]]
        self.assertEqual(welcomed, [True, True, False, False])
        self.assertEqual(len(self.front.silent), MOST_SILENT)
        for dan in people:
            dan.drops()

    def test_what_a_browser_opens_beside_its_request_is_not_greeted(self) -> None:
        spare = [self.calls() for _ in range(3)]
        self.assertIn(b"HTTP/1.1 501 ", self.calls(ASKED).transport.value())
        self.pauses(LISTEN_FOR)
        self.assertEqual([each.transport.value() for each in spare], [b"", b"", b""])
        spare[0].sends(ASKED)
        self.assertEqual(spare[0].transport.value()[:13], b"HTTP/1.1 501 ")
        spare[1].sends(b"hello\n")  # somebody at netcat
        self.assertEqual(self.ann.hears(), ["server: client4 has joined.", "client4: hello"])
        self.pauses(SPARE_FOR)
        self.assertIn(b"Welcome", spare[2].transport.value())
        self.assertEqual(len(self.front.spare), 0)

    def test_others_are_greeted_beside_a_request(self) -> None:
        for request, pause in ((ASKED, BESIDE + 0.01), (CHECKED, 0.0)):
            self.calls(request)
            self.pauses(pause)
            later = self.calls()
            self.pauses(LISTEN_FOR)
            self.assertIn(b"Welcome", later.transport.value())
            self.pauses(BESIDE)

    def test_if_a_browser_opens_too_many_the_first_are_let_in(self) -> None:
        spare = [self.calls() for _ in range(MOST_SPARE + 2)]
        self.calls(ASKED)
        self.pauses(LISTEN_FOR)
        while self.front.silent:
            self.pauses(0)
        welcomed = [b"Welcome" in each.transport.value() for each in spare[:4]]
        self.assertEqual(welcomed, [True, True, False, False])
        for each in spare:
            each.drops()
        self.assertEqual(len(self.front.spare), 0)

    def test_what_a_browser_has_to_spare_keeps_no_person_out(self) -> None:
        self.ann, self.bob, self.cat = self.start(users=5)
        spare = [self.calls() for _ in range(FEW_BESIDE + 2)]
        self.calls(ASKED)
        self.pauses(LISTEN_FOR)
        self.assertEqual(len(self.front.spare), len(spare))
        self.assertIn("Welcome", self.server.joined_by("10.0.0.8").hears()[0])
        cut_off = [each.transport.disconnected for each in spare]
        self.assertEqual(cut_off, [True] + [False] * (len(spare) - 1))

    def test_who_asked_longest_ago_is_forgotten(self) -> None:
        for number in range(MOST_ASKED + 1):
            self.front.note_request(str(number))
        known = [self.front.has_just_asked(each) for each in ("0", "1", str(MOST_ASKED), "x")]
        self.assertEqual(known, [False, True, True, False])

    def test_after_the_server_has_closed(self) -> None:
        dan = self.calls()
        self.server.chat.shut_down(lambda: None)
        self.pauses(LISTEN_FOR)
        self.assertEqual(dan.hears(), ["server: The server is shutting down."])
        self.pauses(2)
        self.assertTrue(dan.is_closed())


class Certificate:
    """Stands for one: what is done with it is noted."""


class OfferedTests(FrontTestCase):
    def test_without_irc(self) -> None:
        front = FrontFactory(self.line.entrance, self.line)
        dan = self.calls(IRC, at=front)
        self.assertEqual(dan.hears()[-1:], [f"server: {not_spoken('IRC')}"])

    def test_with_nothing_but_irc(self) -> None:
        front = FrontFactory(self.line.entrance, None, self.irc)
        for first in (b"", b"hello\n", IRC[:20]):
            dan = self.calls(first, at=front)
            self.pauses(LISTEN_FOR)
            self.assertIsInstance(dan.protocol, IrcProtocol)
            self.assertNotIn(b"Welcome", dan.transport.value())
            self.pauses(REGISTER_WITHIN)
            self.assertTrue(dan.transport.disconnected)
            dan.drops()
        self.calls(IRC, at=front)
        self.assertIn("dan: hi", self.ann.hears())
