"""Every store: what was said is replaced, forgotten and deleted."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.stores.contract.contract import NEVER, Contract, InFile, InMemory


class Changing(Contract):
    """What was said is replaced, forgotten and deleted."""

    def test_replace(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        [first, old, last] = keeper.says("lobby", "first", "a secret thing", "last", speaker="Bob")
        keeper.says("other", "a secret elsewhere")
        self.assertTrue(keeper.gets(store.replace(old.id, "redacted", "nothing to see")))
        new = old._replace(kind="redacted", text="nothing to see")
        self.assertEqual(keeper.gets(store.find(old.id)), new)
        self.assertEqual(keeper.gets(store.after("lobby", 0, 10)), [first, new, last])
        self.assertEqual(keeper.gets(store.before("lobby", 4, 10)), [first, new, last])
        self.assertEqual(keeper.gets(store.position_at("lobby", 3.0)), 2)
        self.assertEqual(keeper.reads("other"), ["a secret elsewhere"])

    def test_nothing_to_replace(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.says("lobby", "a", "b", "c")
        keeper.gets(store.forget("lobby", 2.0, 1))
        for entry_id in (-1, 0, 1, 4, 2**70):
            self.assertFalse(keeper.gets(store.replace(entry_id, "redacted", "x")), entry_id)
        self.assertEqual(keeper.reads("lobby"), ["b", "c"])

    def test_forget(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for number in range(1, 6):
            keeper.says("lobby", f"lobby {number}")
            keeper.says("other", f"other {number}")
        keeper.waits_for("5", "other")
        self.assertEqual(keeper.gets(store.forget("lobby", 6.0, 2)), 2)
        self.assertEqual(keeper.reads("lobby"), ["lobby 3", "lobby 4", "lobby 5"])
        self.assertEqual(keeper.gets(store.forget("lobby", 6.0, 2)), 1)
        self.assertEqual(keeper.gets(store.forget("lobby", 6.0, 2)), 0)
        self.assertEqual(keeper.reads("lobby"), ["lobby 4", "lobby 5"])
        self.assertEqual(len(keeper.reads("other")), 5)
        self.assertEqual(keeper.gets(store.forget(None, 8.0, 100)), 4)
        self.assertEqual(keeper.reads("lobby"), ["lobby 5"])
        self.assertEqual(keeper.reads("other"), ["other 4", "other 5"])
        self.assertEqual(keeper.gets(store.forget(None, NEVER, 0)), 0)
        self.assertIsNone(keeper.gets(store.find(1)))
        self.assertEqual(keeper.finds("lobby", "lobby"), ["lobby 5"])
        self.assertEqual(keeper.finds("4", "lobby", "other"), ["other 4"])
        self.assertEqual(keeper.gets(store.position_at("lobby", 8.0)), 0)

    def test_forget_everything_and_go_on(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.says("lobby", *map(str, range(1000)))
        self.assertEqual(keeper.gets(store.forget(None, NEVER, 10**6)), 1000)
        self.assertEqual(keeper.reads("lobby"), [])
        [said] = keeper.says("lobby", "hi")
        self.assertEqual((said.id, said.position), (1001, 1001))
        self.assertEqual(keeper.gets(store.before("lobby", 2000, 10)), [said])
        keeper.waits_for("hi", "lobby")

    def test_delete(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = keeper.says("@a/b", *map(str, range(500))) + keeper.says("lobby", "500")
        keeper.gets(store.delete([each.id for each in said[1::2]]))
        self.assertEqual(keeper.reads("@a/b"), [*map(str, range(0, 500, 2))])
        keeper.gets(store.delete([]))
        keeper.gets(store.delete([1, 10**9]))
        self.assertEqual(keeper.reads("@a/b")[0], "2")
        self.assertEqual(keeper.reads("lobby"), ["500"])
        keeper.waits_for("500", "lobby")
        self.assertEqual(keeper.finds("1", "@a/b"), [])

    def test_answering(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = keeper.says("lobby", "one", "two")
        facts = [("Reacted", 1), ("Said", 1), ("Unreacted", 2), ("Reacted", 3), ("Reacted", 0)]
        more = [
            said[0]._replace(id=10 + each, position=10 + each, kind=kind, reply_to=reply_to)
            for each, (kind, reply_to) in enumerate(facts)
        ]
        more.append(more[0]._replace(id=20, room="ops"))
        keeper.gets(store.append(more))
        kinds = ("Reacted", "Unreacted")

        def answers(first: int, last: int, most: int = 10) -> list[int]:
            found = keeper.gets(store.answering("lobby", first, last, kinds, most))
            self.assertTrue(all(each in more for each in found))
            return [each.id for each in found]

        self.assertEqual(answers(1, 3), [10, 12, 13])
        self.assertEqual(answers(2, 10**30), [12, 13])
        self.assertEqual(answers(1, 3, 2), [12, 13])
        self.assertEqual(answers(4, 3), [])
        self.assertEqual(answers(1, 3, -1), [])

    def test_last_ids(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.says("@a/b", "one", "two")
        keeper.says("lobby", "three")
        keeper.says("@b/c", "four")
        rooms = ["@a/b", "@b/c", *[f"@{number}" for number in range(500)]]
        self.assertEqual(keeper.gets(store.last_ids(rooms)), {"@a/b": 2, "@b/c": 4})
        self.assertEqual(keeper.gets(store.last_ids([])), {})


class MemoryChangingTests(InMemory, Changing, SynchronousTestCase):
    pass


class SqliteChangingTests(InFile, Changing, SynchronousTestCase):
    pass
