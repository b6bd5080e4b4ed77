"""Rooms that outlive the server, and what is said in them, for as long as it is kept."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from chatsvc.chat.chat import TIDY_EVERY
from chatsvc.chat.throttle import Throttle
from chatsvc.stores.memory import MemoryStore
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


class RestartTests(KeptTestCase):
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
        self.assertIn("invited only", self.asks(self.bob, "/join #ops")[0])
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

    def test_it_belongs_to_whoever_is_the_first_to_come_back(self) -> None:
        self.makes("#ops")
        self.runs()
        self.assertIn("belongs to you", self.asks(self.bob, "/join #ops")[0])
        self.asks(self.ann, "/join #ops")
        self.assertIn("for the owner", self.asks(self.ann, "/key #ops sesame")[0])
        self.assertIn("has a key", self.asks(self.bob, "/key #ops sesame")[0])

    def test_it_stays_when_all_have_left(self) -> None:
        self.makes("#ops", "one", "/part")
        self.runs()
        self.asks(self.bob, "/join #ops", "two", "/part")
        self.runs()
        self.asks(self.bob, "/join #ops")
        self.assertEqual(self.said(self.bob, "#ops"), ["one", "two"])

    def test_a_room_that_does_not_stay(self) -> None:
        self.asks(self.ann, "all", "/join #ops", *["one"] * 600)
        key = self.server.chat.rooms["#ops"].key
        self.assertEqual(self.rooms_with_something_said(), {"", key})
        self.runs()
        self.assertEqual(len(self.asks(self.bob, "/rooms")), 1)
        self.assertEqual(self.rooms_with_something_said(), {""})
        self.asks(self.bob, "/join #ops")
        self.assertEqual(self.said(self.bob, "#ops"), ["Nothing was said in #ops."])

    def test_a_room_that_stays_no_more(self) -> None:
        self.makes("#ops", "one", "/persist #ops off")
        self.runs()
        self.assertEqual(len(self.asks(self.bob, "/rooms")), 1)
        self.assertEqual(self.rooms_with_something_said(), set())


class KeepTests(KeptTestCase):
    def passes(self, seconds: float) -> None:
        """Time passes, in such steps that nothing is skipped."""
        self.server.clock.pump([TIDY_EVERY] * int(seconds / TIDY_EVERY))

    def test_for_ever(self) -> None:
        self.asks(self.ann, "one")
        self.passes(30 * 86400)
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
