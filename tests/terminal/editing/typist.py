"""Somebody who types into a line editor."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.editing.editor import Editor, Outcome
from chatsvc.terminal.keys import Key, Text


class EditorTestCase(SynchronousTestCase):
    def setUp(self):
        self.candidates: list[str] = []
        self.asked: list[str] = []
        self.editor = Editor(self.complete)

    def complete(self, before):
        self.asked.append(before)
        return self.candidates

    def types(self, *words: str) -> Outcome:
        """Press keys: a word in <> is a key's name, any other text."""
        outcome = Outcome.DONE
        for word in words:
            named = word.startswith("<")
            outcome = self.editor.press(Key(word[1:-1]) if named else Text(word))
        return outcome

    def enters(self, *texts: str) -> None:
        for text in texts:
            self.assertIs(self.types(text, "<enter>"), Outcome.ENTERED)
            self.assertEqual(self.editor.take(), text)

    def has(self, expected: str) -> None:
        """Fail unless this is the text, with a | where the cursor is."""
        text, cursor = self.editor.text, self.editor.cursor
        self.assertEqual(f"{text[:cursor]}|{text[cursor:]}", expected)
