"""Watching: who is told when somebody comes or goes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.presence import watches
from chatsvc.chat.presence.watches import MOST_WATCHED, Watches
from chatsvc.errors import ChatError


class WatchesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.watches: Watches[str] = Watches(lambda watcher, name, user: None)

    def test_a_name_is_watched_once(self) -> None:
        self.assertTrue(self.watches.add("ann", "Bob"))
        self.assertFalse(self.watches.add("ann", "bob"))
        self.assertEqual(self.watches.names("ann"), ["Bob"])
        self.assertEqual(self.watches.of("BOB"), ["ann"])
        self.assertTrue(self.watches.remove("ann", "boB"))
        self.assertFalse(self.watches.remove("ann", "bob"))
        self.assertEqual((self.watches.names("ann"), self.watches.of("bob")), ([], []))

    def test_only_so_many_for_one(self) -> None:
        for n in range(MOST_WATCHED):
            self.watches.add("ann", f"name{n}")
        with self.assertRaisesRegex(ChatError, "which is the most"):
            self.watches.add("ann", "one-more")
        self.watches.add("bob", "one-more")
        self.watches.hand_over("ann", "bob")
        self.assertEqual(len(self.watches.names("bob")), MOST_WATCHED)
        self.assertEqual(self.watches.names("ann"), [])

    def test_only_so_many_for_all(self) -> None:
        self.patch(watches, "MOST_WATCHES", 3)
        for watcher in ("ann", "bob", "cat"):
            self.watches.add(watcher, "dan")
        with self.assertRaisesRegex(ChatError, "Too many"):
            self.watches.add("eve", "dan")
        self.watches.clear("bob")
        self.watches.add("eve", "dan")
        self.assertEqual(self.watches.of("dan"), ["ann", "cat", "eve"])
        for watcher in ("ann", "cat", "eve"):
            self.watches.clear(watcher)
        self.assertEqual((self.watches._names, self.watches._watchers), ({}, {}))
