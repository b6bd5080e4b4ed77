"""What was entered before, recalled by the keys that are pressed."""

from __future__ import annotations

from chatsvc.terminal.editing.editor import TEXT, Editor, Outcome
from chatsvc.terminal.editing.recall import HISTORY, QUERY
from tests.terminal.editing.typist import EditorTestCase


class RecallTests(EditorTestCase):
    def test_history(self):
        self.enters("one", "two")
        self.types("unfinished", "<up>")
        self.has("two|")
        self.types("<up>")
        self.has("one|")
        self.assertIs(self.types("<up>"), Outcome.REFUSED)
        self.types("<down>", "<down>")
        self.has("unfinished|")
        self.assertIs(self.types("<down>"), Outcome.REFUSED)
        self.types("<up>", "!", "<enter>")
        self.assertEqual(self.editor.take(), "two!")
        self.assertEqual(self.editor.history, ["one", "two", "two!"])

    def test_history_without_repeated_neighbours_and_empty_texts(self):
        self.enters("one", "one", "two", "one")
        self.types("<enter>")
        self.assertEqual(self.editor.take(), "")
        self.assertEqual(self.editor.history, ["one", "two", "one"])

    def test_history_from_an_earlier_time(self):
        editor = Editor(self.complete, ["one", "", "a\x1bb\nc", "x" * (TEXT + 1), "two"])
        self.assertEqual(editor.history, ["one", "a\nc", "two"])
        self.assertEqual(Editor(self.complete, editor.history).history, editor.history)

    def test_so_many_texts_are_kept(self):
        self.enters(*map(str, range(HISTORY + 10)))
        self.assertEqual(len(self.editor.history), HISTORY)
        self.assertEqual(self.editor.history[0], "10")

    def test_searching(self):
        self.enters("say one", "two", "say three")
        self.types("unfinished", "<left>", "<ctrl-r>")
        self.assertEqual(self.editor.hint, "search: ")
        self.types("s", "ay")
        self.has("say three|")
        self.assertEqual(self.editor.hint, "search: say")
        self.types("<ctrl-r>")
        self.has("say one|")
        self.assertIs(self.types("<ctrl-r>"), Outcome.REFUSED)
        self.assertEqual(self.editor.hint, "nothing older has it: say")
        self.assertIs(self.types("x"), Outcome.REFUSED)
        self.assertEqual(self.editor.hint, "nothing older has it: sayx")
        self.has("say one|")
        self.types("<backspace>")
        self.assertEqual(self.editor.hint, "search: say")
        self.has("say three|")
        self.types("<ctrl-r>", "<enter>")
        self.has("say one|")
        self.assertEqual(self.editor.hint, "")
        self.types("<ctrl-_>")
        self.has("unfinishe|d")

    def test_no_search_for_more_than_there_may_be(self):
        self.types("<ctrl-r>", "x" * QUERY)
        self.assertIs(self.types("y"), Outcome.REFUSED)
        self.assertEqual(self.editor.hint, f"nothing older has it: {'x' * QUERY}")

    def test_leaving_a_search(self):
        for key in "<ctrl-g>", "<escape>":
            self.setUp()
            self.enters("one")
            self.types("unfinished", "<left>", "<ctrl-r>", "on", key)
            self.has("unfinishe|d")
            self.assertEqual(self.editor.hint, "")

    def test_a_search_for_less(self):
        self.enters("say one", "say two")
        self.types("<ctrl-r>", "say o")
        self.has("say one|")
        self.types("<backspace>")
        self.has("say two|")

    def test_other_keys_take_what_was_found(self):
        self.enters("one")
        self.types("<ctrl-r>", "on", "<home>", "x")
        self.has("x|one")
