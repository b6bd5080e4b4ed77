"""Rooms that the server's settings name, over restarts, beside those that people make."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.administration.fixed_rooms import AT_ONCE
from chatsvc.chat.limits import Limits
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.clock import TURN_EVERY
from chatsvc.throttle import Throttle
from tests.chat.history.test_archive import Lasting
from tests.commands.test_accounts import PASSWORD
from tests.harness import Person, Server

DAY = 86400.0
OPS = {"#ops": {"topic": "Be kind.", "keep": 30 * DAY, "privacy": "hidden"}}


class FixedRoomsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.store = Lasting()
        self.now = 1_000_000.0

    def starts(self, rooms: dict[str, Any], **options: Any) -> None:
        """The server starts, or is killed and starts again."""
        self.server = Server(
            throttle=Throttle.off(), store=self.store, now=self.now, rooms=rooms,
            plaintext_passwords=True, operators=frozenset({"rooty"}), **options,
        )  # fmt: skip
        self.ann, self.bob = (self.server.joined_by(f"10.0.0.{n}") for n in (1, 2))
        self.ann.hears()
        self.bob.hears()

    def later(self, seconds: float) -> None:
        self.server.clock.advance(seconds)
        self.now = self.server.clock.seconds()

    def reads(self, rooms: dict[str, Any]) -> list[str]:
        """The settings are read again."""
        chat = self.server.chat
        chat.limits.become(Limits(**vars(chat.limits) | {"rooms": rooms}))
        return self.successResultOf(Deferred.fromCoroutine(chat.fixed_rooms.apply()))

    def room(self, name: str = "#ops") -> NamedRoom:
        return self.server.chat.rooms[name]

    def logs_in(self, name: str) -> Person:
        person = self.server.joined_by("127.0.0.1")
        person.asks(f"/nick {name}", f"/register {PASSWORD}", f"/login {name} {PASSWORD}")
        return person

    def test_they_are_there_with_their_settings(self) -> None:
        self.starts(OPS)
        room = self.room()
        self.assertEqual((room.topic, room.keep, room.privacy), ("Be kind.", 30 * DAY, "hidden"))
        self.assertEqual(self.ann.asks("/rooms"), ["server: #lobby (2 here)"])
        heard = self.ann.asks("/join #ops")
        self.assertIn("server: The topic of #ops: Be kind.", heard)

    def test_all_settings(self) -> None:
        wanted = {"password": "sesame", "limit": 2, "is_locked": True, "accounts_only": True}
        self.starts({"#ops": wanted, "#plain": {}})
        room = self.room()
        self.assertEqual((room.password, room.limit, set(room.flags)), ("sesame", 2, {*"tR"}))
        plain = self.room("#plain")
        self.assertEqual((plain.password, plain.limit, plain.flags), ("", 0, ""))
        self.reads({"#ops": {"password": "", "is_locked": False, "limit": 0}})
        self.assertEqual((room.password, room.limit, room.flags), ("", 0, "R"))

    def test_they_stay_though_nobody_is_in_them_and_keep_what_was_said(self) -> None:
        self.starts(OPS)
        self.ann.types("/join #ops", "hi", "/part")
        self.later(10 * DAY)
        self.assertTrue(self.server.chat.rooms.holds(self.room()))
        self.starts(OPS)
        self.later(10 * DAY)
        self.assertIn("client1: hi", "".join(self.ann.asks("/join #ops")))

    def test_nobody_owns_them(self) -> None:
        self.starts(OPS)
        for person in (self.ann, self.bob):
            person.asks("/join #ops")
            told = person.asks("/topic #ops mine", "/privacy #ops public")
            self.assertIn("That is for the owner of #ops only, who is nobody.", told[-1])
        self.ann.asks("/part #ops")
        self.assertEqual(self.room().owner_name, "")
        self.starts(OPS)
        self.ann.asks("/join #ops")
        self.assertEqual(self.room().owner_name, "")

    def test_an_operator_gives_one_away_and_it_remains_so(self) -> None:
        self.starts(OPS)
        rooty, cat = self.logs_in("rooty"), self.logs_in("cat")
        cat.asks("/join #ops")
        rooty.asks("/join #ops", "/owner #ops cat")
        self.assertEqual(self.room().owner_name, "cat")
        self.starts(OPS)
        self.assertEqual(self.room().owner_name, "cat")

    def test_what_people_change_holds_until_the_settings_are_read_again(self) -> None:
        for again in (lambda: self.starts(OPS), lambda: self.reads(OPS)):
            self.starts(OPS)
            self.ann.asks("/join #ops", "/topic #ops Be quick.")
            self.assertEqual(self.room().topic, "Be quick.")
            again()
            self.assertEqual(self.room().topic, "Be kind.")
        told = self.ann.hears()
        self.assertIn("server: admin:settings has set the topic of #ops: Be kind.", told)

    def test_settings_that_are_read_again_meanwhile_count(self) -> None:
        self.starts({})
        chat, names = self.server.chat, [f"#r{number}" for number in range(3 * AT_ONCE)]
        applying = []
        for topic, order in (("old", names), ("new", names[::-1])):
            rooms = {name: {"topic": topic} for name in order}
            chat.limits.become(Limits(**vars(chat.limits) | {"rooms": rooms}))
            applying.append(Deferred.fromCoroutine(chat.fixed_rooms.apply()))
        self.server.clock.pump([TURN_EVERY] * 10)
        self.assertEqual([self.successResultOf(each) for each in applying], [[], []])
        self.assertEqual({self.room(name).topic for name in names}, {"new"})

    def test_what_the_settings_do_not_say_is_left_to_people(self) -> None:
        self.starts({"#ops": {}})
        self.ann.asks("/join #ops", "/topic #ops Be quick.")
        self.starts({"#ops": {}})
        self.assertEqual(self.room().topic, "Be quick.")

    def test_a_room_that_people_made_already_keeps_its_owner_and_what_was_said(self) -> None:
        self.starts({})
        cat = self.logs_in("cat")
        cat.asks("/join #ops", "/key #ops sesame", "/topic #ops Cats.")
        cat.asks("hi")
        self.starts({"#Ops": {"topic": "Be kind."}})
        room = self.room()
        self.assertEqual((room.name, room.owner_name), ("#ops", "cat"))
        self.assertEqual((room.topic, room.password), ("Be kind.", "sesame"))
        self.assertIn("cat: hi", "".join(self.ann.asks("/join #ops sesame")))

    def test_a_guest_who_owned_one_hands_it_to_nobody(self) -> None:
        self.starts({})
        self.ann.asks("/join #ops")
        self.bob.asks("/join #ops")
        self.reads(OPS)
        self.assertEqual(self.room().owner_name, "client1")
        self.ann.asks("/part #ops")
        self.assertEqual(self.room().owner_name, "")

    def test_one_that_is_no_longer_named_ends_like_any_other(self) -> None:
        self.starts(OPS)
        self.ann.asks("/join #ops", "hi")
        for again in (lambda: self.reads({}), lambda: self.starts({})):
            again()
            self.assertTrue(self.server.chat.rooms.holds(self.room()))
        self.later(2 * DAY)
        self.assertNotIn("#ops", self.server.chat.rooms)
        self.starts({"#new": {}})
        self.reads({})
        self.assertNotIn("#new", self.server.chat.rooms)

    def test_they_cannot_be_renamed(self) -> None:
        self.starts(OPS)
        rooty = self.logs_in("rooty")
        rooty.asks("/join #ops")
        self.assertEqual(rooty.asks("/rename #ops #other"), ["server: #ops cannot be renamed."])

    def test_what_cannot_be_changed_just_now_is_said(self) -> None:
        self.starts(OPS)
        self.room().is_changing = True
        complaint = "#ops: Somebody else is changing #ops. Try again."
        self.assertEqual(self.reads({"#ops": {"limit": 5}, "#new": {}}), [complaint])
        self.assertIn("#new", self.server.chat.rooms)

    def test_people_in_one_are_told_what_changes(self) -> None:
        self.starts(OPS)
        self.ann.asks("/join #ops")
        self.reads({"#ops": {"privacy": "public", "limit": 5}})
        self.assertEqual(
            self.ann.hears(),
            [
                "server: admin:settings has changed #ops: everybody can find and join it,"
                " at most 5 people can be in it."
            ],
        )
