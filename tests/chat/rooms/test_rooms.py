"""Rooms that outlive the server, and what is said in them, for as long as it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.rooms import joining, vacancies
from chatsvc.chat.rooms.vacancies import EMPTY_FOR
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import Stored
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person


class KeptTestCase(ChatTestCase):
    def setUp(self) -> None:
        self.store = MemoryStore(10_000, 10**7)
        self.runs()

    def runs(self, **limits: float) -> None:
        """The server is run, with the same store if it was run before."""
        self.ann, self.bob, self.cat = self.start(
            store=self.store, throttle=Throttle.off(), **limits
        )

    def asks(self, person: Person, *lines: str) -> list[str]:
        person.hears()
        person.types(*lines)
        return person.hears()

    def makes(self, room: str, *lines: str) -> None:
        """Ann makes a room that stays, and types lines there."""
        self.asks(self.ann, f"/join {room}", "/persist", *lines)

    def rooms_with_something_said(self) -> set[str]:
        """The keys of the rooms of which the store holds anything."""
        return set(self.successResultOf(Deferred.fromCoroutine(self.store.open())).heads)

    def said(self, person: Person, room: str) -> list[str]:
        """What is kept of what was said in a room, for somebody who is in it."""
        return [line.partition(": ")[2] for line in self.asks(person, f"/history {room}")]

    def passes(self, seconds: float) -> None:
        """Time passes, in such steps that nothing is skipped."""
        self.server.clock.pump([TIDY_EVERY] * int(seconds / TIDY_EVERY))


class RestartTests(KeptTestCase):
    def test_guests_rooms_in_which_nothing_is_said_cost_the_store_nothing(self) -> None:
        def rooms() -> list[str]:
            records: Any = Deferred.fromCoroutine(self.store.records("room/"))
            return list(self.successResultOf(records))

        for person in (self.ann, self.bob, self.cat):
            person.types("/join #a")
        self.ann.types("/part #a")  # it is bob's by now
        self.assertEqual(rooms(), [])
        self.bob.types("/say #a hi")
        self.bob.types("/part #a")
        self.assertEqual(len(rooms()), 1)

    def test_what_was_said_to_everyone(self) -> None:
        self.ann.types("one", "two")
        self.ann.hears()
        self.runs()
        self.assertEqual(self.said(self.bob, "#lobby"), ["one", "two"])
        dan = self.server.joined_by("10.0.0.4")
        heard = dan.hears()
        self.assertEqual(heard[1], "server: Said last in #lobby:")
        self.assertEqual(
            [line.partition("] ")[2] for line in heard[2:4]], ["client1: one", "client1: two"]
        )
        self.assertEqual(heard[4], "server: From here on it is new.")

    def test_what_is_said_then_stands_behind_it(self) -> None:
        self.ann.types("one")
        self.ann.hears()
        for word in ("two", "three"):
            self.runs()
            self.ann.types(word)
            self.everyone_hears(f"{self.ann.name}: {word}")
        self.assertEqual(self.said(self.bob, "#lobby"), ["one", "two", "three"])
        heard = self.asks(self.bob, "/history")
        ids = [int(line[1:].partition(" ")[0]) for line in heard]
        self.assertEqual(ids, sorted(set(ids)))

    def test_a_room_that_stays(self) -> None:
        self.makes("#Ops", "/topic the servers", "one", "two")
        self.runs()
        self.assertIn("server: #Ops (0 here): the servers", self.asks(self.bob, "/rooms"))
        heard = self.asks(self.bob, "/join #ops")
        self.assertEqual(heard[1], "server: The topic of #Ops: the servers")
        self.assertEqual(
            [line.partition("] ")[2] for line in heard[3:5]],
            ["#Ops client1: one", "#Ops client1: two"],
        )
        self.assertEqual(self.said(self.bob, "#ops"), ["one", "two"])

    def test_its_key(self) -> None:
        self.makes("#ops", "/key #ops sesame")
        self.runs()
        self.assertIn("has a key", self.asks(self.bob, "/join #ops")[0])
        self.assertIn("You are in #ops", self.asks(self.bob, "/join #ops sesame")[0])

    def test_its_privacy(self) -> None:
        self.makes("#ops", "/privacy #ops invite-only")
        self.makes("#den", "/privacy #den hidden")
        self.runs()
        self.assertIn("is invite-only", self.asks(self.bob, "/join #ops")[0])
        self.assertEqual(len(self.asks(self.bob, "/rooms")), 1)
        self.assertIn("You are in #den", self.asks(self.bob, "/join #den")[0])

    def test_how_long_it_keeps(self) -> None:
        self.makes("#ops", "/keep #ops 2h")
        self.runs()
        self.assertEqual(self.server.chat.rooms["#ops"].keep, 7200)

    def test_what_was_changed_last_counts(self) -> None:
        self.makes("#ops", "/topic one", "/topic two", "/key #ops sesame", "/key #ops -")
        self.runs()
        self.runs()
        self.assertEqual(self.asks(self.bob, "/join #ops")[1], "server: The topic of #ops: two")

    def test_it_does_not_belong_to_whoever_is_the_first_to_come(self) -> None:
        self.makes("#ops")
        self.runs()
        self.assertNotIn("belongs to you", self.asks(self.bob, "/join #ops")[0])
        self.assertEqual(
            self.asks(self.bob, "/key #ops sesame"),
            ["server: That is for the owner of #ops only, who is nobody."],
        )

    def test_it_stays_when_all_have_left(self) -> None:
        self.makes("#ops", "one", "/part")
        self.runs()
        self.asks(self.bob, "/join #ops", "two", "/part")
        self.runs()
        self.asks(self.bob, "/join #ops")
        self.assertEqual(self.said(self.bob, "#ops"), ["one", "two"])

    def test_a_room_that_stays_no_more(self) -> None:
        self.makes("#ops", "one", "/persist #ops off", "/part")
        self.runs()
        self.assertEqual(len(self.asks(self.bob, "/rooms")), 2)
        self.passes(EMPTY_FOR + TIDY_EVERY)
        self.assertEqual(len(self.asks(self.bob, "/rooms")), 1)
        self.assertEqual(self.rooms_with_something_said(), set())


class EmptyTests(KeptTestCase):
    """A room in which something was said is kept for a day after the last has left."""

    def leaves(self, *lines: str) -> None:
        """Ann makes #ops, types lines there, and leaves it."""
        self.asks(self.ann, "/join #ops", *lines, "/part #ops")

    def test_it_is_as_it_was(self) -> None:
        self.leaves("one", "/topic the servers", "/key sesame", "/ban client3")
        for again in (False, True):
            if again:
                self.runs()
            self.assertEqual(
                self.asks(self.bob, "/rooms")[1:],
                ["server: #ops (0 here, has a key): the servers"],
            )
            self.assertIn("has a key", self.asks(self.bob, "/join #ops")[0])
        self.assertIn("You are banned", self.asks(self.cat, "/join #ops sesame")[0])
        heard = self.asks(self.bob, "/join #ops sesame")
        self.assertEqual(heard[0], "server: You are in #ops. Nobody else is in it.")
        self.assertIn("client1: one", heard[3])

    def test_where_nothing_was_said_whoever_joins_at_once_makes_another(self) -> None:
        self.asks(self.ann, "/join #ops")
        self.ann.drops()
        self.bob.types("/join #ops")
        self.assertIn(
            "server: You are in #ops, which belongs to you. Nobody else is in it.",
            self.bob.hears(),
        )

    def test_it_ends_after_a_day(self) -> None:
        for comes_between in (False, True):
            self.leaves(*["one"] * 600)
            self.passes(EMPTY_FOR / 2)
            if comes_between:
                self.asks(self.bob, "/join #ops", "/part #ops")
                self.passes(EMPTY_FOR / 2)
            self.passes(EMPTY_FOR / 2 - TIDY_EVERY)
            self.assertIn("#ops", self.server.chat.rooms)
            self.passes(2 * TIDY_EVERY)
            self.assertNotIn("#ops", self.server.chat.rooms)
            self.assertEqual(self.rooms_with_something_said(), set())
        self.asks(self.bob, "/join #ops")
        self.assertEqual(self.said(self.bob, "#ops"), ["Nothing was said in #ops."])

    def test_the_day_goes_on_over_restarts(self) -> None:
        self.leaves("one")
        since = self.server.clock.seconds()
        self.runs(now=since + EMPTY_FOR - 2 * TIDY_EVERY)
        self.assertIn("#ops", self.server.chat.rooms)
        self.passes(3 * TIDY_EVERY)
        self.assertNotIn("#ops", self.server.chat.rooms)
        self.leaves("one")
        self.runs(now=self.server.clock.seconds() + EMPTY_FOR)
        self.assertNotIn("#ops", self.server.chat.rooms)

    def test_who_was_in_it_when_the_server_ended(self) -> None:
        self.asks(self.ann, "/join #ops", "one")
        self.runs()
        self.asks(self.bob, "/join #ops")
        self.assertEqual(self.said(self.bob, "#ops"), ["one"])

    def test_a_clock_that_was_set_back(self) -> None:
        self.leaves("one")
        self.runs(now=1000)
        self.assertIn("#ops", self.server.chat.rooms)

    def test_where_nothing_was_said_it_ends_at_once(self) -> None:
        self.leaves()
        self.assertNotIn("#ops", self.server.chat.rooms)
        self.assertFalse(any(name.startswith("room/") for name in self.store._records))

    def test_the_store_is_not_asked_for_a_room_in_which_nothing_was_said(self) -> None:
        asked: list[str] = []
        append, put = self.store.append, self.store.put

        def note(name: str, value: str | None, version: int) -> Any:
            asked.append(name.partition("/")[0])
            return put(name, value, version)

        def note_said(said: Sequence[Stored]) -> Any:
            asked.append("said")
            return append(said)

        self.patch(self.store, "put", note)
        self.patch(self.store, "append", note_said)
        for _ in range(2):
            self.asks(self.ann, "/join #ops")
            self.asks(self.bob, "/join #ops", "/part")
            self.asks(self.ann, "/part")
        self.assertNotIn("room", asked)
        self.asks(self.ann, "/join #ops")
        asked.clear()
        self.asks(self.ann, "one", "two")
        # Once, and before what was said: the next start deletes what is of no room.
        self.assertEqual(asked, ["room", "said"])
        self.asks(self.ann, "hello to all", "/part")
        self.runs()
        self.asks(self.ann, "/join #ops")
        self.assertEqual(self.said(self.ann, "#ops"), ["one", "two", "hello to all"])

    def test_so_many_are_kept(self) -> None:
        self.patch(vacancies, "MOST_EMPTY", 2)
        for name in ("#a", "#b", "#c"):
            self.asks(self.ann, f"/join {name}", name, "/part")
            self.server.clock.advance(1)
        self.assertEqual(list(self.server.chat.rooms), ["#lobby", "#b", "#c"])

    def test_those_of_accounts_end_last(self) -> None:
        self.patch(vacancies, "MOST_EMPTY", 2)
        for name in ("#a", "#b", "#c"):
            self.asks(self.ann, f"/join {name}", name)
            if name == "#a":
                self.server.chat.rooms[name].owner_account = "ann"
            self.asks(self.ann, "/part")
            self.server.clock.advance(1)
        self.assertEqual(list(self.server.chat.rooms), ["#lobby", "#a", "#c"])

    def test_those_of_who_has_the_most_end_first(self) -> None:
        self.patch(vacancies, "MOST_EMPTY", 3)
        eve = self.server.joined_by("10.6.6.6")
        for person, name in ((self.ann, "#a"), *[(eve, f"#e{number}") for number in range(5)]):
            self.asks(person, f"/join {name}", name, "/part")
            self.server.clock.advance(1)
        self.assertEqual(list(self.server.chat.rooms), ["#lobby", "#a", "#e3", "#e4"])

    def test_they_make_way_for_others(self) -> None:
        self.patch(joining, "MOST_ROOMS", 2)
        for name in ("#a", "#b"):
            self.asks(self.ann, f"/join {name}", name, "/part")
            self.server.clock.advance(1)
        self.asks(self.ann, "/join #c")
        self.assertEqual(list(self.server.chat.rooms), ["#lobby", "#b", "#c"])
        self.asks(self.ann, "/join #d")
        self.assertEqual(self.asks(self.ann, "/join #e"), ["server: No more rooms can be made."])

    def test_it_belongs_to_the_guest_who_owned_it_and_nobody_else(self) -> None:
        self.leaves("one")
        self.assertEqual(
            self.asks(self.bob, "/join #ops", "/key sesame")[-1],
            "server: That is for the owner of #ops only, who is nobody.",
        )
        self.asks(self.bob, "/part")
        self.ann.types("/quit")
        self.ann = self.server.joined_by("10.0.0.1")
        self.assertIn(
            "server: You are in #ops, which belongs to you. Nobody else is in it.",
            self.asks(self.ann, "/join #ops"),
        )
        self.assertIn(
            "server: client1 has changed #ops: it has a key now.",
            self.asks(self.ann, "/key sesame"),
        )

    def test_it_goes_to_who_left_last(self) -> None:
        self.asks(self.ann, "/join #ops", "one")
        self.asks(self.bob, "/join #ops")
        self.asks(self.ann, "/part")
        self.asks(self.bob, "/part")
        self.assertNotIn("belongs", self.asks(self.ann, "/join #ops")[0])
        self.assertIn("which belongs to you", self.asks(self.bob, "/join #ops")[0])


class KeepTests(KeptTestCase):
    def test_for_ever(self) -> None:
        self.asks(self.ann, "one")
        self.server.clock.pump([86400] * 30)
        self.assertEqual(self.said(self.bob, "#lobby"), ["one"])

    def test_the_servers_rule(self) -> None:
        self.runs(keep=3600)
        self.asks(self.ann, *map(str, range(1200)))
        self.passes(1800)
        self.asks(self.ann, "late")
        self.passes(1700)
        self.assertEqual(len(self.rooms_with_something_said()), 1)
        self.assertEqual(len(self.asks(self.bob, "/history 200")), 200)
        self.passes(200)
        self.assertEqual(self.said(self.bob, "#lobby"), ["late"])
        self.passes(1800)
        self.assertEqual(self.said(self.bob, "#lobby"), ["Nothing was said in #lobby."])

    def test_a_rooms_rule(self) -> None:
        self.makes("#ops", "/keep #ops 1h", "one")
        self.asks(self.ann, "/bc all")
        self.passes(3500)
        self.assertEqual(self.said(self.ann, "#ops"), ["one"])
        self.passes(200)
        self.assertEqual(self.said(self.ann, "#ops"), ["Nothing was said in #ops."])
        self.assertEqual(self.said(self.bob, "#lobby"), ["all"])

    def test_a_rooms_rule_holds_after_a_restart(self) -> None:
        self.makes("#ops", "/keep #ops 1h", "one")
        self.runs()
        self.passes(3700)
        self.assertEqual(self.rooms_with_something_said(), set())
