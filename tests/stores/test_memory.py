"""How much of what was said is kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from time import process_time

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.store import StoreError, StoreState
from chatsvc.stores import memory
from chatsvc.stores.memory import STORED_BYTES, MemoryStore
from tests.stores.keeper import Keeper, Turns

MUCH = 2**30


def keeper(events: int, size: int = MUCH) -> Keeper:
    return Keeper(MemoryStore(events, size), Turns())


class MemoryTests(SynchronousTestCase):
    def test_the_newest_are_kept(self) -> None:
        ann = keeper(events=5)
        ann.says("lobby", "a")
        ann.says("lobby", "b", "c", "d")
        ann.says("lobby", "e", "f")
        self.assertEqual(ann.reads("lobby"), ["b", "c", "d", "e", "f"])
        ann.says("lobby", "g")
        self.assertEqual(ann.reads("lobby"), ["c", "d", "e", "f", "g"])
        ann.says("lobby", *"hijklmnop")
        self.assertEqual(ann.reads("lobby"), ["l", "m", "n", "o", "p"])

    def test_bounded_in_bytes(self) -> None:
        ann = keeper(events=1000, size=10 * (STORED_BYTES + 2 * 100))
        for _ in range(20):
            ann.says("lobby", "x" * 100, "y" * 100, "z" * 100)
            self.assertLessEqual(len(ann.reads("lobby")), 10)
        self.assertEqual([text[0] for text in ann.reads("lobby")], ["x", "y", "z"] * 3)

    def test_what_was_appended_last_is_kept_whatever_its_size(self) -> None:
        ann = keeper(events=3, size=1)
        ann.says("lobby", "a")
        ann.says("lobby", "b" * 1000, "c")
        self.assertEqual([text[0] for text in ann.reads("lobby")], ["b", "c"])

    def test_what_is_known_of_sizes_stays_bounded(self) -> None:
        ann = keeper(events=10, size=20 * STORED_BYTES)
        for number in range(1000):
            ann.gets(ann.store.append([]))
            ann.says("lobby", *["x"] * (number % 4))
            store = ann.store
            assert isinstance(store, MemoryStore)
            self.assertLessEqual(store._bytes, 20 * STORED_BYTES)
            self.assertGreaterEqual(store._bytes, len(store._said) * STORED_BYTES)

    def test_records_are_bounded_in_bytes(self) -> None:
        self.patch(memory, "RECORD_BYTES", 3 * (STORED_BYTES + 1010))
        ann = keeper(events=1)
        store = ann.store
        for name in "abc":
            ann.gets(store.put(name, "x" * 1000, 0))
        for name, version in (("d", 0), ("a", 1)):
            with self.assertRaisesRegex(StoreError, "the memory for it is full"):
                ann.gets(store.put(name, "x" * 1100, version))
        ann.gets(store.put("b", "x", 1))
        ann.gets(store.put("a", "x" * 1900, 1))
        for name in "bc":
            ann.gets(store.put(name, None, 2 if name == "b" else 1))
        ann.gets(store.put("d", "x" * 1000, 0))
        assert isinstance(store, MemoryStore)
        sizes = [STORED_BYTES + len(each.value) + 1 for each in store._records.values()]
        self.assertEqual(store._record_bytes, sum(sizes))

    def test_forgotten_things_make_room(self) -> None:
        ann = keeper(events=4)
        ann.says("lobby", *"abcd")
        self.assertEqual(ann.gets(ann.store.forget(None, 3.0, 10)), 2)
        ann.says("lobby", "e", "f")
        self.assertEqual(ann.reads("lobby"), ["c", "d", "e", "f"])

    def test_what_is_longer_than_what_stood_there_makes_others_go(self) -> None:
        ann = keeper(events=1000, size=4 * (STORED_BYTES + 2 * 100))
        ann.says("lobby", *(letter * 100 for letter in "abcd"))
        self.assertTrue(ann.gets(ann.store.replace(3, "said", "C" * 300)))
        self.assertEqual([text[0] for text in ann.reads("lobby")], ["b", "C", "d"])
        ann.gets(ann.store.replace(3, "said", ""))
        ann.says("lobby", "e" * 100, "f" * 100)
        self.assertEqual(len(ann.reads("lobby")), 4)

    def test_a_search_lets_others_have_their_turn(self) -> None:
        turns: list[Callable[[], None]] = []
        store = MemoryStore(10_000, MUCH, turns.append)  # type: ignore[arg-type]  # never cancelled
        ann = Keeper(store, Turns())
        said = ann.says("lobby", *(f"word {number}" for number in range(5)))
        ann.says("lobby", *["a" + "\u0e48\u0e38" * 1300, "\ufdfa" * 2700] * 100)
        found: list[list[str]] = []

        async def search() -> None:
            found.append([each.text for each in await store.search("word", ["lobby"], most=3)])

        for _ in range(2):
            ann.begins(search())
        longest, made = 0.0, 0
        while turns:
            started = process_time()
            turns.pop()()
            longest = max(longest, process_time() - started)
            made += 1
            if made == 5:  # [Both have begun.]
                ann.says("lobby", "word too late")
                ann.gets(store.forget(None, said[1].at, 100))
                self.assertTrue(ann.gets(store.replace(said[3].id, "redacted", "word gone")))
        self.assertGreater(made, 20)
        self.assertLess(longest, 0.1)
        self.assertEqual(found, [["word 2", "word gone", "word 4"]] * 2)

    def test_what_is_replaced_while_it_is_found_is_not_found(self) -> None:
        turns: list[Callable[[], None]] = []
        store = MemoryStore(100, MUCH, turns.append)  # type: ignore[arg-type]  # never cancelled
        self.patch(memory, "SLICE", 1.5)
        self.patch(memory, "monotonic", count().__next__)  # one line takes 1
        ann = Keeper(store, Turns())
        [*_, newest] = ann.says("lobby", "word 1", "word 2", "word 3")
        search = ann.begins(store.search("word", ["lobby"], most=3))
        turns.pop()()
        self.assertTrue(ann.gets(store.replace(newest.id, "redacted", "gone")))
        while turns:
            turns.pop()()
        self.assertEqual([each.text for each in self.successResultOf(search)], ["word 1", "word 2"])

    def test_opened_again(self) -> None:
        ann = keeper(events=4)
        ann.says("lobby", "a", "b")
        ann.says("other", "c")
        ann.closes()
        self.assertEqual(ann.opens(), StoreState(3, {"lobby": 2, "other": 1}))
