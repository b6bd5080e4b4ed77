"""The line editor, by the keys that are pressed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from chatsvc.terminal.editing.draft import UNDOS
from chatsvc.terminal.editing.editor import KILLS, TEXT, Editor, Outcome
from chatsvc.terminal.keys import Keys, Paste
from tests.terminal.editing.typist import EditorTestCase
from tests.terminal.hostile import TYPED

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇩🇪"
E_ACUTE = "e\u0301"
PRESSES = st.sampled_from(
    ["a", "a b", " ", "\u0301", FLAG, "", "x" * TEXT, "<shift-tab>", "<ctrl-g>"]
    + [f"<{name}>" for name in Editor._COMMANDS]
    + ["<tab>", "<ctrl-k>", "<ctrl-y>", "<alt-y>"] * 2
)


class EditorTests(EditorTestCase):
    def test_typing_and_entering(self):
        self.types("hello", " wörld")
        self.has("hello wörld|")
        self.assertIs(self.types("<enter>"), Outcome.ENTERED)
        self.has("hello wörld|")  # until it is taken
        self.assertEqual(self.editor.take(), "hello wörld")
        self.has("|")

    def test_moving(self):
        for keys, expected in {
            ("<left>",): "one two thre|e",
            ("<ctrl-b>", "<ctrl-b>"): "one two thr|ee",
            ("<home>",): "|one two three",
            ("<ctrl-a>", "<left>"): "|one two three",
            ("<ctrl-a>", "<right>", "<ctrl-f>"): "on|e two three",
            ("<home>", "<end>"): "one two three|",
            ("<home>", "<ctrl-e>", "<right>"): "one two three|",
            ("<alt-b>",): "one two |three",
            ("<ctrl-left>", "<alt-left>"): "one |two three",
            ("<ctrl-a>", "<alt-f>"): "one| two three",
            ("<ctrl-a>", "<ctrl-right>", "<alt-right>"): "one two| three",
        }.items():
            self.setUp()
            self.types("one two three", *keys)
            self.has(expected)

    def test_graphemes_are_moved_over_and_deleted_as_one(self):
        for grapheme in FAMILY, FLAG, E_ACUTE, "❤️", "漢", "각", "👩🏻‍❤️‍💋‍👨🏻":
            self.setUp()
            self.types(f"a{grapheme}b", "<left>", "<left>")
            self.has(f"a|{grapheme}b")
            self.types("<right>")
            self.has(f"a{grapheme}|b")
            self.types("<backspace>")
            self.has("a|b")
            self.types(grapheme, "<left>", "<delete>")
            self.has("a|b")

    def test_the_cursor_is_never_inside_a_grapheme(self):
        self.types("👩", "<home>", "\u200d")
        self.has("\u200d|👩")
        self.types("👨", "<left>", "<left>", "<left>", "👨")
        self.has("👨\u200d👨|👩")  # what is typed joined what came after it
        self.setUp()
        self.types("\U0001f1ea\U0001f1eb", "<home>", "\U0001f1e9")
        self.has("\U0001f1e9\U0001f1ea|\U0001f1eb")

    def test_deleting(self):
        for keys, expected in {
            ("<backspace>",): "one two thre|",
            ("<home>", "<backspace>"): "|one two three",
            ("<home>", "<delete>"): "|ne two three",
            ("<home>", "<ctrl-d>"): "|ne two three",
            ("<ctrl-d>",): "one two three|",
            ("<ctrl-k>",): "one two three|",
            ("<alt-b>", "<ctrl-k>"): "one two |",
            ("<alt-b>", "<ctrl-u>"): "|three",
            ("<ctrl-w>",): "one two |",
            ("<alt-backspace>", "<alt-backspace>"): "one |",
            ("<home>", "<alt-d>"): "| two three",
        }.items():
            self.setUp()
            self.types("one two three", *keys)
            self.has(expected)

    def test_words_end_elsewhere_for_ctrl_w_than_for_alt_backspace(self):
        self.types("say #ops/now!", "<alt-backspace>")
        self.has("say #ops/|")
        self.types("<ctrl-w>")
        self.has("say |")

    def test_words_with_combining_characters(self):
        self.types(f"caf{E_ACUTE}s x", "<home>", "<alt-f>")
        self.has(f"caf{E_ACUTE}s| x")

    def test_ctrl_d_without_a_text_is_not_ours(self):
        self.assertIs(self.types("<ctrl-d>"), Outcome.UNUSED)

    def test_keys_without_a_meaning(self):
        for name in "ctrl-c", "page-up", "alt-1", "ctrl-n", "escape", "shift-up":
            self.assertIs(self.types(f"<{name}>"), Outcome.UNUSED)

    def test_killing_and_yanking(self):
        self.types("one two", "<ctrl-w>", "<ctrl-y>", "<ctrl-y>")
        self.has("one twotwo|")

    def test_what_is_killed_in_a_row_is_yanked_as_one(self):
        self.types("one two three", "<alt-b>", "<ctrl-w>", "<ctrl-k>", "<ctrl-w>", "<ctrl-y>")
        self.has("one two three|")

    def test_yank_pop_goes_through_the_kills(self):
        self.types("one", "<ctrl-u>", "two", "<ctrl-u>", "three", "<ctrl-u>", "x", "<ctrl-y>")
        self.types("<alt-y>")
        self.has("xtwo|")
        self.types("<alt-y>", "<alt-y>")
        self.has("xthree|")

    def test_equal_kills_are_gone_through_too(self):
        self.types("one", "<ctrl-u>", "two", "<ctrl-u>", "two", "<ctrl-u>", "<ctrl-y>")
        self.types("<alt-y>", "<alt-y>")
        self.has("one|")

    def test_yank_and_yank_pop_out_of_place(self):
        self.assertIs(self.types("<ctrl-y>"), Outcome.REFUSED)
        self.types("one", "<ctrl-u>", "<ctrl-y>", "x")
        self.assertIs(self.types("<alt-y>"), Outcome.REFUSED)
        self.has("onex|")

    def test_cutting_what_was_pasted(self):
        self.editor.press(Paste("one\ntwo\nthree"))
        self.types("<ctrl-u>")
        self.has("one\ntwo\n|")
        self.types("<ctrl-u>")
        self.has("|")
        self.types("<ctrl-y>")
        self.has("one\ntwo\nthree|")

    def test_so_many_kills_are_kept(self):
        for number in range(KILLS + 5):
            self.types(f"{number};", "<ctrl-u>")
        self.types("<ctrl-y>", *["<alt-y>"] * (KILLS - 1))
        self.has("5;|")
        self.types("<alt-y>")
        self.has(f"{KILLS + 4};|")

    def test_transposing(self):
        for text, keys, expected in [
            ("abc", (), "acb|"),
            ("abc", ("<left>",), "acb|"),
            ("abc", ("<left>", "<left>"), "ba|c"),
            (f"a{FAMILY}{FLAG}", (), f"a{FLAG}{FAMILY}|"),
        ]:
            self.setUp()
            self.types(text, *keys, "<ctrl-t>")
            self.has(expected)
        for text, keys in ("abc", ("<home>",)), ("a", ()), ("", ()):
            self.setUp()
            self.assertIs(self.types(text, *keys, "<ctrl-t>"), Outcome.REFUSED)

    def test_changing_case(self):
        self.types("one tWO straße", "<home>", "<alt-c>", "<alt-l>", "<alt-u>")
        self.has("One two STRASSE|")

    def test_undoing(self):
        self.types("o", "n", "e", " ", "t", "w", "o", "<ctrl-w>", "<ctrl-_>")
        self.has("one two|")
        self.types("<ctrl-_>")
        self.has("one|")
        self.types("<ctrl-_>")
        self.has("|")
        self.assertIs(self.types("<ctrl-_>"), Outcome.REFUSED)

    def test_what_changed_nothing_is_not_undone_with_what_follows(self):
        self.candidates = ["anna", "anton"]
        self.types("an", "<tab>", "<tab>", "<ctrl-_>")
        self.has("an|")
        self.types("<home>", "<backspace>", "<delete>", "<ctrl-_>")
        self.has("|an")

    def test_so_many_changes_can_be_undone(self):
        for number in range(UNDOS + 10):
            self.types(f" {number}")
        self.types(*["<ctrl-_>"] * UNDOS)
        self.assertEqual(self.editor.text, "".join(f" {number}" for number in range(10)))
        self.assertIs(self.types("<ctrl-_>"), Outcome.REFUSED)

    def test_the_text_is_bounded(self):
        self.types("é" * (TEXT // 2))
        self.assertIs(self.types("a"), Outcome.REFUSED)
        self.assertIs(self.types("<backspace>"), Outcome.DONE)
        self.assertIs(self.editor.press(Paste("abc")), Outcome.REFUSED)
        self.assertIs(self.editor.press(Paste("ab")), Outcome.DONE)
        self.assertEqual(len(self.editor.text.encode()), TEXT)

    def test_controls_are_not_typed(self):
        self.types("a\x9b2Jb\u202ec\u2028d\ud800")
        self.has("abc d\ufffd|")

    def test_a_paste_is_one_message_that_is_not_sent_yet(self):
        self.types("> ", "<left>")
        self.assertIs(self.editor.press(Paste("one\n\ttwo\x1b[2J\n\n")), Outcome.DONE)
        self.has(">one\n two| ")

    def test_a_paste_that_lost_a_part_is_refused(self):
        self.assertIs(self.editor.press(Paste("a", dropped=1)), Outcome.REFUSED)
        self.has("|")

    def test_lines(self):
        self.types("one", "<alt-enter>", "two more", "<alt-enter>", "3")
        self.has("one\ntwo more\n3|")
        self.types("<up>")
        self.has("one\nt|wo more\n3")
        self.types("<end>", "<up>")
        self.has("one|\ntwo more\n3")
        self.types("<down>", "<home>")
        self.has("one\n|two more\n3")
        self.types("<ctrl-k>", "<ctrl-k>", "<left>")
        self.has("one|\n3")
        self.types("<right>", "<backspace>")
        self.has("one|3")

    @given(st.lists(PRESSES, max_size=40))
    def test_all_can_be_undone(self, presses):
        self.setUp()
        self.candidates = ["anna", "anton"]
        self.types(*presses)
        self.types(*["<ctrl-_>"] * 41)
        self.has("|")

    @given(st.lists(TYPED, max_size=30))
    def test_whatever_is_typed(self, pieces):
        self.setUp()
        self.candidates = ["ann", "e\u0301", FAMILY]
        keys = Keys()
        for piece in pieces:
            for press in keys.feed(piece) + keys.flush():
                if self.editor.press(press) is Outcome.ENTERED:
                    self.editor.take()
                text, cursor = self.editor.text, self.editor.cursor
                ends = [0]
                for grapheme in iter_graphemes(text):
                    ends.append(ends[-1] + len(grapheme))
                self.assertIn(cursor, ends, (text, press))
                self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]")
                self.assertLessEqual(len(text.encode()), TEXT)
