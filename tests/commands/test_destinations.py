"""Where a line goes that names no place: never where its writer cannot know that it would."""

from __future__ import annotations

import json

from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.store import Record
from tests.chat.identity.restarting import RestartTestCase
from tests.commands.moderation.order import ModerationTestCase
from tests.commands.test_accounts import PASSWORD

NOT_SAID = (
    "server: You are no longer in #ops, so that was not said. To go on in the lobby: /join #lobby"
)
NOT_DONE = (
    "server: You are no longer in #ops, so that was not done. To go on in the lobby: /join #lobby"
)


class DestinationTests(ModerationTestCase):
    def test_after_a_kick_nothing_is_said_until_it_is_clear_where(self) -> None:
        """[Bob has pasted several lines.]"""
        self.asks(self.ann, "/kick client2")
        self.assertEqual(self.asks(self.bob, "for #ops", "all", "of it"), [NOT_SAID] * 3)
        self.assertEqual(self.ann.hears() + self.cat.hears(), [])
        self.assertEqual(self.asks(self.bob, "/join #lobby", "for all")[1], "client2: for all")

    def test_nor_is_what_one_does(self) -> None:
        self.asks(self.ann, "/ban client2")
        self.assertEqual(self.asks(self.bob, "/me waves"), [NOT_SAID])
        self.assertEqual(self.asks(self.bob, "/join #lobby", "/me waves")[1], "* client2 waves")

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
        for room in ("#ops", "#lobby", "#ops"):
            self.asks({"do": "say", "room": room, "text": "here"})
            self.crashes()
            self.resumed(self.comes_back())
            self.assertEqual(self.says(f"in {room}"), room)

    def test_over_a_restart_after_a_kick(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.asks({"do": "owner", "room": "#ops", "username": "ann"})
        self.bob.drops()
        self.ann.types("/kick #ops bob")
        self.ann.hears()
        self.crashes()
        self.resumed(self.comes_back())
        for nonce in "12":
            self.assertIn("no longer in #ops, so that was not said", self.says(nonce))

    def test_over_a_restart_from_a_version_that_did_not_note_it(self) -> None:
        self.server.clock.advance(0)
        [(name, facts)] = self.records().items()
        del facts["speaks in"]
        version = self.store._records[name].version
        self.store._records[name] = Record(json.dumps(facts), version)
        self.crashes()
        self.resumed(self.comes_back())
        for nonce in "12":
            self.assertIn("no longer knows where you spoke last", self.says(nonce))

    def test_a_place_that_is_gone(self) -> None:
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.comes_back()
        for nonce in "12":
            self.assertIn("no longer knows where you spoke last", self.says(nonce))
        self.asks({"do": "join", "room": "#lobby"})
        self.assertEqual(self.says("3"), "#lobby")

    def test_over_a_restart_in_the_lobby_alone(self) -> None:
        self.asks({"do": "part", "room": "#ops"})
        self.crashes()
        self.resumed(self.comes_back())
        self.assertEqual(self.says("1"), "#lobby")
