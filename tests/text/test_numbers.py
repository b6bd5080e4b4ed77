"""Which texts are numbers."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.text.numbers import DIGITS, number


class NumberTests(SynchronousTestCase):
    def test_numbers(self) -> None:
        self.assertEqual([number(text) for text in ("0", "812", "007")], [0, 812, 7])
        self.assertEqual(number("9" * DIGITS), 10**DIGITS - 1)

    def test_what_is_none(self) -> None:
        for text in ("", "-1", "+1", "1.5", " 1", "x", "\u0661", "\uff11", "1" * (DIGITS + 1)):
            self.assertIsNone(number(text), text)
