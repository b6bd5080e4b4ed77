"""Long texts are split."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.text.pieces import split

TEXT = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"))


class SplitTests(SynchronousTestCase):
    @given(TEXT, some.integers(4, 40))
    def test_a_text_is_split_and_nothing_is_lost(self, text: str, most: int) -> None:
        pieces = split(text, most)
        for piece in pieces:
            self.assertLessEqual(len(piece.encode()), most)
        self.assertEqual("".join(pieces).replace(" ", ""), text.replace(" ", ""))

    def test_it_is_split_between_words(self) -> None:
        self.assertEqual(split("one two three", 8), ["one two", "three"])
        self.assertEqual(split("one two three", 7), ["one two", "three"])
        self.assertEqual(split("abcdefghij", 4), ["abcd", "efgh", "ij"])
        self.assertEqual(split("ééé", 5), ["éé", "é"])
        self.assertEqual(split("", 5), [""])

    def test_a_text_of_many_mebibytes_takes_no_longer_than_its_parts(self) -> None:
        started = time.process_time()
        pieces = split("é " * 2**23, 8192)
        self.assertEqual(len(pieces), 3072)
        self.assertLess(time.process_time() - started, 5)  # it took minutes
