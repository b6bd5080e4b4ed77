"""Text that is safe for terminals."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.text.safe import clean, decode, shows, typed, unquote


class CleanTests(SynchronousTestCase):
    def test_whole_sequences_go(self) -> None:
        for hostile in (
            "\x1b[31m",
            "\x1b[?25l",
            "\x1b[1;2 q",
            "\x9b2J",
            "\x1b]0;title\x07",
            "\x1b]8;;http://x\x1b\\",
            "\x9d52;c;aGk=\x9c",
            "\x1bPq#0\x1b\\",
            "\x1b_x\x1b\\",
            "\x1bc",
            "\x1b(0",
            "\x00\x07\x08\x7f\x80\x9f",
            "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        ):
            self.assertEqual(clean(f"a{hostile}b"), "ab")

    def test_unfinished_sequences_lose_their_teeth(self) -> None:
        self.assertEqual(clean("a\x1b]0;title"), "a0;title")
        self.assertEqual(clean("a\x1b["), "a")
        self.assertEqual(clean("a\x1b"), "a")

    def test_breaks_become_spaces(self) -> None:
        self.assertEqual(clean("a\tb\rc\nd\x0be\x0cf\x85g\u2028h\u2029i"), "a b c d e f g h i")

    def test_text_stays(self) -> None:
        for text in ("", "plain", "Grüße", "你好", "👩\u200d🚀", "مرحبا", "e\u0301", "\ufffd"):
            self.assertEqual(clean(text), text)

    def test_takes_no_longer_for_hostile_lines(self) -> None:
        started = time.process_time()
        for hostile in ("\x1b]", "\x1b[", "\x9d", "\x1bP\x9b", "\x1b[0", "\x1b(", "\x1b]x\x1b"):
            clean(hostile * 100_000)
        self.assertLess(time.process_time() - started, 5)

    @given(st.binary())
    def test_nothing_else_ever_comes_out(self, line: bytes) -> None:
        for character in decode(line):
            code = ord(character)
            self.assertFalse(code < 32 or 127 <= code < 160, character)
            self.assertNotIn(character, "\u2028\u2029\u202a\u202b\u202c\u202d\u202e")
            self.assertNotIn(character, "\u2066\u2067\u2068\u2069")

    @given(st.text())
    def test_cleaning_twice_changes_nothing(self, text: str) -> None:
        self.assertEqual(clean(clean(text)), clean(text))


class UnquoteTests(SynchronousTestCase):
    def test_outer_pair_goes(self) -> None:
        for text, expected in {
            '"hi"': "hi",
            ' "hi" ': "hi",
            '""hi""': '"hi"',
            '"she said "hi""': 'she said "hi"',
            '"hi': '"hi',
            'hi"': 'hi"',
            '"': '"',
            '""': "",
            " hi ": "hi",
            '" hi "': " hi ",
        }.items():
            self.assertEqual(unquote(text), expected)


class TypedTests(SynchronousTestCase):
    def test_what_was_erased_is_left_out(self) -> None:
        for raw, text in {
            "helli\x7fo": "hello",
            "\x7f\bhello": "hello",
            "one two\x17three": "one three",
            "one two  \x17\x17\x17x": "x",
            "one\x15two": "two",
            "e\u0301\u0323\x7fx": "x",
            "\U0001f44d\U0001f3fd\x7fx": "x",
            "a\U0001f469\u200d\U0001f469\u200d\U0001f467\x7fx": "ax",
            "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7\x7fx": "\U0001f1e9\U0001f1eax",
            "a\U0001f1e9\x7fx": "ax",
            "a\u1112\u1161\u11ab\x7fx": "ax",
            "\u0301\x7fx": "x",
            "ab\x1b[D\x7fc": "ac",
            "a\tb": "a b",
        }.items():
            self.assertEqual(typed(raw.encode()), text, ascii(raw))

    def test_half_a_character_is_erased_as_one(self) -> None:
        self.assertEqual(typed(b"a\xc3\x7fb"), "ab")

    def test_no_line_takes_long(self) -> None:
        started = time.process_time()
        for raw in ("x\x7f", "x\x17", "x \x17", "\u0301", "\u200d"):
            typed((raw * 4096).encode() + b"\x7f" * 100)
        self.assertLess(time.process_time() - started, 1)


class ShowsTests(SynchronousTestCase):
    def test_what_shows_nothing(self) -> None:
        for text in (
            "",
            " ",
            "\u3164",
            "\u2800\u200b \ufeff",
            "\U000e0041",
            "\U0001d159",
            "\ufff9",
        ):
            self.assertFalse(shows(text), ascii(text))
        for text in ("x", " x", "\u200bx", "\ufffd", "\U0001f44d", "\u0301"):
            self.assertTrue(shows(text), ascii(text))
