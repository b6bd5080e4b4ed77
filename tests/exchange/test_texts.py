"""Texts of an export become messages that anybody could have said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.exchange.texts import MOST_LINES, TEXT_BYTES, messages_of
from chatsvc.text.safe import clean


class TextTests(SynchronousTestCase):
    def test_most_stay_as_they_are(self) -> None:
        for text in ("hello", "two\nlines", "  indented", "日本語 😀", "x" * TEXT_BYTES):
            self.assertEqual(messages_of(text), [text])

    def test_terminals_are_safe(self) -> None:
        self.assertEqual(messages_of("\x1b[31mred\x07\u202e\r\nnext\ttab"), ["red\nnext tab"])

    def test_what_shows_nothing_is_nothing(self) -> None:
        for text in ("", " ", "\n\n", "\u200b", "\x1b[31m"):
            self.assertEqual(messages_of(text), [])

    def test_what_is_too_long_is_split(self) -> None:
        words = "word " * 4000
        found = messages_of(words)
        self.assertEqual(len(found), 3)
        self.assertEqual("".join(found).replace(" ", ""), words.replace(" ", ""))
        many = "\n".join(map(str, range(120)))
        self.assertEqual([len(each.split("\n")) for each in messages_of(many)], [50, 50, 20])
        self.assertEqual("\n".join(messages_of(many)), many)

    def test_halves_of_surrogate_pairs(self) -> None:
        self.assertEqual(messages_of("a\ud83d"), ["a\ufffd\ufffd\ufffd"])

    @given(some.text(some.characters()))
    def test_whatever_the_text(self, text: str) -> None:
        for said in messages_of(text * 50):
            self.assertLessEqual(len(said.encode()), TEXT_BYTES)
            lines = said.split("\n")
            self.assertLessEqual(len(lines), MOST_LINES)
            self.assertEqual(list(map(clean, lines)), lines)
            self.assertEqual(messages_of(said), [said])
