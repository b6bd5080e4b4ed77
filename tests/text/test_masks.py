"""Masks: which texts they stand for."""

from __future__ import annotations

import json
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.text.masks import matching, pattern

VECTORS = Path(__file__).parent.parent / "doors" / "irc" / "data" / "mask-match.json"


class MaskTests(SynchronousTestCase):
    def test_vectors_that_nobody_here_wrote(self) -> None:
        for each in json.loads(VECTORS.read_text("utf-8")):
            for text in each["matches"]:
                self.assertTrue(matching(text)(each["mask"]), (each["mask"], text))
            for text in each["fails"]:
                self.assertFalse(matching(text)(each["mask"]), (each["mask"], text))

    def test_case_does_not_count(self) -> None:
        self.assertTrue(matching("ann!a@b")("ANN!*@*"))

    @given(some.text("ab*?", max_size=8), some.text("ab", max_size=8))
    def test_it_is_as_the_plain_definition_says(self, mask: str, text: str) -> None:
        def stands_for(mask: str, text: str) -> bool:
            if not mask:
                return not text
            if mask[0] == "*":
                return any(stands_for(mask[1:], text[n:]) for n in range(len(text) + 1))
            return bool(text) and mask[0] in ("?", text[0]) and stands_for(mask[1:], text[1:])

        self.assertEqual(matching(text)(mask), stands_for(mask, text))

    def test_wildcards_side_by_side_take_no_longer_than_one_each(self) -> None:
        self.assertEqual(pattern("?*?*" * 30).pattern, pattern("?" * 60 + "*").pattern)

    def test_no_mask_takes_long(self) -> None:
        begun = time.process_time()
        self.assertFalse(matching("a" * 500)("*a" * 100 + "b"))
        self.assertLess(time.process_time() - begun, 1)
