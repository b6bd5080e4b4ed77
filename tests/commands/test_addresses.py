"""From where people come: for operators, for a time, and until one asks to be forgotten."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.people import visits
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person

PASSWORD = "correct-horse"
DAY = 86400.0


class AddressTestCase(ChatTestCase):
    """Ann is an operator."""

    def setUp(self) -> None:
        self.begin()

    def begin(self, **options: Any) -> None:
        options = {
            "operators": frozenset({skeleton("ann")}),
            "plaintext_passwords": True,
            "throttle": Throttle.off(),
            **options,
        }
        self.options = options
        self.eve, self.bob, self.cat = self.start(**options)
        self.ann = self.server.joined_by("127.0.0.1")
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        for person in (self.ann, self.bob, self.cat):
            person.hears()

    def asks(self, line: str, person: Person | None = None) -> list[str]:
        asking = person or self.ann
        asking.types(line)
        self.server.clock.pump([0, *[0.01] * 10])  # it takes several turns
        return asking.hears()

    def records(self) -> list[str]:
        return [name for name in self.server.records() if name.startswith("seen/")]


class SeenTests(AddressTestCase):
    def test_operators_see_addresses(self) -> None:
        self.assertIn("server:   From: 10.0.0.2", self.asks("/whois client2"))
        self.assertNotIn("10.0.0", "".join(self.asks("/whois client2", self.cat)))
        self.assertEqual(
            self.asks("/seen client2", self.cat), ["server: That is for operators only."]
        )

    def test_each_address_once(self) -> None:
        for host in ("127.0.0.1", "10.0.0.9"):
            self.server.joined_by(host).types(f"/login ann {PASSWORD}")
        self.ann.hears()
        self.assertIn("server:   From: 127.0.0.1, 10.0.0.9", self.asks("/whois ann"))

    def test_of_those_who_have_gone(self) -> None:
        self.bob.types("/nick bob", "/quit")
        self.ann.hears()
        for name in ("client2", "bob", "BOB"):
            [line] = self.asks(f"/seen {name}")
            self.assertRegex(line, rf"^server: {name} came from 10\.0\.0\.2, last at .* UTC\.$")
        self.assertEqual(
            self.asks(f"/seen {'x' * 5000}")[0][:40], "server: No addresses of xxxxxxxxxxxxxxxx"
        )

    def test_for_as_long_as_it_is_said(self) -> None:
        self.bob.types("/quit")
        self.server.clock.advance(100)
        self.assertEqual(len(self.records()), 1)
        self.server.clock.advance(6 * DAY)
        self.ann.hears()
        self.assertEqual(len(self.asks("/seen client2")), 1)
        self.server.clock.advance(1 * DAY)
        self.server.clock.advance(100)
        self.assertIn("No addresses of", self.asks("/seen client2")[-1])
        self.assertEqual(self.records(), [])

    def test_not_at_all(self) -> None:
        self.begin(keep_addresses=0.0)
        self.server.clock.advance(100)
        self.assertIn("No addresses of", self.asks("/seen client2")[0])
        self.assertEqual(self.records(), [])

    def test_over_a_restart(self) -> None:
        self.server.chat.shut_down(lambda: None)
        for person in (self.ann, self.bob, self.cat, self.eve):
            person.drops()
        store = self.server.store
        self.start(**{**self.options, "store": store})
        ann = self.server.joined_by("127.0.0.1")
        ann.types(f"/login ann {PASSWORD}")
        ann.hears()
        [line] = self.asks("/seen client2", ann)
        self.assertIn("10.0.0.2", line)

    def test_bounded(self) -> None:
        self.patch(visits, "PAGE", 3)
        self.patch(visits, "MOST_PAGES", 4)
        self.patch(visits, "MOST_NEW", 100)
        book = self.server.chat.visits
        for number in range(1000):
            book.note(f"name{number}", "10.9.9.9")
            self.assertLessEqual(len(book._new), 100)
        self.server.clock.pump([61, *[0.01] * 40])
        self.assertEqual(len(self.records()), 4)
        self.assertIn("10.9.9.9", self.asks("/seen name999")[-1])
        self.assertIn("No addresses of", self.asks("/seen name980")[-1])


class ForgetTests(AddressTestCase):
    def test_oneself(self) -> None:
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.bob.hears()
        self.assertEqual(
            self.asks("/forget", self.bob),
            [
                "server: Deleted the data of bob: 1 visit with its address,"
                " 0 messages that waited, read markers.",
                "server: Deleted the data of client2: 1 visit with its address,"
                " 0 messages that waited.",
            ],
        )
        self.assertIn("No addresses of", self.asks("/seen bob")[-1])
        self.assertIn("No addresses of", self.asks("/seen client2")[-1])
        self.assertIn("10.0.0.3", self.asks("/seen client3")[-1])

    def test_others_for_operators_only(self) -> None:
        self.assertEqual(
            self.asks("/forget client3", self.bob),
            ["server: Only operators may do that for others."],
        )
        self.assertIn(
            "Deleted the data of client3: 1 visit with its address", self.asks("/forget client3")[0]
        )

    def test_with_the_account(self) -> None:
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.bob.hears()
        heard = self.asks(f"/unregister {PASSWORD}", self.bob)
        self.assertIn("server: Deleted the data of bob: 1 visit with its address", "".join(heard))
