"""Limits that change while people are here."""

from __future__ import annotations

from math import inf

from chatsvc.chat.limits import Limits
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person

PASSWORD = "correct-horse"


class LimitsTests(ChatTestCase):
    def change(self, **values: object) -> None:
        limits = self.server.chat.limits
        limits.become(Limits(**{**vars(limits), **values}))

    def joined(self) -> Person:
        return self.server.joined_by("10.0.0.9")

    def test_the_most_users(self) -> None:
        self.change(users=3)
        self.assertIn("server: The server is full.", self.joined().hears())
        self.assertEqual(self.ann.hears(), [])
        self.change(users=4)
        self.assertIn("Welcome", self.joined().hears()[0])

    def test_the_most_from_one_address(self) -> None:
        self.change(per_address=1)
        first, second = self.joined(), self.joined()
        self.assertIn("Welcome", first.hears()[0])
        self.assertIn("server: Too many connections from your address.", second.hears())
        self.change(per_address=inf)
        self.assertIn("Welcome", self.joined().hears()[0])

    def test_the_backlog(self) -> None:
        self.ann.types(*map(str, range(5)))
        self.change(backlog=2)
        self.server.chat.rooms.keep_backlogs()
        heard = self.joined().hears()
        self.assertEqual([line.rpartition(": ")[2] for line in heard if "] " in line], ["3", "4"])
        self.change(backlog=3)
        self.server.chat.rooms.keep_backlogs()
        self.ann.types("5", "6")
        heard = self.joined().hears()
        self.assertEqual(
            [line.rpartition(": ")[2] for line in heard if "] " in line], ["4", "5", "6"]
        )

    def test_who_may_take_part(self) -> None:
        self.change(accounts_only=True)
        self.assertIn("Only people with an account", self.joined().hears()[-1])
        self.ann.types("still here")
        self.assertEqual(self.bob.hears()[-1], "client1: still here")

    def test_passwords_in_plaintext(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.assertIn("Others could read your password", self.ann.hears()[-1])
        self.change(plaintext_passwords=True)
        self.ann.types(f"/register {PASSWORD}")
        self.assertIn("The name ann is yours", "".join(self.ann.hears()))

    def test_operators(self) -> None:
        self.change(plaintext_passwords=True)
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.ann.hears()
        for names, answer in (
            ({"ann"}, "Registering takes no code"),
            (set(), "That is for operators only."),
        ):
            self.change(operators=frozenset(names))
            self.ann.types("/invitecode")
            self.assertIn(answer, self.ann.hears()[-1])

    def test_how_long_messages_are_kept(self) -> None:
        self.ann.types("soon gone")
        self.server.clock.advance(2 * 86400.0)
        self.ann.types("/search soon")
        self.assertIn("soon gone", "".join(self.ann.hears()))
        self.change(keep=86400.0)
        self.server.clock.advance(3600.0)
        self.ann.types("/search soon")
        self.assertNotIn("soon gone", "".join(self.ann.hears()))

    def test_the_throttle_of_those_who_come_from_now_on(self) -> None:
        self.ann.types("first")
        self.server.factory.entrance.change_throttle(Throttle(2, 1.0))
        eve = self.joined()
        self.bob.hears()
        eve.types(*"abcdef")
        self.ann.types(*"uvwxyz")
        heard = [line[-1] for line in self.bob.hears()]
        self.assertEqual(set(heard), {*"ab", *"uvwxyz"})
