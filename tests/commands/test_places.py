"""The places of those who come back, and what they have missed."""

from __future__ import annotations

import json

from chatsvc.chat.accounts import account
from chatsvc.chat.rooms.joining import MOST_JOINED
from chatsvc.stores.memory import MemoryStore
from tests.commands.test_accounts import PASSWORD, AccountTestCase
from tests.harness import Person

NOTHING = "server: Nothing more was said while you were away."


class SinceTests(AccountTestCase):
    def test_since(self) -> None:
        self.ann.types("/join #ops")
        self.bob.types("/join #ops", "before")
        self.ann.hears()
        self.ann.types("/quit")
        self.bob.types("one", "/bc two")
        self.bob.hears()
        self.restart()
        self.ann.types(f"/login ann {PASSWORD}")
        self.assertEqual(
            self.ann.hears()[-1], "server: To see what was said while you were away, type /since."
        )
        self.ann.types("/since", "/since")
        heard = self.ann.hears()
        self.assertEqual(len(heard), 3, heard)
        self.assertRegex(heard[0], "#ops client2: one$")
        self.assertRegex(heard[1], "client2: two$")
        self.assertIn("Nothing more", heard[2])

    def test_since_in_pieces_and_rooms_that_are_still_there(self) -> None:
        self.ann.types("/join #ops")
        self.bob.types("/join #ops")
        self.ann.hears()
        self.ann.types("/quit")
        for start in range(0, 300, 50):
            self.bob.types(*[f"line {number}" for number in range(start, start + 50)])
            self.bob.hears()
        back = self.comes()
        self.assertIn("server: You are ann.", back.hears())
        back.types("/since")
        heard = back.hears()
        self.assertEqual(len(heard), 201)
        self.assertEqual(heard[-1], "server: There is more: type /since again.")
        back.types("/since", "/say #ops in it")
        heard = back.hears()
        self.assertEqual(len(heard), 101)
        self.assertRegex(heard[99], "line 299$")
        self.assertEqual(heard[-1], "#ops ann: in it")

    def test_since_is_for_those_with_a_name_of_their_own(self) -> None:
        self.bob.types("/since")
        self.assertEqual(self.bob.hears(), ["server: You have to log in for that. See /history."])

    def test_it_waits_until_it_was_asked_for(self) -> None:
        self.ann.types("/quit")
        self.bob.types("one")
        self.comes().types("/quit")  # in one go: not even asked for is what came
        self.bob.hears()
        self.bob.types("two")
        again = self.comes("10.0.0.10")
        again.hears()
        self.bob.types("seen")
        again.hears()
        again.types("/quit")
        self.bob.types("three")
        back = self.comes("10.0.0.11")
        back.hears()
        back.types("/since", "/since")
        heard = back.hears()
        self.assertEqual(
            [line.rpartition(": ")[2] for line in heard],
            ["one", "two", "three", NOTHING.removeprefix("server: ")],
        )

    def test_of_many_absences_the_oldest_are_told_as_one(self) -> None:
        self.patch(account, "MOST_ABSENCES", 2)
        person = self.ann
        for number in range(4):
            person.types("/quit")
            self.bob.types(f"away {number}")
            person = self.comes(f"10.0.1.{number}")
            person.hears()
            self.bob.types(f"here {number}")
            person.hears()
        person.types("/since")
        self.assertEqual(
            [line.rpartition(": ")[2] for line in person.hears()],
            ["away 0", "here 0", "away 1", "here 1", "away 2", "away 3"],
        )

    def test_what_one_heard_while_going_down_is_not_shown_again(self) -> None:
        self.bob.types("heard by all")
        self.server.chat.shut_down(lambda: None)
        self.assertIn("client2: heard by all", self.ann.hears())
        for person in (self.ann, self.bob, self.cat):
            self.assertTrue(person.is_closed())
        self.ann, self.bob, self.cat = self.start(**{**self.options, "store": self.server.store})
        self.ann.types(f"/login ann {PASSWORD}", "/since")
        self.assertEqual(self.ann.hears()[-1], NOTHING)

    def test_what_is_said_after_a_crash_is_not_taken_for_read(self) -> None:
        for number in range(5):  # presence has positions, which no store keeps
            self.server.joined_by(f"10.0.1.{number}").hears()
        self.ann.types("/quit")
        self.ann.hears()
        self.assertTrue(self.ann.is_closed())
        for _ in range(2):  # [The server is killed.]
            self.ann, self.bob, self.cat = self.start(
                **{**self.options, "store": self.server.store}
            )
            self.bob.types("while ann is away")
            self.bob.hears()
        self.ann.types(f"/login ann {PASSWORD}", "/since")
        lines = [line for line in self.ann.hears() if "while ann is away" in line]
        self.assertEqual(len(lines), 3)  # the last one is heard as it is said, too

    def test_by_who_was_put_out_meanwhile(self) -> None:
        self.ann.types("/join #ops", "/persist #ops")
        self.bob.types("/nick bob", f"/register {PASSWORD}", "/join #ops")
        self.bob.hears()
        self.bob.types("/quit")
        self.ann.types("/ban #ops bob", "#ops is no room", "/say #ops a secret")
        self.ann.hears()
        back = self.comes(name="bob")
        back.hears()
        self.assertNotIn("#ops", "".join(self.ann.hears()))
        back.types("/since", "/say #ops hello", "/quit")
        self.assertNotIn("a secret", "".join(back.hears()))
        self.ann.types("/unban #ops bob")
        back = self.comes("10.0.0.10", name="bob")
        back.hears()
        back.types("/since", "/rooms")
        heard = "".join(back.hears())
        self.assertNotIn("a secret", heard)


class PlacesTests(AccountTestCase):
    def rooms(self, person: Person) -> set[str]:
        rooms = self.server.chat.rooms
        return {room.name for room in rooms.of(person.session.user)} - {rooms.lobby.name}

    def setUp(self) -> None:
        super().setUp()
        self.bob.types("/join #one", "/join #two", "/persist #one", "/persist #two")
        self.ann.types("/join #one", "/join #two")
        for person in (self.ann, self.bob):
            person.hears()

    def test_who_comes_back_is_in_the_same_rooms(self) -> None:
        for n, way in enumerate(("/quit", "/login ann x", "/logout")):
            self.ann.types(way)
            self.ann.drops()
            self.ann = self.comes(f"10.0.1.{n}")
            self.ann.hears()
            self.assertEqual(self.rooms(self.ann), {"#one", "#two"})

    def test_who_quits_in_the_same_go(self) -> None:
        self.ann.types("/quit")
        self.comes().types("/quit")
        self.bob.hears()
        back = self.comes("10.0.0.10")
        back.hears()
        self.assertEqual(self.rooms(back), {"#one", "#two"})

    def test_after_a_restart(self) -> None:
        self.bob.types("/keep #one 30d")
        self.bob.hears()
        self.bob.types("/nick bob", f"/register {PASSWORD}", "/persist #one")
        self.bob.hears()
        self.restart()
        self.ann.types(f"/login ann {PASSWORD}")
        self.ann.hears()
        self.assertEqual(self.rooms(self.ann), {"#one", "#two"})

    def test_records_of_before_absences_were_noted(self) -> None:
        store = self.server.store
        assert isinstance(store, MemoryStore)
        [name] = [each for each in store._records if each.startswith("account/")]
        facts = json.loads(store._records[name].value)
        del facts["missed"]
        store._records[name] = store._records[name]._replace(value=json.dumps(facts))
        self.start(**{**self.options, "store": store})
        self.assertIn("server: You are ann.", self.comes().hears())

    def test_after_a_crash(self) -> None:
        self.ann.types("/part #two")
        self.ann.hears()
        self.start(**{**self.options, "store": self.server.store})  # [The server is killed.]
        back = self.comes()
        back.hears()
        self.assertEqual(self.rooms(back), {"#one"})

    def test_who_has_left_a_room_has_no_place_there(self) -> None:
        self.ann.types("/part #one", "/quit")
        self.bob.types("/kick #two ann")
        back = self.comes()
        back.hears()
        self.assertEqual(self.rooms(back), {"#two"})  # who was gone could not be kicked
        self.bob.types("/kick #two ann")
        back.hears()
        back.types("/quit")
        back = self.comes("10.0.0.10")
        back.hears()
        self.assertEqual(self.rooms(back), set())

    def test_rooms_that_are_no_more(self) -> None:
        self.bob.types("/persist #one off", "/part #one", "/part #two")
        self.ann.types("/quit")
        self.bob.hears()
        back = self.comes()
        back.hears()
        self.assertEqual(self.rooms(back), {"#two"})

    def test_not_more_places_than_one_can_have(self) -> None:
        guest = self.server.joined_by("10.0.0.9")
        guest.types(*[f"/join #r{number}" for number in range(MOST_JOINED - 1)])
        guest.hears()
        guest.types(f"/login ann {PASSWORD}")
        [line] = guest.hears()
        self.assertIn("With the rooms of ann you would be in more than 20", line)
        guest.types("/part #r0", f"/login ann {PASSWORD}")
        self.assertIn("server: You are ann.", guest.hears())
        self.assertEqual(len(self.rooms(guest)), MOST_JOINED)


class DirectTests(AccountTestCase):
    """Direct messages on each of somebody's connections."""

    def setUp(self) -> None:
        super().setUp()
        self.bob.types("/dm ann one", "/dm ann two")
        self.ann.hears()
        self.bob.types("/dm ann three")  # which is not read when the other connection comes
        self.again = self.comes()
        self.again.hears()
        self.ann.hears()

    def test_a_later_connection_hears_them(self) -> None:
        self.bob.types("/dm ann four")
        for person in (self.ann, self.again):
            self.assertEqual(person.hears(), ["client2: four"])
        self.again.types("/dm bob client2", "/dm client2 five")
        self.assertEqual(self.ann.hears(), ["ann: five"])

    def test_who_has_logged_out_does_not(self) -> None:
        self.again.types("/logout")
        self.again.hears()
        self.bob.types("/dm ann four")
        self.assertEqual(self.again.hears(), [])
        self.assertEqual(self.ann.hears()[-1], "client2: four")
