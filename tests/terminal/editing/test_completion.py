"""Completions, by the keys that are pressed."""

from __future__ import annotations

from chatsvc.terminal.editing.completion import CANDIDATES
from chatsvc.terminal.editing.editor import TEXT, Outcome
from chatsvc.terminal.keys import Paste
from tests.terminal.editing.typist import EditorTestCase


class CompletionTests(EditorTestCase):
    def test_completing(self):
        self.candidates = ["anna: ", "anton: "]
        self.types("hi a", "<tab>")
        self.assertEqual(self.asked, ["hi a"])
        self.has("hi an|")
        begun = self.editor.completion
        self.assertEqual(begun and begun.candidates, ["anna: ", "anton: "])
        self.types("<tab>")
        self.has("hi anna: |")
        self.types("<tab>")
        self.has("hi anton: |")
        self.types("<tab>", "<shift-tab>")
        self.has("hi anton: |")
        self.types("x")
        self.has("hi anton: x|")
        self.assertEqual((self.editor.completion, len(self.asked)), (None, 1))
        self.types("<ctrl-_>", "<ctrl-_>")
        self.has("hi a|")

    def test_completing_backwards(self):
        self.candidates = ["anna", "anton"]
        self.types("a", "<tab>", "<shift-tab>")
        self.has("anton|")

    def test_completing_in_the_middle(self):
        self.candidates = ["anna"]
        self.types("a hello", "<home>", "<right>", "<tab>")
        self.has("anna| hello")
        self.assertIsNone(self.editor.completion)

    def test_what_follows_a_completion_is_not_doubled(self):
        for text, candidate, completed in (
            ("a hello", "anna ", "anna| hello"),
            ("a: hello", "anna: ", "anna|: hello"),
            ("a hello", "anna: ", "anna:| hello"),
            ("a\nhello", "anna ", "anna |\nhello"),
            ("a, hello", "anna ", "anna|, hello"),
            ("a) hello", "anna: ", "anna|) hello"),
            ("a:", "anna: ", "anna|:"),
            ("ahello", "anna: ", "anna: |hello"),
            ("ahello", "anna ", "anna |hello"),
        ):
            self.candidates = [candidate]
            self.editor.take(is_kept=False)
            self.editor.press(Paste(text))
            self.types("<up>", "<home>", "<right>", "<tab>")
            self.has(completed)

    def test_completing_what_begins_otherwise(self):
        self.candidates = ["Ann", "Anna"]
        self.types("ann", "<tab>")
        self.has("ann|")
        self.types("<tab>")
        self.has("Ann|")

    def test_nothing_to_complete(self):
        self.assertIs(self.types("a", "<tab>"), Outcome.REFUSED)
        self.has("a|")

    def test_hostile_candidates(self):
        self.candidates = ["an\x1b[2Jn\na"]
        self.types("<tab>")
        self.has("ann a|")

    def test_candidates_are_bounded(self):
        self.candidates = [f"{number:04}" for number in range(2 * CANDIDATES)]
        self.types("<tab>", "<shift-tab>")
        self.has(f"{CANDIDATES - 1:04}|")

    def test_a_completion_too_long_is_refused(self):
        self.candidates = ["a", "x" * TEXT]
        self.types("<alt-enter>", "<tab>", "<tab>")
        self.assertIs(self.types("<tab>"), Outcome.REFUSED)
        self.has("\na|")
