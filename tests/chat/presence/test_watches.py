"""Watching: who is told when somebody comes or goes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.presence import watches
from chatsvc.chat.presence.watches import MOST_WATCHED, MOST_WATCHERS, Watches
from chatsvc.errors import ChatError


class Watcher(str):
    """Somebody who watches, from the address of that name."""

    @property
    def address(self) -> str:
        return self[:3]


ANN, BOB, CAT, EVE = map(Watcher, ("ann", "bob", "cat", "eve"))


class WatchesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.watches: Watches[Watcher] = Watches(lambda watcher, name, user: None)

    def test_a_name_is_watched_once(self) -> None:
        self.assertTrue(self.watches.add(ANN, "Bob"))
        self.assertFalse(self.watches.add(ANN, BOB))
        self.assertEqual(self.watches.names(ANN), ["Bob"])
        self.assertEqual(self.watches.of("BOB"), [ANN])
        self.assertTrue(self.watches.remove(ANN, "boB"))
        self.assertFalse(self.watches.remove(ANN, BOB))
        self.assertEqual((self.watches.names(ANN), self.watches.of(BOB)), ([], []))

    def test_only_so_many_for_one(self) -> None:
        for n in range(MOST_WATCHED):
            self.watches.add(ANN, f"name{n}")
        with self.assertRaisesRegex(ChatError, "which is the most"):
            self.watches.add(ANN, "one-more")
        self.watches.add(BOB, "one-more")
        self.watches.hand_over(ANN, BOB)
        self.assertEqual(len(self.watches.names(BOB)), MOST_WATCHED)
        self.assertEqual(self.watches.names(ANN), [])

    def test_only_so_many_for_all(self) -> None:
        self.patch(watches, "MOST_WATCHES", 3)
        for watcher in (ANN, BOB, CAT):
            self.watches.add(watcher, "dan")
        with self.assertRaisesRegex(ChatError, "Too many"):
            self.watches.add(EVE, "dan")
        self.watches.clear(BOB)
        self.watches.add(EVE, "dan")
        self.assertEqual(self.watches.of("dan"), [ANN, CAT, EVE])
        for watcher in (ANN, CAT, EVE):
            self.watches.clear(watcher)
        self.assertEqual((self.watches._names, self.watches._watchers), ({}, {}))
        self.assertEqual(self.watches._by_address, {})

    def test_only_so_many_of_one_name(self) -> None:
        """All of them are told at once when somebody comes or goes."""
        for number in range(MOST_WATCHERS):
            self.watches.add(Watcher(f"{number:03}"), "Dan")
        with self.assertRaisesRegex(ChatError, "dan is watched by 200 people, which is the most"):
            self.watches.add(ANN, "dan")
        self.watches.add(ANN, "eve")
        self.watches.clear(Watcher("007"))
        self.watches.add(ANN, "dan")
        self.assertEqual(len(self.watches.of("dan")), MOST_WATCHERS)

    def test_only_so_many_of_one_name_from_one_address(self) -> None:
        for number in range(watches.MOST_WATCHERS_OF_ADDRESS):
            self.watches.add(Watcher(f"eve{number}"), "dan")
        with self.assertRaisesRegex(ChatError, "Too many people from your address watch dan"):
            self.watches.add(EVE, "dan")
        self.watches.add(ANN, "dan")

    def test_a_few_addresses_leave_some_for_others(self) -> None:
        self.patch(watches, "MOST_WATCHES", 1000)
        for address in range(100, 130):
            with self.assertRaisesRegex(ChatError, "from your address"):
                for number in range(MOST_WATCHED):
                    self.watches.add(Watcher(str(address)), f"name{address}-{number}")
        self.assertLess(self.watches._count, 700)
        self.watches.add(ANN, "dan")

    def test_only_so_many_for_one_address(self) -> None:
        self.patch(watches, "MOST_OF_ADDRESS", 2)
        again = Watcher("ann, who is here twice")
        self.watches.add(ANN, "dan")
        self.watches.add(again, "dan")
        with self.assertRaisesRegex(ChatError, "from your address"):
            self.watches.add(again, "eve")
        self.watches.add(BOB, "eve")
        self.watches.hand_over(BOB, ANN)
        self.assertEqual((self.watches.names(BOB), self.watches.names(ANN)), ([], ["dan"]))
        self.watches.remove(ANN, "dan")
        self.watches.add(again, "eve")
