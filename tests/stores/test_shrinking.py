"""The SQLite store has a size."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.store import Stored
from chatsvc.stores.sqlite import reader, upkeep
from chatsvc.stores.sqlite import statements as sql
from chatsvc.stores.sqlite.file import File
from tests.stores.contract.contract import InFile
from tests.stores.contract.importer import Importer
from tests.stores.files import FileTestCase, said

MEBIBYTE = 2**20


class OldestTests(InFile, Importer, SynchronousTestCase):
    """The oldest go, whatever their room and their ids."""

    def shrinks(self, size: int, most: int = 1000) -> dict[str, int]:
        """Have the store shrink, by so many pieces at most; returns the newest that went."""
        newest: dict[str, int] = {}
        for _ in range(most):
            deleted = self.keeper.gets(self.keeper.store.shrink(size))
            if deleted is None:
                return newest
            newest |= deleted
        return newest

    def test_what_fits_stays(self) -> None:
        self.keeper.says("lobby", "one", "two")
        self.assertEqual(self.shrinks(MEBIBYTE), {})
        self.assertEqual(self.keeper.reads("lobby"), ["one", "two"])

    def test_long_ones_go_a_few_at_a_time(self) -> None:
        self.patch(reader, "PIECE", 3000)
        self.keeper.says("lobby", *["x" * 1000] * 8)
        self.assertEqual(self.shrinks(0, 1), {"lobby": 3})
        self.assertEqual(len(self.keeper.reads("lobby")), 5)
        self.assertEqual(self.shrinks(0), {"lobby": 8})

    def test_it_is_over_when_no_message_is_left(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.gets(store.put("a record", "x" * 60_000, 0))
        keeper.says("lobby", "one")
        keeper.says("other", "two")
        self.assertEqual(self.shrinks(1), {"lobby": 1, "other": 2})
        self.assertIsNone(keeper.gets(store.shrink(1)))
        self.assertIsNotNone(keeper.gets(store.record("a record")))
        [said] = keeper.says("lobby", "three")
        self.assertEqual((said.id, said.position), (3, 2))

    def test_imported_ones_by_their_times(self) -> None:
        self.patch(reader, "PAGE", 3)
        self.keeper.says("lobby", "one", "two", at=103.0)
        old = self.old(5, "#a", "#b", at=100.0)
        self.imports(old)
        self.keeper.says("lobby", "three", at=110.0)
        self.imports(self.old(1, "#c", at=50.0))
        self.assertEqual(self.shrinks(0, 1), {"#c": 9, "#b": old[0].id, "#a": old[1].id})
        self.assertEqual(self.shrinks(0, 1), {"lobby": 2, "#b": old[2].id})
        self.assertEqual(self.shrinks(0), {"#a": 6, "#b": 7, "lobby": 8})


class SizeTests(FileTestCase):
    """What is said for long fills the file again and again."""

    BOUND = 2 * MEBIBYTE
    ROOMS = ("lobby", "#a", "@ann bob")

    def setUp(self) -> None:
        super().setUp()
        self.patch(upkeep, "INDEX_AFTER", 0.0)
        self.last_id = 0

    def says(self, file: File, number: int = 250) -> None:
        """Messages of which no two have a word in common: no index is larger."""
        first, self.last_id = self.last_id + 1, self.last_id + number
        file.append([self.message(each) for each in range(first, self.last_id + 1)])
        self.all_indexed(file)

    def message(self, entry_id: int) -> Stored:
        words = [f"w{entry_id}x{number}" for number in range(30)]
        return said(entry_id, " ".join(words), self.ROOMS[entry_id % 3])

    def shrinks(self, file: File, size: int = BOUND) -> None:
        while file.shrink(size) is not None:
            pass
        self.all_indexed(file)

    def size(self) -> int:
        return int(self.asks("PRAGMA page_count") * self.asks("PRAGMA page_size"))

    def test_the_file_stays_near_its_bound_and_the_newest_messages_stay(self) -> None:
        file = self.opens()
        sizes: list[int] = []
        for _ in range(40):  # three times as much as fits
            self.says(file)
            self.shrinks(file)
            sizes.append(self.size())
        self.assertLess(max(sizes), self.BOUND * 5 // 4)  # with what is said between two looks
        self.assertGreater(min(sizes[-20:]), self.BOUND * 3 // 4)
        ids = self.ids()
        self.assertEqual(ids, [*range(ids[0], self.last_id + 1)])
        for entry_id, number in ((ids[0] - 1, 0), (ids[0], 1), (ids[-1], 1)):
            query = f"SELECT count(*) FROM words WHERE words MATCH 'w{entry_id}x7'"
            self.assertEqual(self.asks(query), number)
        self.assertEqual(self.asks("PRAGMA integrity_check"), "ok")

    def test_a_bound_far_below_what_is_there_costs_no_message_that_fits(self) -> None:
        file = self.opens()
        self.says(file, 8000)
        self.assertGreater(self.size(), 2 * self.BOUND)
        self.shrinks(file)
        self.assertLess(self.size(), self.BOUND)
        self.assertGreater(self.size(), self.BOUND * 3 // 4)

    def test_what_was_removed_from_the_index_does_not_fill_it(self) -> None:
        file = self.opens()
        self.says(file, 1500)
        whole = self.size()
        for _ in range(12):  # as much goes as comes, and nobody asks for a size
            self.says(file, 450)
            for _ in range(3):
                file.forget(None, float("inf"), 150)
            self.all_indexed(file)
            self.assertLess(self.size(), whole * 3 // 2)

    def test_what_is_to_be_tidied_up_is_not_counted(self) -> None:
        file = self.opens()
        self.says(file, 2000)
        [before] = file._connected().execute(sql.USED).fetchone()
        file.forget(None, float("inf"), 100)
        removed = self.asks("SELECT removed FROM marks")
        self.assertGreater(removed, 100 * len(self.message(1).text))
        [after] = file._connected().execute(sql.USED).fetchone()
        self.assertLess(after, before)
        file._connected().execute("UPDATE marks SET removed = 0")
        [all_of_it] = file._connected().execute(sql.USED).fetchone()
        self.assertEqual(all_of_it, after + removed)

    def test_it_is_tidied_up_after_a_restart(self) -> None:
        file = self.opens()
        self.says(file, 2000)
        for _ in range(5):
            file.forget(None, float("inf"), 100)
        file.close()
        self.assertGreater(self.asks("SELECT removed FROM marks"), 0)
        file.open()
        self.all_indexed(file)
        self.assertEqual(self.asks("SELECT removed FROM marks"), 0)
        self.assertEqual(self.asks("SELECT traces FROM marks"), 0)
