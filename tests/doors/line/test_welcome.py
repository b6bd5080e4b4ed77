"""The line door: newcomers, who are welcome while there is room."""

from __future__ import annotations

import json

from chatsvc.chat.presence import announcements
from chatsvc.chat.presence.announcements import MOST_SILENT, PRESENCE_DELAY
from chatsvc.door.visit import ANSWER_WITHIN, MOST_REFUSED
from tests.harness import ChatTestCase, Server


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

    def test_a_silent_crowd_is_announced_in_several_turns_and_told_in_one_line(self) -> None:
        ann = self.server.joined_by("10.0.0.1")
        ann.hears()
        crowd = [
            self.server.joined_by(f"10.0.{n % 10}.1", is_new=False)
            for n in range(2 * MOST_SILENT + 1)
        ]
        written: list[bytes] = []
        write = ann.transport.write

        def noting(data: bytes) -> None:
            written.append(data)
            write(data)

        self.patch(ann.transport, "write", noting)
        before = self.server.chat.delivery.last_id
        self.server.clock.advance(PRESENCE_DELAY)
        self.assertEqual(self.server.chat.delivery.last_id, before + 3)
        self.assertEqual(len(written), 1)
        others = f"and {2 * MOST_SILENT} others have joined."
        self.assertEqual(ann.hears(), [f"server: {crowd[0].name} {others}"])

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

    def test_hears_of_those_who_came_after_the_welcome_and_have_left_by_then(self) -> None:
        ann = self.server.joined_by("10.0.0.1", is_new=False)
        bob = self.server.joined_by("10.0.0.2", is_new=False)
        bob.types("first", "/nick bob", "/quit")
        came_and_went = [
            "server: client2 has joined.",
            "client2: first",
            "server: client2 is now known as bob.",
            "server: bob has quit.",
        ]
        self.assertEqual(ann.hears()[3:], came_and_went)

    def test_does_not_hear_again_of_those_who_were_here_and_have_left_by_then(self) -> None:
        ann, bob = self.server.joined_by("10.0.0.1"), self.server.joined_by("10.0.0.2")
        ann.drops()
        self.assertEqual(bob.hears()[3:], ["server: client1 has lost its connection."])

    def test_who_came_before_is_known_of_so_many(self) -> None:
        self.patch(announcements, "MOST_NUMBERED", 3)  # her own among them
        ann = self.server.joined_by("10.0.0.1", is_new=False)
        others = [self.server.joined_by(f"10.0.0.{number}") for number in (2, 3, 4)]
        others[0].types("/quit")
        # The first of them counts as one who was here before.
        told = [f"server: client{number} has joined." for number in (3, 4)]
        self.assertEqual(ann.hears()[3:], [*told, "server: client2 has quit."])

    def test_who_came_after_and_is_here_is_told_of_whatever_the_number(self) -> None:
        self.patch(announcements, "MOST_NUMBERED", 3)
        ann = self.server.joined_by("10.0.0.1", is_new=False)
        for number in range(2, 8):
            self.server.joined_by(f"10.0.0.{number}")
        told = [f"server: client{number} has joined." for number in range(2, 8)]
        self.assertEqual(ann.hears()[3:], told)

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
