"""How texts are split into words; what is found by them is tested with the stores."""

from __future__ import annotations

from time import process_time
from unicodedata import normalize

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.text import words as module
from chatsvc.text.words import LONGEST, Term, terms, words
from tests.patience import only_long

LINE = 8192  # bytes that one may have


class WordsTests(SynchronousTestCase):
    def test_words(self) -> None:
        for text, expected in [
            ("", []),
            ("  \t\0!?\n", []),
            ("Hello, World!", ["hello", "world"]),
            ("c++ (c#)", ["c", "+", "+", "c", "#"]),
            ("don't foo_bar", ["don", "t", "foo", "bar"]),
            ("東京へ", ["東", "京", "へ"]),
            ("ＴＯＫＹＯ東京2026", ["tokyo", "東", "京", "2026"]),
            ("हिन्दी", ["हिन्दी"]),
            ("👩\u200d🚀", ["👩", "🚀"]),
        ]:
            self.assertEqual(words(text), expected, text)

    def test_a_flag_is_one(self) -> None:
        self.assertEqual(words("🇩🇪🇫🇷 x🇩"), ["🇩🇪", "🇫🇷", "x", "🇩"])
        self.assertEqual([term.phrase for term in terms("🇪🇫")], ["🇪🇫"])

    def test_a_word_is_cut(self) -> None:
        self.assertEqual(words("x" * 1000 + " y"), ["x" * LONGEST, "y"])

    def test_terms(self) -> None:
        self.assertEqual(
            terms("Foo-bar* ! c++ * x"),
            [Term("foo bar", True), Term("c + +", False), Term("x", False)],
        )
        self.assertEqual(terms("!?* ..."), [])

    @settings(deadline=None, database=None)
    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_what_looks_alike_has_the_same_words(self, text: str) -> None:
        found = words(text)
        self.assertEqual(words(" ".join(found)), found)
        for other in (text.upper(), text.lower(), text.casefold()):
            for form in ("NFC", "NFD"):
                self.assertEqual(words(normalize(form, other)), found, form)

    @only_long
    def test_every_character(self) -> None:
        # Not those that become others, with others around them: each is looked at by itself.
        for number in (*range(0xD800), *range(0xE000, 0x30000)):
            text = chr(number)
            found = words(text)
            if words(" ".join(found)) != found or words(normalize("NFD", text)) != found:
                self.fail(f"{text!r}: {found}")
        self.assertLessEqual(len(module._folded), module._CACHED)

    def test_no_line_takes_long(self) -> None:
        for text in (
            "a" + "\u0301\u0323" * 2000,
            "a" + "\u0e48\u0e38" * 1300,
            "\ufdfa" * 2700,
            "\U0001f600" * 2000,
            "".join(map(chr, range(0x4E00, 0x4E00 + 2700))),
        ):
            self.assertLessEqual(len(text.encode()), LINE)
            started = process_time()
            words(text)
            self.assertLess(process_time() - started, 0.1, text[:3])
