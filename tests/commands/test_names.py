"""Chosen names, and what goes with a person."""

from __future__ import annotations

from chatsvc.chat.people.user import AWAY_LENGTH
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person


class PeopleTestCase(ChatTestCase):
    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())

    def told(self, person: Person, line: str) -> list[str]:
        self.hush()
        return person.asks(line)


class NickTests(PeopleTestCase):
    def test_everyone_is_told_once(self) -> None:
        self.bob.types("/join #a", "/join #b")
        self.ann.types("/join #a", "/join #b")
        self.told(self.ann, "/nick Ann")
        told = ["server: client1 is now known as Ann."]
        self.assertEqual(self.bob.hears(), told)
        self.assertEqual(self.cat.hears(), told)

    def test_is_used_from_then_on(self) -> None:
        self.ann.types("before", "/nick Ann", "after", "/dm bob x")
        said = [line for line in self.bob.hears() if not line.startswith("server")]
        self.assertEqual(said, ["client1: before", "Ann: after"])
        self.bob.types("/dm ANN hi")
        self.assertEqual(self.ann.hears()[-1], "client2: hi")
        self.assertEqual(
            self.told(self.cat, "/users"), ["server: 3 users are connected: Ann, client2, client3"]
        )
        self.ann.types("/quit")
        self.assertEqual(self.bob.hears()[-1], "server: Ann has quit.")

    def test_nobody_gets_one_that_is_taken_or_looks_so(self) -> None:
        self.told(self.ann, "/nick Anna")
        for name in ("anna", "ANNA", "\N{CYRILLIC CAPITAL LETTER A}nn\N{CYRILLIC SMALL LETTER A}"):
            self.assertIn("is taken", self.told(self.bob, f"/nick {name}")[0])
        self.ann.types("/quit")
        self.assertIn("now known as anna", self.told(self.bob, "/nick anna")[-1])

    def test_ordinary_names_do_not_exclude_each_other(self) -> None:
        for one, other in (("Maria", "Marla"), ("ian", "lan"), ("Ian", "Lan"), ("Erna", "Ema")):
            self.assertIn("now known as", self.told(self.ann, f"/nick {one}")[0])
            self.assertIn("now known as", self.told(self.bob, f"/nick {other}")[0])
            self.told(self.bob, "/nick client2")

    def test_what_passes_for_another_does(self) -> None:
        for one, other in (
            *(("Bill", "BiII"), ("Bill", "BilI"), ("Ian", "lan"), ("Maria", "MarIa")),
            *(("bob", "b0b"), ("maria", "mar1a"), ("maria", "mаria"), ("Maria", "Mɑria")),
            *(("BiII", "Bill"), ("lan", "Ian"), ("MarIa", "marla"), ("Ian", "IAN")),
        ):
            self.told(self.ann, f"/nick {one}")
            self.assertIn("is taken", self.told(self.bob, f"/nick {other}")[0], (one, other))
        self.told(self.cat, "/nick ian-lee")
        self.assertIn("is taken", self.told(self.bob, "/nick lan-lee")[0])

    def test_a_name_that_is_somebodys_own_excludes_all_that_look_alike(self) -> None:
        self.start(plaintext_passwords=True, throttle=Throttle.off())
        self.ann, self.bob = self.server.joined_by("10.0.0.7"), self.server.joined_by("10.0.0.8")
        self.told(self.bob, "/nick Marla")
        self.told(self.ann, "/nick Maria")
        self.told(self.ann, "/register correct-horse")
        self.assertIn("belongs to somebody", self.told(self.bob, "/register correct-horse")[0])
        self.told(self.bob, "/nick other")
        self.assertIn("belongs to somebody", self.told(self.bob, "/nick Marla")[0])

    def test_who_comes_takes_the_name_from_all_that_pass_for_it(self) -> None:
        self.start(plaintext_passwords=True, throttle=Throttle.off())
        ann, bob, cat = [self.server.joined_by(f"10.0.0.{n}") for n in (7, 8, 9)]
        ann.types("/nick BiIl", "/register correct-horse", "/logout")
        ann.hears()
        rename = self.server.chat.users.rename
        rename(bob.session.user, "Bill")
        rename(cat.session.user, "Biil")
        ann.types("/login BiIl correct-horse")
        ann.hears()
        self.assertEqual(ann.name, "BiIl")
        for person in (bob, cat):
            told = "server: The owner of the name BiIl has logged in."
            self.assertIn(told, person.hears())
            self.assertEqual(person.name, person.session.user.given_name)

    def test_two_who_want_one_at_once(self) -> None:
        self.ann.types("/nick max")
        self.bob.types("/nick max")
        self.assertIn("server: client1 is now known as max.", self.cat.hears())
        self.assertIn(
            'server: The name "max" is taken, or looks like one that is.', self.bob.hears()
        )

    def test_given_names_are_nobody_elses(self) -> None:
        self.assertIn("server: ", self.told(self.ann, "/nick client2")[0])
        self.assertIn("server: ", self.told(self.ann, "/nick client99")[0])
        self.told(self.ann, "/nick Ann")
        self.assertNotIn("known", self.told(self.bob, "/nick client1")[0])
        self.assertEqual(
            self.told(self.ann, "/nick CLIENT1"), ["server: Ann is now known as client1."]
        )

    def test_ones_own_can_be_written_in_another_way(self) -> None:
        self.told(self.ann, "/nick ann")
        self.assertEqual(self.told(self.ann, "/nick ANN"), ["server: ann is now known as ANN."])
        self.assertEqual(self.told(self.ann, "/nick ANN"), [])

    def test_given_name_comes_back_to_its_address(self) -> None:
        self.told(self.ann, "/nick Ann")
        self.ann.drops()
        self.assertEqual(self.server.joined_by("10.0.0.1").name, "client1")


class WhoisTests(PeopleTestCase):
    def test_names_rooms_and_absence(self) -> None:
        self.ann.types("/nick Ann", "/join #a", "/join #b", "/privacy hidden", "/away at lunch")
        self.assertEqual(
            self.told(self.bob, "/whois ann"),
            [
                "server: Ann (also known as client1) is here.",
                "server:   In: #lobby, #a",
                "server:   Away: at lunch",
            ],
        )
        self.assertEqual(
            self.told(self.bob, "/whois client2"),
            ["server: client2 is here.", "server:   In: #lobby"],
        )
        self.assertIn("not connected", self.told(self.bob, "/whois nobody1")[0])

    def test_away_is_told_to_who_writes(self) -> None:
        self.told(self.ann, "/away")
        self.assertEqual(
            self.told(self.bob, "/dm client1 hi"),
            ["client2: hi", "server: client1 is away: not here just now"],
        )
        self.assertEqual(self.ann.hears(), ["client2: hi"])
        self.assertEqual(self.told(self.ann, "/back"), ["server: You are back."])
        self.assertEqual(self.told(self.bob, "/dm client1 hi"), ["client2: hi"])
        self.assertIn("longer than", self.told(self.ann, f"/away {'x' * (AWAY_LENGTH + 1)}")[0])


class ReplyTests(PeopleTestCase):
    def test_goes_to_the_last_who_wrote(self) -> None:
        self.assertIn("Nobody has", self.told(self.ann, "/reply hi")[0])
        self.bob.types("/dm client1 one")
        self.assertEqual(self.told(self.ann, "/reply to bob")[-1], "client1: to bob")
        self.cat.types("/dm client1 two")
        self.assertEqual(
            self.told(self.ann, "/reply to bob")[-1],
            "server: client3 has written to you since, so that was not said."
            " Type it again to say it to client3.",
        )
        self.assertEqual([each for each in self.cat.hears() if "to bob" in each], [])
        self.assertEqual(self.told(self.ann, "/reply three"), ["client1: three"])
        self.assertEqual(self.cat.hears(), ["client1: three"])
        self.cat.drops()
        self.assertIn("not connected", self.told(self.ann, "/reply four")[-1])


class ImpostorTests(PeopleTestCase):
    def test_reply_goes_to_the_person_and_not_to_the_name(self) -> None:
        self.bob.types("/nick rob", "/dm client1 hi", "/quit")
        self.cat.types("/nick rob")
        self.assertIn("not connected", self.told(self.ann, "/reply the secret")[-1])
        self.assertNotIn("the secret", "".join(self.cat.hears()))

    def test_another_name_in_the_same_breath_is_ignored_too(self) -> None:
        self.told(self.ann, "/ignore client2")
        self.bob.types("/nick aaa", "spam", "/nick bbb", "spam")
        self.assertNotIn("spam", "".join(self.ann.hears()))

    def test_who_takes_the_name_of_somebody_ignored_is_heard(self) -> None:
        self.bob.types("/nick rob")
        self.told(self.ann, "/ignore rob")
        self.bob.types("/quit")
        self.cat.types("/nick rob", "hello")
        self.assertIn("rob: hello", self.ann.hears())

    def test_rooms_of_two_are_not_kept_for_those_who_go_at_once(self) -> None:
        for n in range(5):
            person = self.server.joined_by(f"10.1.0.{n}")
            person.types(f"/dm {person.name} x")
            person.drops()
        self.server.clock.advance(0)
        self.assertEqual(len(self.server.chat.pairs), 0)
