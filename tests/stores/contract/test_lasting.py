"""Stores that outlive the server."""

from __future__ import annotations

import sqlite3

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.store import Record, StoreError, StoreState
from tests.stores.contract.contract import NEVER, InFile


class LastingTests(InFile, SynchronousTestCase):
    """What those stores do that outlive the server."""

    def test_something_that_cannot_be_kept(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        good, bad, other = keeper.makes("lobby", "a", "b", "c")
        for spoilt in (
            bad._replace(text="half of a surrogate pair: \ud800"),
            bad._replace(position=2**64),
            bad._replace(position=good.position),
        ):
            with self.assertRaises((ValueError, OverflowError, sqlite3.Error)):
                keeper.gets(store.append([good, spoilt, other]))
            self.assertEqual(keeper.reads("lobby"), [])
        keeper.gets(store.append([good]))
        keeper.gets(store.append([other]))
        self.assertEqual(keeper.reads("lobby"), ["a", "c"])
        keeper.closes()
        self.assertEqual(self.opens().kept, StoreState(3, {"lobby": 3}))

    def test_everything_is_there_again(self) -> None:
        keeper = self.keeper
        said = keeper.says("lobby", "a", "b") + keeper.says("other", "c")
        keeper.gets(keeper.store.put("name", "value", 0))
        keeper.closes()
        keeper = self.opens()
        self.assertEqual(keeper.kept, StoreState(3, {"lobby": 2, "other": 1}))
        self.assertEqual([keeper.gets(keeper.store.find(each.id)) for each in said], said)
        self.assertEqual(keeper.gets(keeper.store.records("")), {"name": Record("value", 1)})
        keeper.waits_for("c", "other")
        self.assertEqual(keeper.finds("a", "lobby"), ["a"])
        keeper.says("lobby", "d")
        self.assertEqual(keeper.reads("lobby"), ["a", "b", "d"])

    def test_what_was_replaced_stays_so(self) -> None:
        keeper = self.keeper
        [old] = keeper.says("lobby", "secret")
        keeper.gets(keeper.store.replace(old.id, "redacted", "gone"))
        keeper.closes()
        keeper = self.opens()
        new = old._replace(kind="redacted", text="gone")
        self.assertEqual(keeper.gets(keeper.store.find(old.id)), new)
        keeper.says("lobby", "marker")
        keeper.waits_for("marker", "lobby")
        self.assertEqual(keeper.finds("gone", "lobby"), ["gone"])
        self.assertEqual(keeper.finds("secret", "lobby"), [])

    def test_no_id_and_no_position_comes_again(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", "a", "b")
        keeper.gets(keeper.store.forget(None, NEVER, 10))
        keeper.closes()
        self.assertEqual(self.opens().kept, StoreState(2, {"lobby": 2}))

    def test_nothing_is_left_of_a_room_that_has_ended(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", "a")
        keeper.says("other", "b", "c")
        self.assertEqual(keeper.gets(keeper.store.forget("other", NEVER, 2)), 2)
        self.assertEqual(keeper.gets(keeper.store.forget("other", NEVER, 2)), 0)
        keeper.closes()
        self.assertEqual(self.opens().kept, StoreState(3, {"lobby": 1}))

    def test_heads_are_those_of_rooms_that_people_join(self) -> None:
        keeper = self.keeper
        for room in ("", "#a", "#z", "@a/b", "@z/z", "A", "lobby"):
            keeper.says(room, "a", "b")
        keeper.gets(keeper.store.forget("@a/b", NEVER, 1))
        keeper.closes()
        heads = dict.fromkeys(["", "#a", "#z", "A", "lobby"], 2)
        self.assertEqual(self.opens().kept, StoreState(14, heads))

    def test_the_end_waits_for_what_was_asked_for(self) -> None:
        keeper = self.keeper
        said = keeper.says("lobby", *map(str, range(1000)))
        appending = keeper.begins(keeper.store.append(keeper.makes("lobby", "last")))
        reading = keeper.begins(keeper.store.after("lobby", 600, 300))
        forgetting = keeper.begins(keeper.store.forget("lobby", 500.5, 1000))
        closing = keeper.begins(keeper.store.close())
        with self.assertRaisesRegex(StoreError, "closed"):
            keeper.gets(keeper.store.find(1))
        keeper.result_of(closing)
        self.assertTrue(appending.called)
        self.assertTrue(reading.called)
        self.assertTrue(forgetting.called)
        self.assertEqual(keeper.result_of(reading), said[600:900])
        self.assertEqual(keeper.result_of(forgetting), 500)
        keeper = self.opens()
        found = keeper.gets(keeper.store.after("lobby", 0, 1000))
        self.assertEqual(found[:-1], said[500:])
        self.assertEqual(found[-1].text, "last")

    def test_closed_and_opened_again(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", "a")
        for _ in range(2):
            keeper.closes()
        self.assertEqual(keeper.opens(), StoreState(1, {"lobby": 1}))
        keeper.says("lobby", "b")
        keeper.closes()
        self.assertEqual(keeper.opens(), StoreState(2, {"lobby": 2}))
