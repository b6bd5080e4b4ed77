"""Where a line goes that names no place: never where its writer cannot know that it would."""

from __future__ import annotations

from tests.chat.identity.test_resuming import RestartTestCase
from tests.commands.test_accounts import PASSWORD
from tests.commands.test_moderation import ModerationTestCase

NOT_SAID = (
    "server: You are no longer in #ops, so that was not said. Lines are now said in the lobby to"
    " everyone: type it again to say it there."
)
NOT_DONE = (
    "server: You are no longer in #ops, so that was not done. Commands without a room are now for"
    " the lobby: type it again to do it there."
)


class DestinationTests(ModerationTestCase):
    def test_after_a_kick_one_line_is_not_said(self) -> None:
        self.asks(self.ann, "/kick client2")
        self.assertEqual(self.asks(self.bob, "for #ops"), [NOT_SAID])
        self.assertEqual(self.ann.hears() + self.cat.hears(), [])
        self.assertEqual(self.asks(self.bob, "for all"), ["client2: for all"])

    def test_nor_is_what_one_does(self) -> None:
        self.asks(self.ann, "/ban client2")
        self.assertEqual(self.asks(self.bob, "/me waves"), [NOT_SAID])
        self.assertEqual(self.asks(self.bob, "/me waves"), ["* client2 waves"])

    def test_nor_are_commands_done_that_would_be_for_the_room(self) -> None:
        for line in ("/who", "/history", "/topic x", "/part", "/kick client3", "/persist"):
            self.asks(self.bob, "/join #ops")
            self.asks(self.ann, "/kick client2")
            self.assertEqual(self.asks(self.bob, line), [NOT_DONE])

    def test_who_is_in_the_room_again_speaks_there(self) -> None:
        self.asks(self.ann, "/kick client2")
        self.bob.types("/join #ops")
        self.assertEqual(self.asks(self.bob, "hi"), ["#ops client2: hi"])

    def test_who_says_where_is_not_asked(self) -> None:
        self.asks(self.ann, "/kick client2")
        self.assertEqual(self.asks(self.bob, "/bc hi"), ["client2: hi"])
        self.assertEqual(self.asks(self.bob, "/say #lobby hi", "ho")[1], "client2: ho")

    def test_who_speaks_elsewhere_is_not_asked(self) -> None:
        self.bob.types("/join #den")
        self.asks(self.ann, "/kick client2")
        self.assertEqual(self.asks(self.bob, "hi"), ["#den client2: hi"])

    def test_ones_other_connection_leaves(self) -> None:
        again = self.comes()
        again.types("/say #ops hi", "/part #ops")
        self.hush()
        self.assertEqual(
            again.hears()[-1],
            "server: You have left #ops. What you type is said to everyone again.",
        )
        self.assertEqual(self.asks(self.ann, "for #ops"), [NOT_SAID])
        again.types("for all")
        self.assertEqual(again.hears(), ["ann: for all"])

    def test_ones_other_connection_joins_elsewhere(self) -> None:
        again = self.comes()
        again.types("/join #den")
        again.hears()
        self.assertEqual(self.asks(self.ann, "hi"), ["#ops ann: hi"])

    def test_one_connection_logs_out(self) -> None:
        again = self.comes()
        again.types("/say #ops hi", "/logout")
        again.hears()
        self.hush()
        again.types("for #ops")
        self.assertEqual(again.hears(), [NOT_SAID])

    def test_the_name_is_given_up_on_another_connection(self) -> None:
        again = self.comes()
        again.types(f"/unregister {PASSWORD}")
        again.hears()
        self.assertEqual(self.asks(self.ann, "for #ops"), [NOT_SAID])

    def test_logging_in_where_one_is_banned(self) -> None:
        self.register(self.bob, "bobby")
        self.asks(self.ann, "/ban account bobby")
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/join #ops")
        dan.hears()
        dan.types(f"/login bobby {PASSWORD}")
        dan.hears()
        dan.types("for #ops")
        self.assertEqual(dan.hears(), [NOT_SAID])


class ProgramTests(RestartTestCase):
    """Bob is a program that says things here."""

    def says(self, nonce: str) -> str:
        [told] = self.asks({"do": "here", "text": "hi", "nonce": nonce})
        return str(told["error"]["text"] if "error" in told else told["room"])

    def test_over_a_restart(self) -> None:
        self.crashes()
        self.resumed(self.comes_back())
        self.assertIn("no longer knows where you spoke last, so that was not said", self.says("1"))
        self.assertEqual(self.says("2"), "#lobby")

    def test_over_a_restart_in_the_lobby_alone(self) -> None:
        self.asks({"do": "part", "room": "#ops"})
        self.crashes()
        self.resumed(self.comes_back())
        self.assertEqual(self.says("1"), "#lobby")
