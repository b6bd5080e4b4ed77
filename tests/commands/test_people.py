"""Who is here."""

from __future__ import annotations

from chatsvc.commands.people import MOST_CHARACTERS
from tests.harness import ChatTestCase, Server


class UsersTests(ChatTestCase):
    def test_one(self) -> None:
        ann = Server().joined_by("10.0.0.1")
        ann.types("/users")
        self.assertEqual(ann.hears()[-1], "server: 1 user is connected: client1")

    def test_few(self) -> None:
        self.ann.types("/users")
        self.assertEqual(
            self.ann.hears(), ["server: 3 users are connected: client1, client2, client3"]
        )
        self.assertEqual(self.bob.hears(), [])

    def test_hundreds_fit_a_terminal(self) -> None:
        for n in range(300):
            self.server.joined_by(f"10.0.{n // 250 + 1}.{n % 250}")
        self.ann.hears()
        self.ann.types("/users")
        title, *lines = self.ann.hears()
        self.assertEqual(title, "server: 303 users are connected:")
        self.assertLessEqual(max(map(len, lines)), 80)
        names = ", ".join(line.removeprefix("server:   ") for line in lines).split(", ")
        self.assertEqual(names, [f"client{n}" for n in range(1, 304)])

    def test_bounded(self) -> None:
        longest = len("client3") + 60
        for n in range(MOST_CHARACTERS // longest + 7):
            self.server.joined_by(f"10.1.{n // 250}.{n % 250}").session.user.name = "x" * longest
        self.ann.types("/users")
        told = self.ann.hears()
        self.assertEqual(told[-1], "server:   and 7 more")
        self.assertLess(sum(map(len, told)), 1.3 * MOST_CHARACTERS)
