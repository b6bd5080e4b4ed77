"""The rooms of two in which direct messages are said."""

from __future__ import annotations

from chatsvc.chat.accounts import allowance
from chatsvc.chat.direct import pairs
from chatsvc.chat.direct.pairs import MOST_PAIRS, Pairs
from tests.harness import ChatTestCase, Person


class PairsTests(ChatTestCase):
    def test_what_was_said_before_a_quit_is_heard(self) -> None:
        self.ann.types("/dm client1 a note", "/dm client2 heard", "/dm client1 another", "/quit")
        self.assertIn("client1: heard", self.bob.hears())
        self.assertEqual(
            self.ann.hears()[:3], [f"client1: {each}" for each in ("a note", "heard", "another")]
        )

    def pairs(self) -> Pairs:
        return self.server.chat.pairs

    def test_both_use_one_room(self) -> None:
        self.ann.types("/dm client2 hi", "/dm CLIENT2 there")
        self.bob.types("/dm client1 hi")
        self.assertEqual(self.bob.hears(), ["client1: hi", "client1: there", "client2: hi"])
        self.assertEqual(len(self.pairs()), 1)

    def test_alone_with_oneself(self) -> None:
        self.ann.types("/dm client1 note")
        self.assertEqual(self.ann.hears(), ["client1: note"])

    def test_read_ones_are_cleared_away(self) -> None:
        many = [self.server.joined_by(f"10.0.{n // 250}.{n % 250}") for n in range(3 * MOST_PAIRS)]
        self.cat.stalls()
        self.ann.types("/dm client3 unread")
        for person in many:
            person.types("/dm client1 hi")
            self.assertEqual(self.ann.hears()[-1], f"{person.name}: hi")
            self.assertLessEqual(len(self.pairs()), MOST_PAIRS + 1)
        self.cat.reads()
        self.assertIn("client1: unread", self.cat.hears())

    def test_cleared_away_with_those_who_go(self) -> None:
        self.ann.types("/dm client2 hi", "/dm client3 hi")
        self.bob.hears()
        self.bob.drops()
        self.assertEqual(len(self.pairs()), 1)
        self.ann.drops()
        self.cat.drops()
        self.assertEqual(len(self.pairs()), 0)

    def test_bounded_for_each(self) -> None:
        people = [self.server.joined_by(f"10.0.1.{n}") for n in range(MOST_PAIRS + 1)]
        for person in people:
            person.hears()
            person.stalls()
        self.ann.hears()
        for person in people[:-1]:
            self.ann.types(f"/dm {person.name} hi")
            self.assertEqual(self.ann.hears(), ["client1: hi"])
        refusal = ["server: Too many direct messages to and from client1 wait to be read."]
        self.ann.types(f"/dm {people[-1].name} hi")
        self.assertEqual(self.ann.hears(), refusal)
        self.bob.hears()
        self.bob.types("/dm client1 hi")
        self.assertEqual(self.bob.hears(), refusal)
        self.bob.types("/dm client3 hi")
        self.assertEqual(self.bob.hears(), ["client2: hi"])
        people[0].drops()
        self.ann.hears()
        self.ann.types(f"/dm {people[-1].name} hi")
        self.assertEqual(self.ann.hears(), ["client1: hi"])

    def test_not_inherited_with_a_name(self) -> None:
        self.bob.stalls()
        self.ann.types("/dm client2 secret")
        self.ann.hears()
        self.bob.drops()
        other = self.server.joined_by("10.0.0.2")
        self.assertEqual(other.name, "client2")
        self.assertEqual(len(other.hears()), 1)


class BoundTests(ChatTestCase):
    def begin(self, number: int, address: str) -> list[Person]:
        crowd = [self.server.joined_by(address) for _ in range(number)]
        for person in crowd:
            person.hears()
            person.stalls()
        return crowd

    def test_of_one_address(self) -> None:
        self.patch(pairs, "MOST_OF_ADDRESS", 6)
        crowd = self.begin(5, "10.0.9.9")
        for person in crowd:
            person.types(*[f"/dm {other.name} hi" for other in crowd])
            self.server.clock.advance(0)
        self.assertEqual(len(self.server.chat.pairs), 6)
        crowd[-1].reads()
        told = "server: Too many direct messages from your address wait to be read."
        self.assertIn(told, crowd[-1].hears())
        self.ann.types("/dm client2 hi")
        self.assertEqual(self.bob.hears()[-1], "client1: hi")
        for person in crowd:
            person.reads()
            person.hears()
        crowd[0].types(f"/dm {crowd[4].name} again")
        self.assertIn(f"{crowd[0].name}: again", crowd[4].hears())

    def test_of_one_address_when_few_are_left(self) -> None:
        self.patch(pairs, "MOST_OF_ALL", 60)
        for person in (crowd := self.begin(5, "10.0.9.9")):
            person.types(*[f"/dm {other.name} hi" for other in crowd])
            self.server.clock.advance(0)
        self.assertEqual(len(self.server.chat.pairs), 2)
        self.ann.types("/dm client2 hi")
        self.assertEqual(self.bob.hears()[-1], "client1: hi")

    def test_of_all(self) -> None:
        self.patch(pairs, "MOST_OF_ALL", 6)
        self.patch(allowance, "ONE_IN", 1)
        crowd = [each for n in range(4) for each in self.begin(1, f"10.0.9.{n}")]
        for person in crowd:
            person.types(*[f"/dm {other.name} hi" for other in crowd])
            self.server.clock.advance(0)
        self.assertEqual(len(self.server.chat.pairs), 6)
        self.ann.types("/dm client2 hi")
        told = "server: Too many direct messages on this server wait to be read."
        self.assertEqual(self.ann.hears()[-1], told)
        for person in crowd:
            person.reads()
            person.hears()
        self.ann.types("/dm client2 hi")
        self.assertEqual(self.bob.hears()[-1], "client1: hi")

    def test_nothing_is_left_of_those_who_go(self) -> None:
        for person in self.begin(3, "10.0.9.9"):
            person.types("/dm client1 hi")
            self.ann.hears()
            person.drops()
        self.ann.drops()
        self.assertEqual(self.server.chat.pairs._by_address, {})
