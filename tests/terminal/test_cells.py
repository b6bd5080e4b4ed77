"""Text as cells: what is taken out, how wide the rest is, where it is folded."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.cells import (
    MOST_CODE_POINTS,
    STYLES,
    Cell,
    _letters,
    cells,
    clip,
    fold,
    pack,
    shorten,
    width,
)
from chatsvc.terminal.styles import PLAIN, Style, neutral
from tests.terminal.hostile import TEXTS


def texts(rows):
    return ["".join(cell.text for cell in row) for row in rows]


class SharedTests(SynchronousTestCase):
    """Rows share the cells of letters."""

    def test_a_letter_is_one_cell(self):
        one, other = (cells([("a", Style(7))], 80) for _ in range(2))
        self.assertIs(one[0], other[0])

    def test_no_more_than_so_many_styles_are_kept(self):
        for number in range(STYLES + 10):
            self.assertEqual(cells([("a", Style(number))], 80), [Cell("a", 1, Style(number))])
        self.assertEqual(_letters.cache_info().currsize, STYLES)


class CellsTests(SynchronousTestCase):
    def line(self, text, columns=80):
        return cells([(text, PLAIN)], columns)

    def folded(self, text, columns):
        return texts(fold(self.line(text, columns), columns))

    def test_what_acts_on_a_terminal_is_taken_out(self):
        for text, expected in {
            "plain": "plain",
            "a\x1b[2Jb\x1b]0;title\ac\x9b1md": "abcd",
            "a\tb\nc\u2028d\u2029e": "a b c d e",
            "\u202ea\u2066b\u200fc\u061cd\u200ee": "abcde",
            "\ud83d\ude00": "\ufffd\ufffd",
            "👩‍👩‍👧": "👩‍👩‍👧",
        }.items():
            self.assertEqual(neutral(text), expected)

    def test_widths(self):
        for text, columns in {
            "a": 1, "é": 1, "e\u0301": 1, "漢": 2, "🎉": 2, "👨‍👩‍👧‍👦": 2, "🇩🇪": 2, "❤️": 2,
            "\ufffd": 1, "⌚\ufe0e": 2, "स्त्री": 4, "각": 2,
        }.items():  # fmt: skip
            self.assertEqual(
                [(cell.text, cell.width) for cell in self.line(text)], [(text, columns)]
            )

    def test_what_takes_no_column_is_not_shown(self):
        self.assertEqual(texts([self.line("\u0301a\u200bb\ufeff")]), ["ab"])
        self.assertEqual(texts([cells([("e", PLAIN), ("\u0301", Style(1))], 80)]), ["e"])

    def test_what_is_wider_than_the_screen(self):
        self.assertEqual(texts([self.line("a漢", 1)]), ["a?"])

    def test_no_cell_ends_with_a_joiner(self):
        self.assertEqual(texts([self.line("0\u200d1👩\u200d\u200d2")]), ["01👩2"])

    def test_a_pile_is_cut(self):
        self.assertEqual(
            texts([self.line("e" + "\u0301" * 100)]), ["e" + "\u0301" * (MOST_CODE_POINTS - 1)]
        )

    def test_folding(self):
        for text, rows in {
            "": [""],
            "one": ["one"],
            "one two": ["one", "two"],
            "one two three": ["one", "two", "three"],
            "a b c d": ["a b c", "d"],
            "12345": ["12345"],
            "123456": ["12345", "6"],
            "12345 6": ["12345", "6"],
            "12345 ": ["12345"],
            "12345   6": ["12345", "6"],
            "12345   ": ["12345"],
            "12   3 4": ["12  ", "3 4"],
            "a 123456": ["a", "12345", "6"],
            "漢字漢": ["漢字", "漢"],
            " 1234漢": [" 1234", "漢"],
        }.items():
            self.assertEqual(self.folded(text, 5), rows, text)

    def test_code_is_whole_where_it_fits_a_row(self):
        for text, rows in {
            "run `a b c` now": ["run", "`a b c`", "now"],
            "run `a b c d` now": ["run", "`a b c d`", "now"],
            "run `a b c d e` now": ["run `a b", "c d e`", "now"],
            "x`a b c d`": ["x`a b c", "d`"],
            "1234567 `a b": ["1234567", "`a b"],
            "``` a b cd": ["``` a b", "cd"],
            "`a b` `c d`": ["`a b`", "`c d`"],
        }.items():
            self.assertEqual(self.folded(text, 9), rows, text)

    def test_packing_and_clipping(self):
        self.assertEqual(texts(pack(self.line("one two"), 5)), ["one t", "wo"])
        self.assertEqual(texts(pack(self.line("abc漢"), 4)), ["abc", "漢"])
        self.assertEqual(texts(pack([], 4)), [""])
        self.assertEqual(texts([clip(self.line("abc漢"), 4)]), ["abc"])
        self.assertEqual(clip(self.line("漢"), 1), [])

    def test_what_is_missing_is_seen(self):
        for text, columns, row in (
            ("abcd", 4, "abcd"),
            ("abcde", 4, "abc…"),
            ("ab漢字", 4, "ab…"),
            ("漢", 1, "?"),
            ("ab", 1, "…"),
            ("ab", 0, ""),
            ("", 4, ""),
        ):
            shown = shorten(cells([(text, PLAIN)], columns), columns)
            self.assertEqual(texts([shown]), [row], (text, columns))

    def test_rows_after_the_first_are_indented(self):
        line = self.line("one two three 123456")
        self.assertEqual(texts(fold(line, 7, 2)), ["one two", "  three", "  12345", "  6"])
        self.assertEqual(texts(fold(self.line(" one two"), 7, 2, False)), ["   one", "  two"])
        self.assertEqual(texts(fold(self.line("漢字", 2), 3, 1, False)), [" 漢", " 字"])
        self.assertEqual(texts(fold([], 7, 2, False)), ["  "])

    @given(TEXTS, st.integers(1, 30))
    def test_whatever_is_folded(self, text, columns):
        line = self.line(text, columns)
        for rows in fold(line, columns), pack(line, columns):
            self.assertGreaterEqual(len(rows), 1)
            self.assertLessEqual(max(map(width, rows)), columns)
        self.assertEqual("".join(texts(pack(line, columns))), texts([line])[0])
        self.assertEqual(
            re.sub(" ", "", "".join(texts(fold(line, columns)))), re.sub(" ", "", texts([line])[0])
        )
