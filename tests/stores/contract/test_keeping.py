"""Every store keeps records."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc import store as contract
from chatsvc.store import Conflict, Record, StoreError
from chatsvc.stores import memory
from chatsvc.stores.sqlite import file
from tests.stores.contract.contract import Contract, InFile, InMemory


class Keeping(Contract):
    """Records are kept."""

    def test_records(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for name in ("room/a", "room/b", "room", "rooms", "user/\u00e9"):
            keeper.gets(store.put(name, f"of {name}", 0))
        keeper.gets(store.put("room/b", "new\0", 1))
        found = keeper.gets(store.records("room/"))
        self.assertEqual(found, {"room/a": Record("of room/a", 1), "room/b": Record("new\0", 2)})
        self.assertEqual(set(keeper.gets(store.records("user/"))), {"user/\u00e9"})
        self.assertEqual(len(keeper.gets(store.records(""))), 5)
        self.assertEqual(keeper.gets(store.records("room/a/")), {})
        self.assertEqual(keeper.gets(store.record("room")), Record("of room", 1))
        self.assertIsNone(keeper.gets(store.record("roo")))
        keeper.gets(store.put("room/b", None, 2))
        self.assertEqual(set(keeper.gets(store.records("room/"))), {"room/a"})
        keeper.gets(store.put("room/b", "again", 0))
        self.assertEqual(keeper.gets(store.records("room/b")), {"room/b": Record("again", 1)})
        keeper.gets(store.put("never there", None, 0))

    def test_many_records(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for number in range(450):
            keeper.gets(store.put(f"{number:03}", str(number), 0))
        found = keeper.gets(store.records(""))
        values = {name: record.value for name, record in found.items()}
        self.assertEqual(values, {f"{number:03}": str(number) for number in range(450)})
        self.assertEqual(len(keeper.gets(store.records("3"))), 100)

    def test_conflict(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.gets(store.put("a", "1", 0))
        for name, value, version in [("a", "2", 0), ("a", "2", 2), ("a", None, 0), ("b", "2", 1)]:
            with self.assertRaises(Conflict):
                keeper.gets(store.put(name, value, version))
        self.assertEqual(keeper.gets(store.records("")), {"a": Record("1", 1)})

    def test_too_long_or_too_many_records(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for module in (memory, file):
            self.patch(module, "RECORDS", 2)
        longest = "\u00e9" * (contract.VALUE_BYTES // 2)
        keeper.gets(store.put("a", longest, 0))
        with self.assertRaisesRegex(StoreError, "too long"):
            keeper.gets(store.put("b", longest + "x", 0))
        with self.assertRaisesRegex(StoreError, "no text"):
            keeper.gets(store.put("b", "half of a surrogate pair: \ud800", 0))
        keeper.gets(store.put("b", "", 0))
        with self.assertRaisesRegex(StoreError, "too many"):
            keeper.gets(store.put("c", "", 0))
        keeper.gets(store.put("a", "short", 1))
        keeper.gets(store.put("b", None, 1))
        keeper.gets(store.put("c", "", 0))
        self.assertEqual(set(keeper.gets(store.records(""))), {"a", "c"})


class MemoryKeepingTests(InMemory, Keeping, SynchronousTestCase):
    pass


class SqliteKeepingTests(InFile, Keeping, SynchronousTestCase):
    pass
