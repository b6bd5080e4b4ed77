"""Every store: what was said is read again."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc import store as contract
from chatsvc.store import StoreState
from tests.stores.contract.contract import NEVER, Contract, InFile, InMemory


class Reading(Contract):
    """What was said is read."""

    def test_nothing(self) -> None:
        keeper = self.keeper
        store = keeper.store
        self.assertEqual(keeper.kept, StoreState(0, {}))
        self.assertEqual(keeper.gets(store.after("lobby", 0, 10)), [])
        self.assertEqual(keeper.gets(store.before("lobby", 10, 10)), [])
        self.assertIsNone(keeper.gets(store.find(1)))
        self.assertEqual(keeper.gets(store.position_at("lobby", NEVER)), 0)
        self.assertEqual(keeper.gets(store.search("hi", ["lobby"], most=10)), [])
        self.assertEqual(keeper.gets(store.forget(None, NEVER, 10)), 0)
        self.assertEqual(keeper.gets(store.records("")), {})

    def test_everything_comes_back_as_it_was_said(self) -> None:
        odd = 'it\'s "odd"; %s ? \\ \0 \U0001f469\u200d\U0001f680 e\u0301 --'
        said = self.keeper.says("caf\u00e9 #1", odd, "", speaker="o'Brien", at=1763848636.123456)
        self.assertEqual(self.keeper.gets(self.keeper.store.after("caf\u00e9 #1", 0, 10)), said)
        self.assertEqual(self.keeper.gets(self.keeper.store.find(said[0].id)), said[0])

    def test_append_nothing(self) -> None:
        self.keeper.gets(self.keeper.store.append([]))
        self.assertEqual(self.keeper.reads("lobby"), [])

    def test_what_was_appended_is_a_copy(self) -> None:
        said = self.keeper.makes("lobby", "a", "b")
        appending = self.keeper.begins(self.keeper.store.append(said))
        said.clear()
        self.keeper.result_of(appending)
        self.assertEqual(self.keeper.reads("lobby"), ["a", "b"])

    def test_after_and_before(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = []
        for number in range(10):
            said += keeper.says("lobby", f"{number}a", f"{number}b")
            keeper.says("other", "x")
        for position in (-1, 0, 1, 7, 19, 20, 21, 2**70):
            behind = [each for each in said if each.position > position]
            ahead = [each for each in said if each.position < position]
            for most in (0, 1, 3, 20, 5000):
                case = f"position {position}, most {most}"
                found = keeper.gets(store.after("lobby", position, most))
                self.assertEqual(found, behind[:most], case)
                found = keeper.gets(store.before("lobby", position, most))
                self.assertEqual(found, ahead[-most:] if most else [], case)
        self.assertEqual(keeper.gets(store.after("lobby", 0, -1)), [])
        self.assertEqual(keeper.gets(store.after("Lobby", 0, 10)), [])

    def test_much_at_once(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = keeper.says("lobby", *map(str, range(1234)))
        self.assertEqual(keeper.gets(store.after("lobby", 0, 10**9)), said[: contract.MOST_ROWS])
        self.assertEqual(keeper.gets(store.after("lobby", 34, 10**9)), said[34:1034])
        self.assertEqual(keeper.gets(store.after("lobby", 34, 1001)), said[34:1034])
        self.assertEqual(keeper.gets(store.before("lobby", 1200, 10**9)), said[199:1199])
        self.assertEqual(keeper.gets(store.before("lobby", 301, 10**9)), said[:300])
        self.assertEqual(keeper.gets(store.before("lobby", 300, 201)), said[98:299])

    def test_find(self) -> None:
        [first, second] = self.keeper.says("lobby", "a", "b")
        for entry_id, found in {0: None, 1: first, 2: second, 3: None, 2**70: None}.items():
            self.assertEqual(self.keeper.gets(self.keeper.store.find(entry_id)), found)

    def test_newest(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = keeper.says("lobby", *map(str, range(300))) + keeper.says("other", "x", "y")
        for below in (-1, 0, 1, 2, 250, 302, 303, 2**70):
            known = [each for each in said if each.id < below]
            for most in (0, 1, 201, 1000):
                found = keeper.gets(store.newest(below, most))
                self.assertEqual(found, known[-most:] if most else [], f"{below}, {most}")

    def test_what_a_message_answers_is_kept(self) -> None:
        [said] = self.keeper.makes("lobby", "yes")
        self.keeper.gets(self.keeper.store.append([said._replace(reply_to=7)]))
        [kept] = self.keeper.gets(self.keeper.store.after("lobby", 0, 10))
        self.assertEqual(kept, said._replace(reply_to=7))

    def test_a_nonce_is_kept(self) -> None:
        [plain, named] = self.keeper.makes("lobby", "a", "b")
        said = [plain, named._replace(nonce="n\u00f6nce")]
        self.keeper.gets(self.keeper.store.append(said))
        self.assertEqual(self.keeper.gets(self.keeper.store.after("lobby", 0, 10)), said)

    def test_position_of(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        self.assertEqual(keeper.gets(store.position_of("lobby", 7)), 0)
        said = []
        for number in range(20):
            keeper.says("other", *"x" * (number % 3))
            said += keeper.says("lobby", *"y" * (number % 4 + 1))
            keeper.kept.heads["lobby"] += number % 2  # [Somebody has joined.]
        for entry_id in (-1, *range(said[-1].id + 2), 2**70):
            position = max([each.position for each in said if each.id <= entry_id], default=0)
            self.assertEqual(keeper.gets(store.position_of("lobby", entry_id)), position, entry_id)

    def test_position_at(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for at in (100.0, 100.0, 200.5):
            keeper.says("other", "x", "y", at=at)
            keeper.says("lobby", "x", at=at)
        cases = {0: 0, 100: 0, 100.1: 2, 200.5: 2, 200.75: 3, NEVER: 3, -NEVER: 0}
        for at, position in cases.items():
            self.assertEqual(keeper.gets(store.position_at("lobby", at)), position, at)

    def test_position_at_when_a_clock_was_put_right(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for at in (*range(100, 200), *range(150, 160)):
            keeper.says("lobby", "x", at=float(at))
        for at, position in {
            100: 0,
            120: 20,
            150: 50,
            151: 101,
            155: 105,
            160: 110,
            300: 110,
        }.items():
            self.assertEqual(keeper.gets(store.position_at("lobby", at)), position, at)


class MemoryReadingTests(InMemory, Reading, SynchronousTestCase):
    pass


class SqliteReadingTests(InFile, Reading, SynchronousTestCase):
    pass
