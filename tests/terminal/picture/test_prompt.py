"""What is typed, as rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.cells import width
from chatsvc.terminal.picture.prompt import Prompt


class PromptTests(SynchronousTestCase):
    def rows(self, typed: str, columns: int, cursor: int | None = None) -> tuple[list[str], object]:
        at = len(typed) if cursor is None else cursor
        rows, where = Prompt().view(typed, at, columns, 100)
        return ["".join(cell.text for cell in row) for row in rows], where

    def test_a_line_is_wrapped_between_words(self) -> None:
        self.assertEqual(self.rows("one two three", 12), (["> one two ", "three"], (1, 5)))
        self.assertEqual(self.rows("one two threefour", 12), (["> one two ", "threefour"], (1, 9)))
        self.assertEqual(self.rows("abcdefghij klm", 10), (["> abcdefg", "hij klm"], (1, 7)))

    def test_a_blank_stands_at_the_end_of_its_row(self) -> None:
        self.assertEqual(self.rows("abcdefg", 10), (["> abcdefg"], (0, 9)))
        self.assertEqual(self.rows("abcdefg ", 10), (["> abcdefg ", ""], (1, 0)))
        self.assertEqual(self.rows("abcdefg x", 10), (["> abcdefg ", "x"], (1, 1)))

    def test_the_cursor_stands_before_its_character(self) -> None:
        typed = "one two three\n\nfour five"
        expected = {0: (0, 2), 7: (0, 9), 8: (1, 0), 13: (1, 5), 14: (2, 0), 15: (3, 0), 20: (3, 5)}
        for cursor, where in expected.items():
            self.assertEqual(self.rows(typed, 12, cursor)[1], where, cursor)

    @given(st.text("ab 漢\n", max_size=60), st.integers(1, 20))
    def test_nothing_that_is_typed_is_left_out(self, typed: str, columns: int) -> None:
        for cursor in range(len(typed) + 1):
            rows, (row, column) = Prompt().view(typed, cursor, columns, 100)
            shown = "".join(cell.text for each in rows for cell in each)
            kept = typed if columns > 2 else typed.replace("漢", "?")
            self.assertTrue(shown.endswith(kept.replace("\n", "")), (shown, typed))
            self.assertLess(column, columns)
            self.assertLess(row, len(rows))
            self.assertLessEqual(max(map(width, rows)), columns)
