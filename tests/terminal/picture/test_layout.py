"""Where the parts of the screen stand."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.picture.layout import FOR_PEOPLE, Layout, layout


class LayoutTests(SynchronousTestCase):
    def test_a_bar_and_people_have_their_place_where_there_is_space(self) -> None:
        found = layout(120, 30, has_bar=True, has_people=True)
        self.assertEqual(found, Layout(1, 27, 0, 0, 1, 1, 99, 102))
        self.assertEqual(layout(99, 30, has_people=True).people_at, None)
        self.assertEqual(layout(120, 11, has_bar=True).bar, 0)
        self.assertEqual(layout(120, 12, has_bar=True).bar, 1)
        self.assertEqual(layout(120, 30).bar, 0)

    def test_what_is_typed_takes_a_third_and_a_list_half(self) -> None:
        found = layout(80, 24, typed=20, hint=20, listed=20)
        self.assertEqual((found.typed, found.hint, found.status), (8, 6, 1))
        self.assertEqual((found.listed, found.messages), (8, 1))
        self.assertEqual(layout(80, 24, listed=20).listed, 12)

    def test_the_rows_are_as_many_as_the_terminal_has(self) -> None:
        for columns in (1, 80, FOR_PEOPLE):
            for rows in range(1, 40):
                for wanted in (0, 1, 5, 50):
                    found = layout(
                        columns,
                        rows,
                        typed=wanted or 1,
                        hint=wanted,
                        listed=wanted,
                        has_bar=True,
                        has_people=True,
                    )
                    self.assertEqual(sum(found[:6]), rows)
                    self.assertGreaterEqual(min(found[:6]), 0)
                    self.assertGreaterEqual(found.typed, 1)
                    self.assertLessEqual(found.columns, columns)
