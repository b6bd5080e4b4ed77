"""The line door, as people see it."""

from __future__ import annotations

import json
from typing import cast

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import INegotiated
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import alsoProvides

from chatsvc import command
from chatsvc.chat.presence.announcements import MOST_SILENT, PRESENCE_DELAY
from chatsvc.door.contract import LONGEST
from chatsvc.door.flooding import MOST_SLOWED
from chatsvc.door.visit import ANSWER_WITHIN, MOST_REFUSED
from chatsvc.doors.line import ChatProtocol
from chatsvc.throttle import Throttle
from tests.doors.test_protocols import FIRST_BYTES
from tests.harness import ChatTestCase, Person, Server

BLANKS = "\u3164\u2800\uffa0\u115f\u1160\u200b\u00a0\u3000\u2060\u00ad\ufe0f\u034f\u180e\U0001d159"
TOO_LONG = "server: Your line is longer than 8192 bytes; nothing of it was taken."
TOO_FAST = "server: You are sending too fast: your lines are taken more slowly now."


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


class WelcomeTests(ChatTestCase):
    def setUp(self) -> None:
        self.server = Server(motd=("Be kind.", ""))

    def test_tells_name_company_and_help(self) -> None:
        for company in ("Nobody else is here yet", "1 other person is here", "2 others are here"):
            person = self.server.joined_by("10.0.0.1")
            self.assertEqual(
                person.hears(),
                [
                    f"server: Welcome, you are {person.name}. {company}. Type /help for help.",
                    "server: Be kind.",
                    "server: ",
                ],
            )

    def test_is_announced_to_the_others_only(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        ann.hears()
        bob = self.server.joined_by("10.0.0.2")
        self.assertEqual(ann.hears(), ["server: client2 has joined."])
        self.assertNotIn("server: client2 has joined.", bob.hears())

    def test_those_who_come_together_see_each_other(self) -> None:
        ann, bob = self.server.joined_by("10.0.0.1"), self.server.joined_by("10.0.0.2")
        self.assertIn("client1. Nobody else", ann.hears()[0])
        self.assertIn("client2. 1 other person", bob.hears()[0])
        cat = self.server.joined_by("10.0.0.3")
        dan = self.server.joined_by("10.0.0.4")
        self.assertEqual(cat.hears()[-1], "server: client4 has joined.")
        self.assertEqual(len(dan.hears()), 3)
        joined = ["server: client3 has joined.", "server: client4 has joined."]
        self.assertEqual(ann.hears(), joined)

    def test_a_crowd_that_comes_at_once_is_told_of_itself_in_one_line(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        ann.hears()
        crowd = [self.server.joined_by(f"10.0.1.{n}") for n in range(30)]
        told = "server: client2 and 29 others have joined."
        for others, person in enumerate(crowd, 1):
            welcome, *_, last = person.hears()
            self.assertIn(f" {others} other", welcome)
            self.assertEqual(last, told)
        self.assertEqual(ann.hears(), [told])

    def test_a_crowd_that_says_nothing_is_announced_in_several_turns(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        ann.hears()
        crowd = [
            self.server.joined_by(f"10.0.{n % 10}.1", is_new=False)
            for n in range(2 * MOST_SILENT + 1)
        ]
        self.server.clock.advance(PRESENCE_DELAY)
        others = f"and {MOST_SILENT - 1} others have joined."
        last = crowd[-1].name
        self.assertEqual(
            ann.hears(),
            [
                f"server: {crowd[0].name} {others}",
                f"server: {crowd[MOST_SILENT].name} {others}",
                f"server: {last} has joined.",
            ],
        )

    def test_is_welcomed_at_once(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        self.server.clock.advance(0)
        self.assertIn(b"Welcome", ann.transport.value())

    def test_gone_before_it_was_announced(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        ann.hears()
        for _ in range(30):
            bob = self.server.joined_by("10.0.0.2", is_new=False)
            self.assertEqual(bob.name, "client2")
            self.server.clock.advance(0.09)
            bob.drops()
        self.assertEqual(ann.hears(), [])
        self.assertEqual(list(self.server.chat.users), ["client1"])

    def test_hears_all_that_happens_from_the_welcome_on(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        ann.types("before")
        ann.hears()
        bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.server.clock.advance(0.05)
        ann.types("after", "/nick ann")
        dan = self.server.joined_by("10.0.0.4", is_new=False)
        dan.types("hello")
        self.server.clock.advance(0.05)
        ann.types("later")
        _, _, _, last, before, *news = bob.hears()
        self.assertEqual(last, "server: Said last in #lobby:")
        self.assertIn("client1: before", before)
        self.assertEqual(
            news,
            [
                "server: From here on it is new.",
                "client1: after",
                "server: client1 is now known as ann.",
                "server: client3 has joined.",
                "client3: hello",
                "ann: later",
            ],
        )

    def test_a_newcomer_who_reads_slowly_hears_it_too(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        ann.hears()
        bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.server.clock.advance(0)
        bob.stalls()
        ann.types("one")
        self.server.clock.advance(0.2)
        ann.types("two")
        ann.hears()
        bob.reads()
        self.assertEqual(bob.hears()[3:], ["client1: one", "client1: two"])

    def test_speaks_before_it_was_announced(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        ann.types("/users", "hi")
        heard = ann.hears()
        self.assertIn("Welcome", heard[0])
        users = "server: 1 user is connected: client1"
        self.assertEqual(heard[-2:], [users, "client1: hi"])

    def test_sees_nothing_of_before(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        ann.types("before")
        bob = self.server.joined_by("10.0.0.2")
        ann.types("after")
        self.assertEqual(bob.hears()[-1], "client1: after")
        self.assertNotIn("client1: before", bob.hears())


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


class EndingTests(ChatTestCase):
    def test_quit_in_every_spelling(self) -> None:
        for spelling in ("/quit", "/quit bye", "/exit", "/QUIT", "  /quit  "):
            dan = self.server.joined_by("10.0.0.9")
            self.ann.hears()
            dan.types(spelling)
            self.assertEqual(self.ann.hears(), [f"server: {dan.name} has quit."])
            self.assertTrue(dan.is_closed())
            self.assertEqual(self.ann.hears(), [])

    def test_what_was_said_is_delivered_before_the_end(self) -> None:
        self.ann.types("one")
        self.bob.types("two", "/users", "/quit", "three", "/dm client1 four")
        self.assertEqual(
            self.bob.hears(),
            [
                "client1: one",
                "client2: two",
                "server: 3 users are connected: client1, client2, client3",
            ],
        )
        self.assertTrue(self.bob.is_closed())
        self.assertEqual(
            self.cat.hears(), ["client1: one", "client2: two", "server: client2 has quit."]
        )

    def test_half_close_is_a_loss_and_is_still_answered(self) -> None:
        self.bob.types("/users")
        self.bob.sends(b"unfinished")
        self.bob.closes()
        self.assertEqual(self.ann.hears(), ["server: client2 has lost its connection."])
        self.assertEqual(
            self.bob.hears(), ["server: 3 users are connected: client1, client2, client3"]
        )
        self.assertTrue(self.bob.is_closed())
        self.assertEqual(self.ann.hears(), [])

    def test_loss_is_logged_with_its_reason(self) -> None:
        journal = self.journal()
        self.ann.types("secret")
        self.ann.closes()
        self.bob.drops()
        self.cat.types("/quit")
        self.cat.hears()
        self.assertTrue(self.cat.is_closed())
        self.assertEqual(
            journal,
            [
                "client1 has lost its connection: closed by the peer",
                "client2 has lost its connection: Connection to the other side was"
                " lost in a non-clean fashion.",
                "client3 quit.",
            ],
        )

    def test_who_quits_and_never_reads_is_cut_off(self) -> None:
        self.bob.stalls()
        self.ann.types("hello")
        self.bob.types("/quit")
        self.assertEqual(self.ann.hears()[-1], "server: client2 has quit.")
        self.server.clock.advance(4.5)
        self.assertFalse(self.bob.transport.disconnecting)
        self.server.clock.advance(0.5)
        self.assertTrue(self.bob.transport.disconnected)
        self.bob.drops()
        self.assertEqual(self.ann.hears(), [])

    def test_who_quits_and_reads_late_gets_everything_up_to_then(self) -> None:
        self.bob.stalls()
        self.ann.types("hello")
        self.bob.types("/quit")
        self.ann.types("too late")
        self.server.clock.advance(1)
        self.bob.reads()
        self.assertEqual(self.bob.hears(), ["client1: hello"])
        self.assertTrue(self.bob.is_closed())
        self.server.clock.advance(10)
        self.assertFalse(self.bob.transport.disconnected)

    def test_shutdown(self) -> None:
        ended: list[bool] = []
        self.cat.stalls()
        self.ann.types("last words")
        self.server.chat.shut_down(lambda: ended.append(True))
        words = ["client1: last words", "server: The server is shutting down."]
        for person in (self.ann, self.bob):
            self.assertEqual(person.hears(), words)
            self.assertTrue(person.is_closed())
        late = Person(self.server, IPv4Address("TCP", "10.0.0.7", 1))
        self.assertEqual(late.hears(), ["server: The server is shutting down."])
        self.assertTrue(late.is_closed())
        self.assertEqual(ended, [])
        self.server.clock.advance(4)
        self.assertTrue(self.cat.transport.disconnected)
        self.cat.drops()
        self.assertEqual(ended, [True])

    def test_shutdown_does_not_wait_for_who_had_quit_before(self) -> None:
        self.bob.stalls()
        self.ann.types("hello")
        self.bob.types("/quit")
        self.server.chat.shut_down(lambda: None)
        self.server.clock.advance(4)
        self.assertTrue(self.bob.transport.disconnected)
        self.bob.reads()
        self.assertNotIn("server: The server is shutting down.", self.bob.hears())

    def test_shutdown_of_an_empty_server(self) -> None:
        ended: list[bool] = []
        Server().chat.shut_down(lambda: ended.append(True))
        self.assertEqual(ended, [True])


class FullTests(ChatTestCase):
    def test_full_server(self) -> None:
        self.start(users=3)
        late = self.server.joined_by("10.0.0.4")
        self.assertEqual(late.hears(), ["server: The server is full."])
        self.assertTrue(late.transport.disconnecting)
        late.sends(b"/users\n")
        self.assertEqual(late.hears(), [])
        late.protocol.readConnectionLost()
        self.assertTrue(late.is_closed())
        self.assertEqual(len(self.server.factory.users), 3)

    def test_room_again_once_somebody_is_gone(self) -> None:
        ann, *_ = self.start(users=3)
        ann.drops()
        self.assertIn("Welcome", self.server.joined_by("10.0.0.4").hears()[0])

    def test_a_program_is_told_in_its_own_way_whenever_it_speaks(self) -> None:
        self.start(users=3)
        late = self.server.joined_by("10.0.0.4", is_new=False)
        self.assertEqual(late.hears(), ["server: The server is full."])
        self.assertFalse(late.is_closed())
        late.types("/json")
        self.server.clock.advance(ANSWER_WITHIN)
        [error] = late.hears()
        self.assertEqual(json.loads(error)["error"]["text"], "The server is full.")
        self.assertTrue(late.is_closed())

    def test_who_waits_for_that_is_closed_in_the_end(self) -> None:
        self.start(users=3)
        for ends in (
            lambda late: self.server.clock.advance(ANSWER_WITHIN),
            lambda late: late.types("hello?"),
            lambda late: late.closes(),
            lambda late: late.types("/json", "hello?"),
        ):
            late = self.server.joined_by("10.0.0.4", is_new=False)
            self.assertFalse(late.is_closed())
            ends(late)
            self.assertTrue(late.is_closed())
            self.assertEqual(self.server.factory.entrance.refused, 0)
        late = self.server.joined_by("10.0.0.4", is_new=False)
        late.drops()
        self.assertEqual(self.server.factory.entrance.refused, 0)

    def test_so_many_wait_for_that(self) -> None:
        self.start(users=3)
        late = [self.server.joined_by("10.0.0.4", is_new=False) for _ in range(MOST_REFUSED + 1)]
        self.assertEqual([each.is_closed() for each in late], [False] * MOST_REFUSED + [True])

    def test_per_address(self) -> None:
        self.start(per_address=2)
        first, second, third = (self.server.joined_by("10.0.0.4") for _ in range(3))
        self.assertIn("Welcome", second.hears()[0])
        self.assertEqual(third.hears(), ["server: Too many connections from your address."])
        self.assertTrue(third.is_closed())
        first.drops()
        self.assertIn("Welcome", self.server.joined_by("10.0.0.4").hears()[0])


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


class InputTests(ChatTestCase):
    def test_lines_end_in_lf_or_crlf_wherever_segments_do(self) -> None:
        for data in (b"o", b"ne\r", b"\ntwo\nth", b"ree\n"):
            self.ann.sends(data)
        self.everyone_hears("client1: one", "client1: two", "client1: three")

    def test_bytes_that_are_not_utf8_are_replaced(self) -> None:
        self.ann.sends("grün".encode("latin-1") + b" \xc3\xbc \xff\n")
        self.everyone_hears("client1: gr\ufffdn ü \ufffd")

    def test_nothing_reaches_a_terminal_but_text(self) -> None:
        self.ann.sends(b"a\x1b]0;title\x07b\x1b[2Jc\x00d\x08e\x7f\xc2\x9b31mf\xe2\x80\xaeg\th\n")
        self.everyone_hears("client1: abcfg h")

    def test_forged_line_ends(self) -> None:
        self.ann.sends("hi\rserver: x\u2028server: y\x85server: z\x0b\n".encode())
        self.everyone_hears("client1: hi", "client1: server: x server: y server: z")

    def test_return_ends_a_line_in_every_form(self) -> None:
        data = b"one\r\ntwo\r\0three\rfour\nfive\r"
        said = [f"client1: {each}" for each in ("one", "two", "three", "four", "five")]
        for pieces in ([data], [bytes([byte]) for byte in data]):
            for piece in pieces:
                self.ann.sends(piece)
            self.everyone_hears(*said)
            self.ann.sends(b"\n")  # [It belongs to the CR.]
            self.assertEqual(self.ann.hears(), [])

    def test_what_is_erased_at_a_terminal_is_not_said(self) -> None:
        for data in (
            b"helli\x7fo",
            b"no\x15hello",
            b"hello you\x17",
            b"x\b\bhello",
            b"hell\x1b[Do",
            b"x\xff\xf8helli\xff\xf7o",
        ):
            self.ann.sends(data + b"\r\0")
            self.everyone_hears("client1: hello")

    def test_a_negotiation_without_an_end_holds_nothing_back(self) -> None:
        self.ann.sends(b"\xff\xfa\x18")
        self.ann.sends(b"hello\r\n")
        self.assertIn("hello", self.bob.hears()[0])
        self.ann.sends(b"hi\n")
        self.assertEqual(self.bob.hears(), ["client1: hi"])

    def test_what_shows_nothing_is_not_said(self) -> None:
        for blank in BLANKS:
            self.ann.types(blank, f"/bc {blank}", f"/dm client2 {blank}", f"/me {blank}{blank}")
            self.assertEqual(self.bob.hears(), [], ascii(blank))
            self.assertEqual(len(self.ann.hears()), 4)

    def test_a_blank_line_before_json(self) -> None:
        dan = self.server.joined_by("10.0.0.4")
        dan.types("", "\u200b", "/json")
        self.assertIn('"welcome"', str(dan.hears()))

    def test_telnet_negotiation_is_ignored(self) -> None:
        for data in (b"\xff", b"\xfb\x1f\xff\xfa\x1f\x00", b"\x0a\x00\x0a\xff", b"\xf0hi\n"):
            self.ann.sends(data)
        self.everyone_hears("client1: hi")

    def test_telnet_hears_that_its_timing_mark_was_reached(self) -> None:
        self.ann.sends(b"\xff\xf4\xff\xfd\x06hi\n")
        self.assertEqual(self.ann.transport.value(), b"\xff\xfc\x06")
        self.ann.transport.clear()
        self.everyone_hears("client1: hi")

    def test_timing_marks_fill_no_buffer(self) -> None:
        self.ann.stalls()
        self.ann.sends(b"\xff\xfd\x06" * 1000)
        self.assertEqual(self.ann.transport.value(), b"")

    def test_negotiations_and_what_is_skipped_count_as_lines(self) -> None:
        for data in (b"\xff\xfb\x01" * 5461, b"x" * 16384):
            with self.subTest(data=data[:3]):
                self.ann, self.bob, self.cat = self.start()
                pieces = 0
                while self.ann.transport.producerState == "producing":
                    self.ann.sends(data)
                    pieces += 1
                    self.assertLess(pieces, 20)
                self.bob.types("hello")
                self.assertIn("client2: hello", self.cat.hears())
                self.server.clock.advance(10)
                self.assertEqual(self.ann.transport.producerState, "producing")
                self.ann.types("", "after it")
                self.server.clock.advance(10)
                self.assertIn("client1: after it", self.cat.hears())

    def test_longest_line(self) -> None:
        for end in (b"\n", b"\r\n"):
            self.ann.sends(b"x" * LONGEST)
            self.ann.sends(end)
            self.everyone_hears("client1: " + "x" * LONGEST)

    def test_line_too_long(self) -> None:
        for end in (b"\n", b"\r\n"):
            self.ann.sends(b"/bc one\n" + b"x" * (LONGEST + 1) + end + b"two\n")
            self.assertEqual(self.ann.hears(), ["client1: one", TOO_LONG, "client1: two"])
            self.assertEqual(self.bob.hears(), ["client1: one", "client1: two"])

    def test_line_without_end(self) -> None:
        for _ in range(1000):
            self.ann.sends(b"/quit   " * 1000)
            self.server.clock.advance(0.1)  # as fast as it is read
            self.assertLess(len(self.ann.protocol._buffer), 10_000)
        self.assertEqual(self.ann.hears(), [TOO_LONG])
        self.ann.sends(b"/quit\ntwo\n")
        self.assertEqual(self.ann.hears(), ["client1: two"])

    def test_many_lines_too_long_in_one_segment(self) -> None:
        self.ann, _, _ = self.start(throttle=Throttle.off())
        self.ann.sends((b"x" * 9000 + b"\n") * 7 + b"one\n")
        self.assertEqual(self.ann.hears(), [TOO_LONG] * 7 + ["client1: one"])

    def test_a_bug_costs_nobody_the_connection(self) -> None:
        def broken(chat, session):
            raise RuntimeError(" ".join(["what", "ann", "said"]))

        logged = self.logged()
        command.commands()
        self.patch(command, "_table", {"break": command.Command(("break",), broken, (), False)})
        self.patch(command, "commands", lambda: command._table)
        self.ann.types("/break")
        self.assertEqual(
            self.ann.hears(),
            ["server: Something went wrong at the server. What you typed was not done."],
        )
        self.assertIn("RuntimeError", logged[0])
        self.assertIn("in broken", logged[0])
        self.assertNotIn("what ann said", logged[0])


class FloodTests(ChatTestCase):
    def test_what_takes_the_server_long_counts_as_several(self) -> None:
        self.ann.types(*["/who"] * 8)
        self.server.clock.advance(0)
        self.assertEqual(self.ann.transport.producerState, "paused")
        heard = self.ann.transport.value().decode().splitlines()
        self.assertEqual(heard[:-1], heard[:1] * 6)
        costly = "server: You are sending too fast (/who counts as 5): your lines are taken"
        self.assertTrue(heard[-1].startswith(costly), heard[-1])
        self.ann.transport.clear()
        for _ in range(2):
            self.server.clock.pump([0.1] * 4)
            self.assertEqual(self.ann.hears(), heard[:1])
        self.server.clock.pump([0.1] * 60)  # rested
        self.ann.types("/users", "hi")
        self.assertEqual(self.ann.hears()[-1], "client1: hi")

    def test_one_who_may_send_little_can_do_it_all_the_same(self) -> None:
        self.start(throttle=Throttle(2, 1.0))
        ann = self.server.joined_by("10.0.0.9")
        ann.types("/users", "/users", "hi")
        self.server.clock.pump([1.0] * 8)
        self.assertEqual(ann.hears()[-1], "client4: hi")

    def test_burst_passes_and_the_rest_is_slowed_down(self) -> None:
        self.ann.types(*map(str, range(50)))
        self.server.clock.advance(0)
        said = self.bob.transport.value().decode().split()[1::2]
        self.assertEqual(said, [str(n) for n in range(30)])
        self.assertEqual(self.ann.transport.producerState, "paused")
        self.server.clock.pump([0.1] * 10)
        said = self.bob.transport.value().decode().split()[1::2]
        self.assertEqual(len(said), 40)
        self.server.clock.pump([0.1] * 11)
        self.assertEqual(self.bob.hears(), [f"client1: {n}" for n in range(50)])
        self.assertEqual(self.ann.transport.producerState, "producing")
        heard = self.ann.hears()
        self.assertEqual(heard.count(TOO_FAST), 1)
        heard.remove(TOO_FAST)
        self.assertEqual(heard, [f"client1: {n}" for n in range(50)])

    def test_told_again_once_rested(self) -> None:
        for _ in range(2):
            self.ann.types(*["x"] * 31)
            self.server.clock.pump([0.1] * 40)
            self.assertEqual(self.ann.hears().count(TOO_FAST), 1)

    def flood(self, lines: int) -> list[str]:
        """What Bob hears while Ann sends so many lines, as fast as the server takes them."""
        self.ann.types(*map(str, range(lines)))
        while self.ann.transport.producerState == "paused":
            self.server.clock.advance(0.1)
        return [line for line in self.bob.hears() if line.startswith("client1: ")]

    def test_after_a_long_flood_nothing_is_taken_for_some_seconds(self) -> None:
        heard = self.flood(30 + MOST_SLOWED)
        self.assertEqual(heard, [f"client1: {n}" for n in range(30 + MOST_SLOWED)])
        self.server.clock.advance(60)
        heard = self.flood(30 + MOST_SLOWED + 150)
        taken = [int(line.removeprefix("client1: ")) for line in heard]
        missed = sorted(set(range(30 + MOST_SLOWED + 150)) - set(taken))
        self.assertEqual(missed, list(range(missed[0], missed[-1] + 1)))
        self.assertIn(len(missed), range(90, 111))
        told = self.ann.hears()
        muted = (
            "server: You have been sending too fast for long: nothing but /quit is taken for"
            " 10 seconds."
        )
        self.assertEqual(told.count(muted), 1)
        self.assertEqual(told.count(f"server: {len(missed)} lines of yours were not taken."), 1)

    def test_who_rests_in_between_is_never_muted(self) -> None:
        for _ in range(10):
            self.assertEqual(len(self.flood(30 + MOST_SLOWED // 2)), 30 + MOST_SLOWED // 2)
            self.server.clock.advance(60)

    def test_quitting_while_muted(self) -> None:
        self.flood(30 + MOST_SLOWED)
        self.ann.types("one", "two", "/quit", "three")
        self.ann.hears()
        self.server.clock.pump([0.1] * 10)
        self.assertEqual(self.bob.hears()[-1], "server: client1 has quit.")

    def test_a_burst_alone_is_no_flood(self) -> None:
        self.ann.types(*["x"] * 30)
        self.assertNotIn(TOO_FAST, self.ann.hears())

    def test_other_limits(self) -> None:
        ann, bob, _ = self.start(throttle=Throttle(2, 0.5))
        ann.types("1", "2", "3")
        self.assertEqual(bob.hears(), ["client1: 1", "client1: 2"])
        self.server.clock.advance(2)
        self.assertEqual(bob.hears(), ["client1: 3"])

    def test_off(self) -> None:
        ann, bob, _ = self.start(throttle=Throttle.off())
        ann.types(*["x"] * 1000)
        self.server.clock.pump([0] * 20)
        self.assertEqual(bob.hears(), ["client1: x"] * 1000)

    def test_lines_too_long_count(self) -> None:
        for _ in range(40):
            self.ann.sends(b"x" * 9000 + b"\n")
        self.assertEqual(self.ann.transport.producerState, "paused")

    def test_dropped_while_it_waits(self) -> None:
        self.ann.types(*["x"] * 40)
        self.bob.hears()
        self.ann.drops()
        self.assertEqual(self.bob.hears()[-1], "server: client1 has lost its connection.")
        self.server.clock.pump([0.1] * 50)
        self.assertEqual(self.bob.hears(), [])

    def test_one_connection_takes_turns_with_others(self) -> None:
        ann, bob, cat = self.start(throttle=Throttle.off())
        ann.types(*["a"] * 100)
        bob.types("b")
        self.server.clock.pump([0] * 5)
        heard = cat.hears()
        self.assertEqual(len(heard), 101)
        self.assertLess(heard.index("client2: b"), 65)

    def test_shutdown_while_it_waits(self) -> None:
        self.ann.types(*["x"] * 40)
        self.server.chat.shut_down(lambda: None)
        self.server.clock.pump([0.1] * 20)
        self.assertEqual(self.bob.hears().count("client1: x"), 30)
