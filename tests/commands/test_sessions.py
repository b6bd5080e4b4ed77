"""Accounts on several connections, and places that are kept."""

from __future__ import annotations

from chatsvc.chat.direct import inboxes
from chatsvc.chat.direct.handover import LOOK_EVERY
from tests.commands.test_accounts import PASSWORD, WRONG, AccountTestCase


class SeveralSessionsTests(AccountTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.again = self.comes()
        for person in (self.ann, self.again, self.bob, self.cat):
            person.hears()

    def test_everything_is_seen_on_each(self) -> None:
        self.again.types("hello")
        self.bob.types("/dm ann psst")
        for person in (self.ann, self.again):
            self.assertEqual(sorted(person.hears()), ["ann: hello", "client2: psst"])
        self.ann.types("/dm client2 hey")
        self.assertEqual(self.again.hears(), ["ann: hey"])
        self.assertEqual(self.ann.hears(), ["ann: hey"])
        self.bob.types("/users")
        self.assertIn("server: 3 users are connected: ann, client2, client3", self.bob.hears())

    def test_what_the_others_are_told(self) -> None:
        third = self.comes("10.0.0.10")
        self.assertEqual(
            self.bob.hears(),
            ["server: client5 has joined.", "server: client5 has logged in as ann."],
        )
        self.assertEqual(self.ann.hears()[-1], "server: You have logged in from elsewhere, too.")
        self.assertIn("server: You are ann.", third.hears())
        self.bob.hears()
        third.types("/quit")
        self.again.drops()
        self.assertEqual(self.bob.hears(), [])
        self.ann.drops()
        self.assertEqual(self.bob.hears(), ["server: ann has lost its connection."])

    def test_rooms_are_shared(self) -> None:
        self.ann.types("/join #ops")
        self.assertIn(
            "server: You are in #ops, which belongs to you. Nobody else is in it.",
            self.again.hears(),
        )
        self.bob.types("/join #ops", "hi")
        for person in (self.ann, self.again):
            self.assertIn("#ops client2: hi", person.hears())
        self.again.types("/say #ops here, too", "/part #ops")
        self.assertIn("#ops ann: here, too", self.ann.hears())
        self.ann.hears()
        self.again.hears()
        self.bob.types("anybody?")
        self.assertEqual(self.ann.hears(), [])
        self.assertEqual(self.again.hears(), [])
        self.ann.types("for #ops", "for it, too", "/join #lobby", "back in the lobby")
        self.assertEqual(self.cat.hears()[-1], "ann: back in the lobby")

    def test_the_rooms_of_a_guest_come_along(self) -> None:
        guest = self.server.joined_by("10.0.0.11")
        guest.types("/join #guests")
        self.cat.types("/join #guests")
        guest.types(f"/login ann {PASSWORD}")
        for person in (self.ann, self.again, guest, self.cat):
            person.hears()
        self.cat.types("/who #guests", "hi")
        self.assertEqual(
            self.cat.hears(),
            ["server: 2 users are in #guests: client3, ann", "#guests client3: hi"],
        )
        for person in (self.ann, self.again, guest):
            self.assertEqual(person.hears(), ["#guests client3: hi"])
        guest.types("/keep #guests 30d")  # the room was the guest's own
        self.assertEqual(guest.hears(), ["server: Messages in #guests are kept for 30d."])

    def test_one_of_them_logs_out(self) -> None:
        self.ann.types("/join #ops")
        self.again.hears()
        self.bob.hears()
        self.again.types("/logout")
        self.assertEqual(
            self.again.hears()[-1], "server: You are client4, and not logged in any more."
        )
        self.assertEqual(self.bob.hears(), ["server: client4 has joined."])
        self.ann.types("only here")
        self.assertEqual(self.again.hears(), [])
        self.ann.types("/bc to all")
        self.assertEqual(self.again.hears(), ["ann: to all"])

    def test_what_one_ignores_is_ignored_on_each(self) -> None:
        self.again.types("/ignore client3")
        self.cat.types("noise")
        self.bob.types("signal")
        self.assertEqual(self.ann.hears(), ["client2: signal"])
        third = self.comes("10.0.0.10")
        third.hears()
        self.cat.types("more noise")
        self.assertEqual(third.hears(), [])

    def test_a_stalled_one_delays_nobody(self) -> None:
        self.again.stalls()
        self.ann.types("one")
        self.assertEqual(self.ann.hears(), ["ann: one"])
        self.assertEqual(self.again.hears(), [])
        self.again.reads()
        self.assertEqual(self.again.hears(), ["ann: one"])

    def test_another_password(self) -> None:
        self.again.types("/passwd wrong-password another-one", f"/passwd {PASSWORD} another-one")
        heard = self.again.hears()
        self.assertEqual(heard[0], WRONG)
        self.assertRegex(heard[-1], r"^server: Your password has been changed\. .* /sessions\.$")
        self.assertIn("server: ann has another password now: log in with that.", self.ann.hears())
        self.assertIsNone(self.ann.session.user.account)
        self.assertEqual(self.again.name, "ann")
        self.restart()
        self.ann.types(f"/login ann {PASSWORD}", "/login ann another-one")
        heard = self.ann.hears()
        self.assertEqual(heard[0], WRONG)
        self.assertIn("server: You are ann.", heard)

    def test_giving_up_the_name(self) -> None:
        self.again.types("/unregister wrong-password", f"/unregister {PASSWORD}")
        heard = self.again.hears()
        self.assertEqual(heard[0], WRONG)
        self.assertIn("server: The name ann is not yours any more.", heard)
        self.assertIn("server: The name ann is not yours any more.", self.ann.hears())
        self.assertIsNone(self.ann.session.user.account)
        self.assertIsNone(self.again.session.user.account)
        self.assertNotEqual(self.ann.name, self.again.name)
        self.restart()
        self.bob.types("/nick ann")
        self.assertRegex(self.bob.hears()[0], r"client\d+ is now known as ann.$")


class GraceTests(AccountTestCase):
    def setUp(self) -> None:
        self.begin(grace=60.0)

    def test_a_place_is_kept(self) -> None:
        self.ann.types("/join #ops")
        self.bob.types("/join #ops")
        for person in (self.ann, self.bob):
            person.hears()
        self.ann.drops()
        self.assertEqual(self.bob.hears(), [])
        self.bob.types("/users", "/whois ann", "still there?")
        self.assertEqual(
            self.bob.hears()[:2],
            [
                "server: 3 users are connected: ann (reconnecting), client2, client3",
                "server: ann (also known as client1) is reconnecting.",
            ],
        )
        back = self.comes()
        self.assertEqual(
            back.hears()[1:],
            [
                "server: client4 has logged in as ann.",
                "server: You are ann.",
                "server: To see what was said while you were away, type /since.",
            ],
        )
        self.server.clock.advance(100)
        self.assertEqual(
            self.bob.hears(),
            ["server: client4 has joined.", "server: client4 has logged in as ann."],
        )
        back.types("/since", "/since", "/say #ops here again")
        heard = back.hears()
        self.assertRegex(heard[0], r"#ops client2: still there\?$")
        self.assertEqual(
            heard[1:],
            ["server: Nothing more was said while you were away.", "#ops ann: here again"],
        )

    def test_it_is_not_kept_for_ever(self) -> None:
        self.ann.drops()
        self.server.clock.advance(59)
        self.assertEqual(self.bob.hears(), [])
        self.server.clock.advance(2)
        self.assertEqual(self.bob.hears(), ["server: ann has lost its connection."])
        self.bob.types("/users")
        self.assertEqual(self.bob.hears(), ["server: 2 users are connected: client2, client3"])

    def test_who_quits_is_gone_at_once(self) -> None:
        self.ann.types("/quit")
        self.assertEqual(self.bob.hears(), ["server: ann has quit."])

    def test_guests_have_none(self) -> None:
        self.bob.drops()
        self.assertEqual(self.cat.hears(), ["server: client2 has lost its connection."])

    def test_the_server_goes_down_meanwhile(self) -> None:
        self.ann.drops()
        self.server.chat.shut_down(lambda: None)
        for person in (self.bob, self.cat):
            person.drops()
        self.server.clock.advance(100)
        self.assertEqual(self.server.clock.getDelayedCalls(), [])


class AwayTests(AccountTestCase):
    def test_messages_wait(self) -> None:
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.ann.types("/quit")
        self.bob.hears()
        self.bob.types("/dm ann call me", "/dm ANN please")
        waits = "server: ann is not here. Your message waits:"
        self.assertEqual(self.bob.hears(), [f"{waits} call me", f"{waits} please"])
        self.restart()
        self.ann.types(f"/login ann {PASSWORD}")
        heard = self.ann.hears()
        self.assertRegex(heard[2], r"^server: bob wrote to you only, at .*: call me$")
        self.assertRegex(heard[3], r": please$")
        self.ann.types("/logout", f"/login ann {PASSWORD}")
        self.assertNotIn("please", "".join(self.ann.hears()))

    def test_those_of_guests_do_not(self) -> None:
        self.ann.types("/quit")
        self.bob.hears()
        self.bob.types("/dm ann psst", "/dm nobody psst")
        self.assertEqual(
            self.bob.hears(),
            [
                "server: ann is not here. If you log in, your message can wait.",
                'server: User "nobody" is not connected to the server.',
            ],
        )

    def test_replies_wait_too(self) -> None:
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.ann.types("/dm bob hi", "/quit")
        self.bob.hears()
        self.bob.types("/reply hi yourself")
        self.assertEqual(
            self.bob.hears(), ["server: ann is not here. Your message waits: hi yourself"]
        )

    def test_not_too_many(self) -> None:
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.ann.types("/quit")
        self.bob.hears()
        self.bob.types(*["/dm ann psst"] * (inboxes.MOST_FROM_ONE + 1))
        self.assertEqual(
            self.bob.hears()[-1], "server: 20 messages of yours wait for ann: the most."
        )
        self.patch(inboxes, "MOST_UNREAD", 20)
        self.bob.types("/dm ann psst")
        self.assertEqual(self.bob.hears(), ["server: 20 messages wait for ann, which is the most."])
        self.patch(inboxes, "MOST_UNREAD", 100)
        self.patch(inboxes, "MOST_FROM_ONE", 100)
        self.bob.types(*[f"/dm ann {'x' * 8000}"] * 9)
        self.assertEqual(self.bob.hears()[-1], "server: Too much waits for ann.")

    def test_strangers_leave_space_for_others(self) -> None:
        self.patch(inboxes, "MOST_UNREAD", 4)
        for person, name in ((self.bob, "bob"), (self.cat, "cat")):
            person.types(f"/nick {name}", f"/register {PASSWORD}")
            person.hears()
        self.ann.types("/dm bob hi", "/quit")
        self.bob.hears()
        self.cat.types(*["/dm ann psst"] * 3)
        told = "server: 2 messages wait for ann, which is the most."
        self.assertEqual(self.cat.hears()[-1], told)
        self.bob.types("/dm ann psst", "/dm ann psst")
        self.assertEqual(self.bob.hears()[-1], "server: ann is not here. Your message waits: psst")

    def test_not_for_ever(self) -> None:
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.ann.types("/quit")
        self.bob.types("/dm ann old")
        self.bob.hears()
        self.server.clock.advance(20 * 86400)
        self.bob.types("/dm ann new")
        self.bob.hears()
        self.server.clock.pump([60.0] * 3)
        self.server.clock.advance(11 * 86400)
        self.server.clock.pump([60.0] * 3)
        unread = self.server.chat.inboxes.of("ann").unread
        self.assertEqual(len(unread), 1)
        back = self.comes()
        heard = "\n".join(back.hears())
        self.assertIn("new", heard)
        self.assertNotIn("old", heard)
        self.server.clock.pump([LOOK_EVERY] * 2)
        self.assertEqual(self.server.chat.inboxes.of("ann").unread, {})

    def test_what_waits_is_deleted_with_the_name(self) -> None:
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.ann.types("/quit")
        self.bob.types("/dm ann one")
        self.bob.hears()
        back = self.server.joined_by("10.0.0.9")
        back.types(f"/login ann {PASSWORD}", f"/unregister {PASSWORD}")
        self.assertIn("server: The name ann is not yours any more.", back.hears())
        self.assertFalse([name for name in self.server.records() if "ann" in name])
