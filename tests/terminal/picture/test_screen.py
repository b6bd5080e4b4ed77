"""What stands on the screen."""

from __future__ import annotations

from chatsvc.terminal.features import MARGINS, SYNCHRONIZED
from chatsvc.terminal.keys import Answer
from chatsvc.terminal.picture.message import INDENT
from chatsvc.terminal.picture.screen import Screen
from chatsvc.terminal.picture.scrollback import Scrollback
from chatsvc.terminal.styles import PLAIN, Style
from tests.terminal.sitting import BOLD, RED, ScreenTestCase


class ScreenTests(ScreenTestCase):
    def test_messages_stand_above_the_status_above_what_is_typed(self):
        ann = self.seat()
        ann.is_told("bob: hi", "cid: hello")
        ann.types("hey")
        self.assertEqual(ann.looks(), ["", "", "bob: hi", "cid: hello", "#ops", "> hey"])
        ann.terminal.shows(self, ann.screen)

    def test_the_cursor_follows_what_is_typed(self):
        ann = self.seat()
        ann.types("漢e\u0301x\x02")
        ann.looks()
        self.assertEqual(ann.screen.cursor, (5, 5))
        ann.terminal.shows(self, ann.screen)

    def test_messages_are_folded_at_words(self):
        ann = self.seat(9)
        ann.is_told("bob: hello there cidcidcid")
        self.assertEqual(ann.looks()[:4], ["  hello", "  there", "  cidcidc", "  id"])

    def test_all_rows_of_a_message_but_the_first_are_indented(self):
        ann = self.seat(40, 9)
        ann.is_told(f"12:00 bob: hi{' ' * 27}12:01 cid: no", "a\n12:02 cid: no\n\n-- b")
        margin = " " * INDENT
        self.assertEqual(
            ann.looks()[1:7],
            [
                "12:00 bob: hi",
                f"{margin}12:01 cid: no",
                "a",
                f"{margin}12:02 cid: no",
                "",
                f"{margin}-- b",
            ],
        )
        ann.terminal.shows(self, ann.screen)

    def test_indentation_takes_a_quarter_of_a_narrow_screen(self):
        for columns, indent in {100: 8, 32: 8, 20: 5, 12: 3, 7: 1, 2: 1, 1: 0}.items():
            ann = self.seat(columns, 40)
            ann.is_told("a\nb")
            self.assertEqual(ann.looks()[-3], " " * indent + "b")

    def test_long_words_and_wide_characters_are_folded_at_the_edge(self):
        ann = self.seat(5)
        ann.is_told("漢字漢", "abcdefgh")
        self.assertEqual(ann.looks()[:4], ["漢字", " 漢", "abcde", " fgh"])
        ann.terminal.shows(self, ann.screen)

    def test_segments_have_their_styles(self):
        ann = self.seat()
        ann.screen.scrollback.show(
            [("12:00 ", Style(dim=True)), ("bob", RED), (": ", PLAIN), ("hi", BOLD)]
        )
        data = ann.screen.render()
        self.assertIn(b"\x1b[2m12:00 \x1b[0;31mbob\x1b[m: \x1b[1mhi\x1b[5H\x1b[0;7m#ops", data)
        ann.screen.scrollback.show([("bob", Style(208, bold=True))])
        self.assertIn(b"\x1b[38;5;208;1mbob\x1b[m", ann.screen.render())

    def test_only_rows_that_changed_are_written(self):
        ann = self.seat()
        ann.is_told("bob: hi")
        ann.looks()
        self.assertEqual(ann.screen.render(), b"")
        ann.types("h")
        self.assertEqual(ann.screen.render(), b"\x1b[6;3Hh\x1b[6;4H")
        ann.types("\x01")
        self.assertEqual(ann.screen.render(), b"\x1b[6;3H")
        ann.is_told("cid: hello")
        ann.screen.status = [("#dev", PLAIN)]
        self.assertEqual(
            ann.screen.render(),
            b"\x1b[?25l\x1b[3;4r\x1b[4H\ncid: hello\x1b[5;2H\x1b[7mdev\x1b[m\x1b[6;3H\x1b[?25h",
        )

    def test_a_picture_is_shown_at_once_where_that_is_known(self):
        ann = self.seat()
        ann.looks()
        self.assertEqual(ann.screen.picture.hear(Answer(SYNCHRONIZED, is_set=False)), b"")
        ann.is_told("hi", "ho")
        self.assertEqual(ann.screen.render(), b"\x1b[?2026h\x1b[3Hhi\x1b[4Hho\x1b[6;3H\x1b[?2026l")

    def test_little_is_written_for_a_key_and_for_a_message(self):
        """A line of 9600 baud takes 960 bytes a second."""
        ann = self.seat(80, 24)
        ann.is_told(*(f"{n} " + "word " * 20 for n in range(100)))
        ann.looks()
        for key in [*"hello, how are you?", "\x02", "\x02", "\x05", "\x7f", "é", "漢", "❤️"]:
            ann.types(key)
            data = ann.screen.render()
            self.assertLessEqual(len(data), 40, key)
            ann.terminal.feed(data)
        for text in ("hello there", "word " * 40, "one\ntwo\nthree"):
            ann.is_told(text)
            data = ann.screen.render()
            self.assertLessEqual(len(data), len(text) + 120)
            ann.terminal.feed(data)
            ann.terminal.shows(self, ann.screen)

    def test_little_is_written_for_a_message_beside_people(self):
        """At 9600 baud, that is two lines a second at least, and six on a terminal with margins."""
        for has_margins, most in (False, 300), (True, 60):
            ann = self.seat(120, 40)
            ann.screen.people = [[(f" person{n}", PLAIN)] for n in range(12)]
            ann.is_told(*(f"{n} " + "word " * 15 for n in range(100)))
            ann.looks()
            if has_margins:
                self.assertEqual(
                    ann.screen.picture.hear(Answer(MARGINS, is_set=False)), b"\x1b[?69h"
                )
            ann.is_told("word " * 20)
            self.assertLessEqual(len(ann.screen.render()), 100 + most)

    def test_between_margins_people_stay_while_messages_scroll(self):
        ann = self.seat(120, 5)
        ann.screen.people = [[("bob", PLAIN)]]
        ann.is_told(*map(str, range(10)))
        ann.looks()
        ann.screen.picture.hear(Answer(MARGINS, is_set=False))
        ann.is_told("hi")
        self.assertEqual(
            ann.screen.render(),
            b"\x1b[1;3r\x1b[1;100s\x1b[3H\n\x1b[s\x1b[3Hhi\x1b[5;3H",
        )

    def test_the_rows_that_scroll_are_told_once(self):
        ann = self.seat()
        ann.is_told(*map(str, range(10)))
        ann.looks()
        ann.is_told("hi")
        self.assertEqual(ann.screen.render(), b"\x1b[1;4r\x1b[4H\nhi\x1b[6;3H")
        ann.is_told("ho")
        self.assertEqual(ann.screen.render(), b"\x1b[4H\nho\x1b[6;3H")
        ann.screen.picture.forget()  # such as after a change of size
        self.assertTrue(ann.screen.render().startswith(b"\x1b[?25l\x1b[m\x1b[r\x1b[1H\x1b[K"))
        ann.is_told("hu")
        self.assertEqual(ann.screen.render(), b"\x1b[1;4r\x1b[4H\nhu\x1b[6;3H")

    def test_rows_that_stand_there_are_scrolled(self):
        ann = self.seat(20, 12)
        ann.is_told(*map(str, range(100)))
        ann.looks()
        for rows in (-1, -3, -9, 2, -20, 5, 100):
            ann.screen.scrollback.scroll(rows)
            self.assertLessEqual(len(ann.screen.render()), 150 + 12 * 10)
            ann.screen.picture.forget()
            ann.looks()
            ann.screen.scrollback.scroll(rows)
            ann.looks()
            ann.terminal.shows(self, ann.screen)
        ann.screen.scrollback.pend("1", [("mine", PLAIN)])
        ann.looks()
        ann.is_told("between")
        self.assertLessEqual(len(ann.screen.render()), 100)
        ann.screen.picture.forget()
        ann.looks()
        ann.terminal.shows(self, ann.screen)

    def test_the_terminal_is_taken_over_and_given_back(self):
        ann = self.seat()
        self.assertEqual(
            ann.screen.picture.start(),
            b"\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[?2027$p\x1b[?69$p\x1b[?2026$p\x1b[?u",
        )
        self.assertEqual(
            ann.screen.picture.stop(),
            b"\x1b[?1006l\x1b[?1000l\x1b[?2026l\x1b[m\x1b[r\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l",
        )

    def test_everything_is_drawn_again_after_a_start(self):
        ann = self.seat()
        ann.is_told("bob: hi")
        ann.looks()
        ann.terminal.reset()
        ann.terminal.feed(ann.screen.picture.start())
        ann.looks()
        ann.terminal.shows(self, ann.screen)

    def test_the_bell_rings_once_and_in_one_frame(self):
        ann = self.seat()
        ann.screen.picture.ring()
        ann.screen.picture.ring()
        ann.looks()
        ann.looks()
        self.assertEqual(ann.terminal.rang, 1)
        ann.screen.picture.ring()
        self.assertEqual(ann.screen.render(), b"\a")

    def test_the_input_grows_to_a_third_and_scrolls_within(self):
        ann = self.seat(10, 9)
        ann.is_told("bob: hi")
        ann.types("a\x1b\rb\x1b\rc\x1b\rd")
        self.assertEqual(ann.looks()[-5:], ["bob: hi", "#ops", "b", "c", "d"])
        ann.types("\x1b[A" * 3)
        self.assertEqual(ann.looks()[-5:], ["bob: hi", "#ops", "> a", "b", "c"])
        self.assertEqual(ann.screen.cursor, (6, 3))
        ann.types("\x1b[B")
        self.assertEqual(ann.looks()[-3:], ["> a", "b", "c"])
        ann.terminal.shows(self, ann.screen)

    def test_a_long_line_is_typed_on_in_the_next_row(self):
        ann = self.seat(10, 9)
        ann.types("abcdefg")
        self.assertEqual((ann.looks()[-1], ann.screen.cursor), ("> abcdefg", (8, 9)))
        ann.types("h")
        self.assertEqual((ann.looks()[-2:], ann.screen.cursor), (["> abcdefg", "h"], (8, 1)))

    def test_the_prompt_takes_no_more_than_a_third(self):
        ann = self.seat(10, 6)
        ann.screen.prompt.text = "ann@ops> "
        ann.types("hey")
        self.assertEqual((ann.looks()[-1], ann.screen.cursor), ("annhey", (5, 6)))

    def test_resizing_folds_anew_and_keeps_the_place(self):
        ann = self.seat(20, 6)
        ann.is_told(*(f"message number {n}" for n in range(12)))
        ann.screen.scrollback.page_up()
        ann.looks()
        ann.resizes(10, 6)
        self.assertEqual(ann.looks()[:4], ["message", "  number 7", "message", "  number 8"])
        ann.resizes(30, 40)
        self.assertEqual(ann.looks()[-3], "message number 11")
        ann.terminal.shows(self, ann.screen)

    def test_several_screens_take_turns_on_one_terminal(self):
        ann = self.seat()
        ops, dev = ann.screen, Screen(Scrollback(), ann.editor, 10, 4)
        ann.is_told("bob: hi")
        ann.types("hey")
        ann.looks()
        dev.scrollback.show([("cid: hello", PLAIN)])
        ann.screen = dev
        ann.resizes(15, 5)
        self.assertEqual(ann.looks(), ["", "", "cid: hello", "", "> hey"])
        ann.screen = ops
        ann.resizes(15, 5)
        self.assertEqual(ann.looks(), ["", "", "bob: hi", "#ops", "> hey"])
        ann.terminal.shows(self, ops)

    def test_a_list_wider_than_the_messages_covers_the_people(self):
        ann = self.seat(100, 12)
        ann.screen.people = [[("bob", RED)]]
        ann.is_told(*map(str, range(20)))
        ann.looks()
        ann.screen.listed = [[("x" * 100, PLAIN)], [("y" * 100, PLAIN)]]
        self.assertEqual(ann.looks()[8], "x" * 100)
        ann.terminal.shows(self, ann.screen)
        ann.screen.listed = []
        ann.looks()
        ann.terminal.shows(self, ann.screen)
