"""Kicks, bans and mutes on the whole server, which are never done by mistake."""

from __future__ import annotations

from chatsvc.text.lookalikes import skeleton
from tests.commands.moderation.order import ModerationTestCase
from tests.commands.test_accounts import PASSWORD


class ServerTests(ModerationTestCase):
    def test_ban_of_an_account(self) -> None:
        self.register(self.bob, "bobby")
        again = self.comes("10.0.0.9", "bobby")
        again.hears()
        until = self.clock(7200)
        self.root.types("/ban server bobby for 2h spam")
        self.assertEqual(
            self.cat.hears()[-1],
            "server: bobby was banned from this server by rooty for 2h,"
            f' until {until} (act 1): "spam"',
        )
        for person in (self.bob, again):
            self.assertRegex(
                person.hears()[-1],
                rf"server: You are banned from this server for 120m more, until {until}, by rooty"
                r' \(act 1\): "spam"\. If that is wrong, tell who runs this server\.',
            )
            self.assertTrue(person.is_closed())
        self.assertEqual(self.cat.hears(), [])
        dan = self.server.joined_by("10.0.0.4")
        dan.hears()
        dan.types(f"/login bobby {PASSWORD}")
        self.assertIn("You are banned from this server", dan.hears()[-1])
        self.assertIsNone(dan.session.user.account)
        self.server.clock.advance(7200)
        dan.types(f"/login bobby {PASSWORD}")
        self.assertIn("server: You are bobby.", dan.hears())

    def test_ban_of_an_account_that_just_logs_in(self) -> None:
        self.register(self.bob, "bobby")
        self.bob.types("/quit")
        self.asks(self.root, "/ban server bobby")
        self.patch(self.server.chat.standing, "check_account", lambda name: None)
        dan = self.comes("10.0.0.4", "bobby")
        self.assertIn("You are banned from this server", dan.hears()[-1])
        self.assertTrue(dan.is_closed())

    def test_ban_of_a_guest(self) -> None:
        self.root.types("/ban SERVER client2 spam")
        self.assertIn(
            "server: client2 was banned from this server by rooty until that is undone (act 1):"
            ' "spam"',
            self.ann.hears(),
        )
        self.assertTrue(self.bob.is_closed())
        again = self.server.joined_by("10.0.0.2")
        self.assertEqual(
            again.transport.value().decode(),
            "server: You are banned from this server until that is undone, by rooty (act 1):"
            ' "spam". If that is wrong, tell who runs this server.\n',
        )
        self.assertTrue(again.is_closed())
        self.assertIn(
            "from this server is lifted", self.asks(self.root, "/unban server client2")[0]
        )
        self.assertEqual(self.server.joined_by("10.0.0.2").name, "client2")

    def test_kick(self) -> None:
        self.root.types("/kick server client2")
        self.assertEqual(
            self.cat.hears(), ["server: client2 was kicked from this server by rooty (act 1)."]
        )
        self.assertIn("You can connect again.", self.bob.hears()[-1])
        self.assertTrue(self.bob.is_closed())
        self.assertEqual(self.server.joined_by("10.0.0.2").name, "client2")

    def test_of_a_network_closes_it_but_not_for_this_machine(self) -> None:
        self.assertIn(
            "server: 3 users are hit by that on this server: ann, client2, client3",
            self.asks(self.root, "/ban? server 0.0.0.0/0"),
        )
        self.register(self.bob, "bobby")
        self.asks(self.root, "/ban server 10.0.0.0/8")
        for person in (self.ann, self.bob, self.cat):
            self.assertTrue(person.is_closed())
        self.assertTrue(self.server.joined_by("10.9.9.9").is_closed())
        self.assertFalse(self.server.joined_by("127.0.0.1").is_closed())

    def test_operators_do_not_hit_each_other_nor_themselves(self) -> None:
        self.begin(operators=frozenset({skeleton("rooty"), skeleton("rootz")}))
        other = self.server.joined_by("127.0.0.1")
        other.types("/nick rootz", f"/register {PASSWORD}")
        other.hears()
        for act in ("ban", "kick", "mute"):
            self.assertEqual(
                self.asks(self.root, f"/{act} server rootz"),
                [f"server: rootz is an operator, whom an operator cannot {act}."],
            )
        self.assertIn("would hit you", self.asks(self.root, "/kick server rooty")[0])


class PlaceTests(ModerationTestCase):
    """What holds on the whole server is never done for want of the name of a room."""

    def test_an_operator_in_the_lobby(self) -> None:
        self.assertEqual(
            self.asks(self.root, "/kick client2"),
            [
                "server: Write /kick server NAME to put somebody off the server; for one room,"
                " /kick #room NAME."
            ],
        )
        for line in ("/ban client2", "/mute client2 for 1h", "/unban client2", "/unmute client2"):
            [told] = self.asks(self.root, line)
            self.assertIn(f"Write {line.partition(' ')[0]} server NAME to ", told)
        for line in ("/moderated on", "/voice client2", "/devoice client2", "/deop client2"):
            self.assertEqual(
                self.asks(self.root, line),
                [f"server: Name the room: {line.partition(' ')[0]} #room ..."],
            )
        self.assertFalse(self.bob.is_closed())
        self.assertEqual(self.asks(self.root, "/log"), ["server: Nothing was done on this server."])
        self.assertEqual(
            self.asks(self.root, "/bans server"), ["server: Nobody is banned from this server."]
        )

    def test_others_in_the_lobby(self) -> None:
        dan = self.server.joined_by("10.0.0.4")
        for line, told in (
            ("/kick client2", "server: Name the room: /kick #room ..."),
            ("/kick server client2", "server: That is for the operators of this server only."),
        ):
            dan.hears()
            dan.types(line)
            self.assertEqual(dan.hears(), [told])

    def test_the_lobby_by_its_name(self) -> None:
        self.assertEqual(
            self.asks(self.root, "/mute #lobby client2 forever"),
            ["server: rooty has muted client2 on the whole server until that is undone (act 1)."],
        )

    def test_a_room_in_which_one_is(self) -> None:
        self.root.types("/join #ops")
        self.asks(self.root, "/kick client2")
        self.assertFalse(self.bob.is_closed())
        self.asks(self.root, "/kick server client2")
        self.assertTrue(self.bob.is_closed())
