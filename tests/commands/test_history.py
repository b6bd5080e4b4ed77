"""What was said earlier, as people find it again."""

from __future__ import annotations

from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase


def texts(heard: list[str]) -> list[str]:
    """The lines without the id and the time that stand before each."""
    return [line.partition("] ")[2] for line in heard]


class HistoryTests(ChatTestCase):
    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())

    def test_last_lines_with_their_ids_and_times(self) -> None:
        self.ann.types(*map(str, range(30)))
        heard = self.bob.asks("/history")
        self.assertEqual(texts(heard), [f"client1: {n}" for n in range(10, 30)])
        for line in heard:
            self.assertRegex(line, r"^\[\d+ \d\d:\d\d\] ")
        self.assertEqual(texts(self.bob.asks("/history 2")), ["client1: 28", "client1: 29"])

    def test_only_what_was_said_counts(self) -> None:
        self.ann.types("one")
        self.ann.hears()
        self.cat.drops()
        self.assertEqual(texts(self.bob.asks("/history 1")), ["client1: one"])

    def test_since(self) -> None:
        self.ann.types("old")
        self.ann.hears()
        self.server.clock.advance(3 * 3600)
        self.ann.types("new")
        self.assertEqual(texts(self.bob.asks("/history since 2h")), ["client1: new"])
        self.assertEqual(len(self.bob.asks("/history since 4h")), 2)
        self.assertIn("is no time", self.bob.asks("/history since noon")[0])

    def test_around(self) -> None:
        self.ann.types(*map(str, range(30)))
        heard = self.bob.asks("/history 30")
        number = heard[15].partition(" ")[0].removeprefix("[")
        around = texts(self.bob.asks(f"/history around {number}"))
        self.assertEqual(around, [f"client1: {n}" for n in range(5, 26)])
        self.assertIn("has the number 999", self.bob.asks("/history around 999")[0])

    def test_before_and_after(self) -> None:
        self.ann.types(*map(str, range(60)))
        number = self.bob.asks("/history 30")[0].partition(" ")[0].removeprefix("[")
        said = [f"client1: {n}" for n in range(60)]
        for what, expected in (
            (f"before {number}", said[10:30]),
            (f"25 before {number}", said[5:30]),
            (f"200 before {number}", said[:30]),
            (f"after {number}", said[31:51]),
            (f"25 after {number}", said[31:56]),
            (f"200 after {number}", said[31:]),
            ("2 after 1", said[:2]),
            ("2 before 999999", said[-2:]),
        ):
            self.assertEqual(texts(self.bob.asks(f"/history {what}")), expected, what)
        self.assertEqual(
            self.bob.asks("/history before 1"), ["server: Nothing more was said in #lobby."]
        )

    def test_of_what_is_too_long_it_shows_what_is_next_to_the_line(self) -> None:
        self.ann.types("x", *["y" * 8000] * 10, "z")
        for what, which in (("after 1", "first"), ("before 999999", "last")):
            told, *heard = self.bob.asks(f"/history {what}")
            self.assertIn(f"these are the {which} 9: they", told)
            [nearest] = texts([heard[0] if which == "first" else heard[-1]])
            self.assertEqual(nearest, f"client1: {'x' if which == 'first' else 'z'}")

    def test_direct_messages_are_nobodys_history(self) -> None:
        self.ann.types("/dm client2 psst", "hi")
        self.assertEqual(texts(self.bob.asks("/history")), ["client1: hi"])

    def test_next_line_waits_for_the_answer(self) -> None:
        self.ann.types("one")
        heard = self.bob.asks("/history\ntwo")
        self.assertEqual([texts(heard[:1]), heard[1:]], [["client1: one"], ["client2: two"]])

    def test_wrong(self) -> None:
        for what in (
            "x",
            "0",
            "-1",
            "around x",
            "around",
            "10 minutes",
            "14:00",
            "before",
            "1 after x",
        ):
            self.assertIn("is no number", self.ann.asks(f"/history {what}")[0])
        self.assertIn("not in #ops", self.ann.asks("/history #ops")[0])


class SearchTests(HistoryTests):
    def test_words(self) -> None:
        self.ann.types("The quick brown fox", "a lazy dog", "QUICK as a dog")
        found = texts(self.bob.asks("/search quick"))
        self.assertEqual(found, ["client1: The quick brown fox", "client1: QUICK as a dog"])
        self.assertEqual(texts(self.bob.asks("/search dog quick"))[0], found[1])
        self.assertEqual(len(self.bob.asks("/search qui*")), 2)
        self.assertEqual(self.bob.asks("/search cat"), ["server: Nothing like that was said."])

    def test_is_bounded(self) -> None:
        for words in (" ".join("abcdefghijk"), "a" * 300):
            self.assertIn("at most 10 words", self.ann.asks(f"/search {words}")[0])

    def test_nothing_to_look_for(self) -> None:
        self.ann.types("what?!")
        for words in ("?!", "* ...", "?! by client1"):
            self.assertIn("no word, number or symbol", self.bob.asks(f"/search {words}")[0])
        self.assertEqual(len(texts(self.bob.asks("/search what?!"))), 1)

    def test_symbols_and_scripts_without_blanks(self) -> None:
        self.ann.types(
            "party \U0001f600 tonight",
            "hello",
            "\u6771\u4eac\u30bf\u30ef\u30fc",
            "c++ or c#12",
            "c",
        )
        for words, found in [
            ("\U0001f600", ["client1: party \U0001f600 tonight"]),
            ("\u30bf\u30ef\u30fc", ["client1: \u6771\u4eac\u30bf\u30ef\u30fc"]),
            ("C++", ["client1: c++ or c#12"]),
            ("#12", ["client1: c++ or c#12"]),
        ]:
            self.assertEqual(texts(self.bob.asks(f"/search {words}")), found)
        self.assertIn("Nothing", self.bob.asks("/search hello \U0001f600")[0])

    def test_page_by_page(self) -> None:
        self.ann.types(*[f"word {each}" for each in range(50)])  # all at the same time
        found: list[str] = []
        before = ""
        for number in (20, 20, 10):
            lines = self.bob.asks(f"/search word{before}")
            self.assertEqual(len(lines), number)
            found = texts(lines) + found
            before = f" before {lines[0].partition(' ')[0].removeprefix('[')}"
        self.assertEqual(found, [f"client1: word {each}" for each in range(50)])
        self.assertIn("Nothing like that", self.bob.asks(f"/search word{before}")[0])
        self.assertIn("has the number 999", self.bob.asks("/search word before 999")[0])

    def test_before_a_line_that_one_may_not_read(self) -> None:
        self.ann.types("/join #ops", "/say #ops fox", "/say #lobby fox")
        number = self.ann.asks("/history #ops")[0].partition(" ")[0].removeprefix("[")
        for asked in (number, "999"):
            told = self.bob.asks(f"/search fox before {asked}")
            self.assertEqual(told, [f"server: Nothing there has the number {asked}."])

    def test_in_may_be_a_word(self) -> None:
        self.ann.types("put it in ops")
        self.assertEqual(len(texts(self.bob.asks("/search it in ops"))), 1)

    def test_by_whom_where_and_when(self) -> None:
        self.ann.types("/join #ops", "fox one")
        self.bob.types("fox two")
        self.ann.hears()
        self.assertEqual(texts(self.ann.asks("/search fox by client2")), ["client2: fox two"])
        self.assertEqual(texts(self.ann.asks("/search fox in #ops")), ["#ops client1: fox one"])
        self.assertEqual(texts(self.cat.asks("/search fox")), ["client2: fox two"])
        self.assertIn("not in #ops", self.cat.asks("/search fox in #ops")[0])
        self.server.clock.advance(3600)
        self.assertIn("Nothing", self.ann.asks("/search fox since 5m")[0])
