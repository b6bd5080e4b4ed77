"""Every store: messages that were said elsewhere are imported."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.store import StoreError
from chatsvc.stores.sqlite import file
from tests.stores.contract.contract import NEVER, InFile, InMemory
from tests.stores.contract.importer import KINDS, Importer


class Importing(Importer):
    """Messages are imported among others: their ids are later, their times are earlier."""

    def test_they_are_read_as_others(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.says("lobby", "one", "two", at=5000.0)
        said = self.old(7, "#a", "#b", at=100.0)
        self.imports(said)
        [after] = keeper.says("lobby", "after", at=5001.0)
        self.assertEqual(keeper.gets(store.after("#a", 0, 10)), said[1::2])
        self.assertEqual(keeper.gets(store.before("#b", 10, 2)), said[::2][-2:])
        self.assertEqual(keeper.gets(store.find(said[3].id)), said[3])
        self.assertEqual(keeper.gets(store.position_at("#b", 103.5)), 2)
        self.assertEqual(keeper.gets(store.newest(after.id, 1)), [said[-1]])
        self.assertEqual(keeper.gets(store.last_ids(["#a"])), {"#a": said[5].id})
        self.assertEqual(keeper.reads("lobby"), ["one", "two", "after"])

    def test_people_talk_meanwhile(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = self.old(6, "#a", at=100.0)
        keeper.gets(store.begin_import(said[0].id, said[-1].id))
        for each in said:
            row = [each.id, 0, each.position, each.at, 0, each.speaker, each.text, "", 0]
            keeper.gets(store.add_imported(["#a"], KINDS, json.dumps([row])))
            keeper.says("lobby", f"meanwhile {each.position}", at=5000.0 + each.position)
            keeper.waits_for(str(each.position), "lobby")
        keeper.gets(store.end_import())
        keeper.waits_for("6", "#a")
        self.assertEqual(keeper.reads("#a"), [each.text for each in said])
        self.assertEqual(len(keeper.reads("lobby")), 6)
        found = keeper.finds("4", "#a", "lobby")
        self.assertEqual(found, ["old no 4", "meanwhile 4"])
        self.assertEqual(keeper.gets(store.after("lobby", 2, 1))[0].text, "meanwhile 3")

    def test_search_finds_them_by_their_times(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", "old friends", at=5000.0)
        self.imports(self.old(300, "#a", "#b", at=1000.0), 100)
        keeper.says("lobby", "older friends", "not so old", at=6000.0)
        keeper.waits_for("300", "#a")
        keeper.waits_for("not", "lobby")
        everywhere = "lobby", "#a", "#b"
        found = keeper.finds("old", *everywhere, most=4)
        self.assertEqual(found, ["old no 299", "old no 300", "old friends", "not so old"])
        self.assertEqual(keeper.finds("old", *everywhere, since=4999.0), found[2:])
        self.assertEqual(keeper.finds("old", *everywhere, until=5000.0, most=2), found[1:3])
        before = keeper.finds("old", *everywhere, until=1010.0, most=2)
        self.assertEqual(before, ["old no 9", "old no 10"])
        between = keeper.finds("old", *everywhere, since=1299.0, until=5500.0)
        self.assertEqual(between, ["old no 299", "old no 300", "old friends"])
        self.assertEqual(keeper.finds(None, "#a", speaker="BOB1", most=1), ["old no 298"])
        self.assertEqual(keeper.finds("old", *everywhere, most=0), [])

    def test_the_oldest_are_forgotten_first(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.says("lobby", "one", "two", at=5000.0)
        self.imports(self.old(10, "#a", at=100.0))
        keeper.says("lobby", "three", at=5001.0)
        keeper.waits_for("10", "#a")
        self.assertEqual(keeper.gets(store.forget(None, 103.5, 500)), 3)
        self.assertEqual(keeper.reads("#a")[0], "old no 4")
        self.assertEqual(keeper.gets(store.forget("#a", 104.5, 500)), 1)
        self.assertEqual(keeper.finds("3", "#a"), [])
        self.assertEqual(keeper.finds("5", "#a"), ["old no 5"])
        self.assertEqual(keeper.gets(store.forget(None, 5000.5, 4)), 4)
        self.assertEqual(keeper.gets(store.forget(None, 5000.5, 500)), 4)
        self.assertEqual(keeper.reads("#a"), [])
        self.assertEqual(keeper.reads("lobby"), ["three"])
        keeper.gets(store.forget("#a", NEVER, 500))
        self.imports(self.old(2, "#a", at=100.0))  # another import
        self.assertEqual(len(keeper.reads("#a")), 2)

    def test_they_are_replaced_and_deleted_as_others_are(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = self.old(5, "#a")
        self.imports(said)
        keeper.gets(store.delete([said[0].id]))  # perhaps before it is in the index
        self.assertTrue(keeper.gets(store.replace(said[1].id, "Redacted", "hidden words")))
        keeper.waits_for("5", "#a")
        self.assertEqual(keeper.finds("hidden", "#a"), ["hidden words"])
        self.assertTrue(keeper.gets(store.replace(said[2].id, "Redacted", "gone")))
        self.assertEqual(keeper.finds("3", "#a"), [])
        keeper.gets(store.delete([said[3].id]))
        self.assertEqual(keeper.finds("old", "#a"), ["old no 5"])
        self.assertEqual(keeper.reads("#a"), ["hidden words", "gone", "old no 5"])

    def test_several_imports(self) -> None:
        keeper = self.keeper
        for number in range(3):
            self.imports(self.old(4, "#a", at=1000.0 * number))
            keeper.says("lobby", f"said {number}", at=9000.0 + number)
        keeper.waits_for("4", "#a")
        self.assertEqual(len(keeper.reads("#a")), 12)
        self.assertEqual(len(keeper.finds("4", "#a")), 3)
        self.assertEqual(len(keeper.finds("old", "#a", since=1000.0, until=2000.5)), 4)

    def test_what_is_no_message_is_refused_and_others_go_on(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = self.old(4, "#a")
        keeper.gets(store.begin_import(said[0].id, said[-1].id))
        fine, other = f'[{said[0].id}, 0, 1, 1.0, 0, "ann", "hi", "", 0]', "[1, 5, 1, 1.0, 0]"
        for rows in ("nonsense", "[[1]]", f"[{fine}, {other}]", "[null]", '["{"]', "[" * 60_000):
            with self.assertRaises(ValueError, msg=rows[:80]):
                keeper.gets(store.add_imported(["#a"], KINDS, rows))
        keeper.says("lobby", "hi", at=5000.0)
        row = [said[0].id, 0, 1, 1.0, 0, "ann", "a fine one", "", 0]
        keeper.gets(store.add_imported(["#a"], KINDS, json.dumps([row])))
        keeper.gets(store.end_import())
        self.assertEqual(keeper.reads("#a"), ["a fine one"])
        self.assertEqual(keeper.reads("lobby"), ["hi"])


class MemoryImportingTests(InMemory, Importing, SynchronousTestCase):
    pass


class SqliteImportingTests(InFile, Importing, SynchronousTestCase):
    def test_not_too_many_imports(self) -> None:
        self.patch(file, "MOST_IMPORTS", 2)
        keeper, store = self.keeper, self.keeper.store
        for _ in range(2):
            self.imports(self.old(1, "#a"))
        with self.assertRaises(StoreError):
            keeper.gets(store.begin_import(100, 101))
        keeper.says("lobby", "others go on")
        keeper.gets(store.forget("#a", NEVER, 1))
        self.imports(self.old(1, "#b"))

    def test_one_that_was_cut_off_is_none_at_the_next_start(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = self.old(3, "#a", at=100.0)
        keeper.gets(store.begin_import(said[0].id, said[-1].id))
        row = [said[0].id, 0, 1, 101.0, 0, "bob", "half a room", "", 0]
        keeper.gets(store.add_imported(["#a"], KINDS, json.dumps([row])))
        keeper.closes()
        again = self.opens()
        self.assertEqual(again.kept.heads, {"#a": 1})
        again.waits_for("half", "#a")
        again.gets(again.store.forget("#a", NEVER, 100))
        self.assertEqual(again.finds("half", "#a"), [])
        again.says("lobby", "after")
        again.waits_for("after", "lobby")
