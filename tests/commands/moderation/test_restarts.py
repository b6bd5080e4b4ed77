"""Bans, mutes, roles and owners outlive a restart."""

from __future__ import annotations

from typing import Any

from tests.commands.moderation.order import ModerationTestCase
from tests.commands.test_accounts import PASSWORD
from tests.harness import Person


class RestartTests(ModerationTestCase):
    def begin(self, **options: Any) -> None:
        super().begin(**options)
        self.register(self.bob, "bobby")
        self.register(self.cat, "cathy")
        self.asks(self.ann, "/persist")

    def log_in(self, person: Person, name: str) -> None:
        person.types(f"/login {name} {PASSWORD}")
        person.hears()

    def test_bans_mutes_roles_and_undo(self) -> None:
        self.asks(self.ann, "/op cathy", "/ban bobby for 2h", "/mute client9", "/moderated on")
        self.asks(self.ann, "/ban 10.8.0.0/16", "/undo 4")
        self.restart()
        self.log_in(self.bob, "bobby")
        self.log_in(self.cat, "cathy")
        self.assertIn("You are banned from #ops", self.asks(self.bob, "/join #ops")[0])
        self.asks(self.cat, "/join #ops")
        self.assertEqual(len(self.asks(self.cat, "/log")), 4)
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/join #ops", "hello")
        self.assertIn("#ops is moderated", dan.hears()[-1])
        self.assertIn("has kicked", self.asks(self.cat, f"/kick {dan.name}")[0])
        self.server.clock.advance(7200)
        self.assertIn("You are in #ops", self.asks(self.bob, "/join #ops")[0])

    def test_the_owner_has_the_room_again(self) -> None:
        self.restart()
        self.log_in(self.bob, "bobby")
        self.assertEqual(
            self.asks(self.bob, "/join #ops", "/key x")[1:],
            ["server: That is for the owner of #ops only, who is ann."],
        )
        self.log_in(self.ann, "ann")
        self.ann.types("/join #ops")
        self.assertIn("it has a key now", self.asks(self.ann, "/key word")[0])
        self.asks(self.ann, "/privacy invite-only", "/part #ops")
        self.assertIn("which belongs to you", self.asks(self.ann, "/join #ops")[0])

    def test_who_registers_later_has_it_too(self) -> None:
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/join #dan", "/persist", "/nick dan", f"/register {PASSWORD}")
        dan.hears()
        self.assertEqual(self.server.chat.rooms["#dan"].owner_account, "dan")
        dan.types("/quit")
        self.restart()
        self.assertEqual(self.server.chat.rooms["#dan"].owner_account, "dan")

    def test_an_account_that_is_given_up(self) -> None:
        self.asks(self.ann, "/op cathy")
        self.asks(self.cat, f"/unregister {PASSWORD}")
        self.asks(self.ann, f"/unregister {PASSWORD}")
        self.assertEqual(self.server.chat.rooms["#ops"].owner_account, "")
        for person, name in ((self.cat, "cathy"), (self.bob, "anna")):
            self.asks(person, f"/nick {name}", f"/register {PASSWORD}")
        self.assertIn("That is for", self.asks(self.cat, "/log #ops")[0])
        self.restart()
        self.assertEqual(self.server.chat.rooms["#ops"].owner_account, "")

    def test_those_who_leave_do_not_hand_it_on(self) -> None:
        self.assertNotIn("belongs to", " ".join(self.asks(self.ann, "/part #ops")))
        self.assertNotIn("belongs to", " ".join(self.bob.hears()))
        self.assertIn("who is ann", self.asks(self.bob, "/key x")[0])

    def test_of_the_server(self) -> None:
        self.asks(
            self.root,
            "/ban server account bobby",
            "/ban server 10.8.0.0/16",
            "/mute server cathy for 1d",
        )
        self.restart()
        self.bob.types(f"/login bobby {PASSWORD}")
        self.assertIn("You are banned from this server", self.bob.hears()[-1])
        self.assertTrue(self.server.joined_by("10.8.1.2").is_closed())
        self.log_in(self.cat, "cathy")
        self.assertIn("You are muted on this server", self.asks(self.cat, "hello")[-1])
        self.asks(self.root, "/undo 1", "/undo 2", "/undo 3")
        self.restart()
        self.log_in(self.bob, "bobby")
        self.assertFalse(self.server.joined_by("10.8.1.2").is_closed())
