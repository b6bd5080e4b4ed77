"""Keeping order from outside: what administrators and people see of it."""

from __future__ import annotations

from getpass import getuser
from typing import Any

from tests.admin.asking import AdminTestCase
from tests.harness import Person

BY = f"admin:{getuser()}"


class KickTests(AdminTestCase):
    def test_off_the_server(self) -> None:
        log = self.journal()
        [facts] = self.facts("kick", name="client1", reason="Too loud.")
        self.assertEqual((facts["by"], facts["did"], facts["name"]), (BY, "kicked", "client1"))
        self.assertEqual(
            self.ann.hears(),
            [
                f'server: You were kicked off this server, by {BY} (act 1): "Too loud.". You can'
                " connect again. If that is wrong, tell who runs this server."
            ],
        )
        self.assertTrue(self.is_put_off(self.ann))
        self.assertEqual(
            self.bob.hears(),
            [f'server: client1 was kicked from this server by {BY} (act 1): "Too loud."'],
        )
        self.assertEqual(
            log[:2],
            [f"{BY} ran: kick client1", f"{BY} kicked client1 on the whole server (act 1)."],
        )

    def test_out_of_a_room(self) -> None:
        for person in (self.ann, self.bob):
            person.types("/join #tea")
            person.hears()
        self.facts("kick", name="client1", room="tea")
        self.assertEqual(
            self.bob.hears()[0], f"server: {BY} has kicked client1 out of #tea (act 1)."
        )
        self.assertIn("tell who runs this server.", self.ann.hears()[-1])
        self.assertFalse(self.ann.is_closed())

    def test_refusals(self) -> None:
        self.assertIn("Nobody is here", self.refused("kick", name="dan"))
        self.assertIn("no room", self.refused("kick", name="client1", room="#tea"))
        self.ann.types("/join #tea")
        self.assertEqual(
            self.refused("kick", name="client2", room="#tea"), "client2 is not in #tea."
        )


class OperatorTests(AdminTestCase):
    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        return super().start(operators=frozenset({"ann"}), **options)

    def test_operators_are_below_administrators_and_cannot_undo_what_they_do(self) -> None:
        self.ann = self.server.joined_by("127.0.0.1")
        self.ann.types("/nick ann", "/register sesame-street")
        self.ann.types("/kick server client2")
        self.assertIn("client2 was kicked", " ".join(self.ann.hears()))
        self.facts("ban", name="ann")
        self.assertTrue(self.is_put_off(self.ann))
        again = self.server.joined_by("127.0.0.1")
        self.assertIn("You are banned", again.asks("/login ann sesame-street")[-1])
        self.lines("unban", name="ann")
        self.assertIn("You are ann", " ".join(again.asks("/login ann sesame-street")))


class BanTests(AdminTestCase):
    def test_for_a_time_and_lifted(self) -> None:
        [facts] = self.facts("ban", name="client1", terms="for 2h spam")
        self.assertEqual(
            (facts["did"], facts["name"], facts["reason"]), ("banned", "client1", "spam")
        )
        self.assertTrue(self.is_put_off(self.ann))
        self.assertFalse(self.is_put_off(self.bob))
        self.assertIn("You are banned", self.server.joined_by("10.0.0.1").hears()[0])
        [ban] = self.facts("bans")
        self.assertEqual((ban["act"], ban["until"]), (1, "1970-01-12T15:46:40Z"))
        self.assertIn("is lifted", self.lines("unban", name="client1")[0])
        self.assertEqual(self.facts("bans"), [])
        [act] = self.facts("acts")
        self.assertEqual((act["act"], act["undone_by"]), (1, BY))
        self.assertEqual(self.facts("acts", last=0), [])
        self.assertEqual(len(self.facts("acts", last=5)), 1)

    def test_of_an_address_and_of_a_room(self) -> None:
        self.facts("ban", name="address", terms="10.0.0.2 for 1d")
        self.assertTrue(self.is_put_off(self.bob))
        self.ann.types("/join #tea")
        self.cat.types("/join #tea")
        self.facts("ban", name="client1", room="#tea")
        self.assertEqual([each["name"] for each in self.facts("bans", room="tea")], ["client1"])
        self.assertIn("client1", self.lines("unban", name="client1", room="tea")[0])
        self.assertIn("is not banned", self.refused("unban", name="client1", room="tea"))

    def test_of_the_only_one_in_a_room_which_ends(self) -> None:
        self.ann.types("/join #tea")
        self.assertEqual(self.facts("ban", name="client1", room="tea")[0]["name"], "client1")
        self.assertIn("no room", self.refused("bans", room="tea"))

    def test_what_cannot_be_understood(self) -> None:
        [last] = self.asks("ban", name="client1", terms="for a while")
        self.assertIn("no time that can be understood", last["misused"])
        [last] = self.asks("kick", name="client1", reason="2h spam")
        self.assertIn("A kick does not last.", last["misused"])
        self.assertIn("this machine", self.refused("ban", name="127.0.0.1"))


class UndoTests(AdminTestCase):
    def test_what_anybody_did(self) -> None:
        self.ann.types("/join #tea")
        self.bob.types("/join #tea")
        self.ann.types("/op #tea client2")
        self.hush()
        [facts] = self.facts("undo", act=1, reason="Not now.")
        self.assertEqual((facts["act"], facts["by"]), (1, "client1"))
        self.assertIn(f"{BY} has taken the role", self.bob.hears()[0])
        self.assertIn("has undone act 1 already", self.refused("undo", act=1))
        self.assertIn("There is no act", self.refused("undo", act=99))


class MuteTests(AdminTestCase):
    def test_on_the_whole_server(self) -> None:
        self.facts("mute", name="client1", terms="for 1h noise")
        told = self.ann.hears()
        self.assertIn("tell who runs this server", told[-1])
        self.assertNotIn("/dm", told[-1])
        self.assertIn("You are muted", self.ann.asks("hi")[0])
        self.assertEqual(self.lines("unmute", name="client1"), ["The mute of client1 is lifted."])
        self.ann.hears()
        self.assertEqual(self.ann.asks("hi"), ["client1: hi"])
