"""The screen, as terminals show it."""

from __future__ import annotations

import re
import time
import tracemalloc
from collections.abc import Callable
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal import screen as module
from chatsvc.terminal.editor import Editor
from chatsvc.terminal.keys import Keys, Paste, Text
from chatsvc.terminal.screen import INDENT, LARGEST, LINES, MESSAGE, TEXT, Screen
from chatsvc.terminal.styles import PLAIN, Style
from tests.terminal.emulator import Emulator, OldEmulator
from tests.terminal.hostile import TEXTS, TYPED

RED = Style(1)
BOLD = Style(bold=True)


class Seat:
    """Somebody before a terminal of our making."""

    def __init__(
        self, columns: int, rows: int, emulator: Callable[[int, int], Emulator] = Emulator
    ) -> None:
        self.editor = Editor(lambda before: ["ann: ", "anna: "])
        self.screen = Screen(self.editor, columns, rows)
        self.keys = Keys()
        self.terminal = emulator(columns, rows)
        self.terminal.feed(self.screen.start())
        self.looks()

    def types(self, data: str | bytes) -> None:
        data = data.encode() if isinstance(data, str) else data
        for press in self.keys.feed(data) + self.keys.flush():
            self.editor.press(press)

    def is_told(self, *texts: str) -> None:
        for text in texts:
            self.screen.show([(text, PLAIN)])

    def looks(self) -> list[str]:
        """What stands on the terminal after the next frame."""
        self.terminal.feed(self.screen.render())
        return [row.rstrip() for row in self.terminal.rows]

    def resizes(self, columns: int, rows: int) -> None:
        self.screen.resize(columns, rows)
        self.terminal.resize(rows, columns)


class ScreenTests(SynchronousTestCase):
    def seat(self, columns=20, rows=6):
        seat = Seat(columns, rows)
        seat.screen.status = [("#ops", PLAIN)]
        return seat

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
        ann.screen.show([("12:00 ", Style(dim=True)), ("bob", RED), (": ", PLAIN), ("hi", BOLD)])
        data = ann.screen.render()
        self.assertIn(b"\x1b[0;2m12:00 \x1b[0;31mbob\x1b[0m: \x1b[0;1mhi\x1b[m", data)
        ann.screen.show([("bob", Style(208, bold=True))])
        self.assertIn(b"\x1b[0;38;5;208;1mbob\x1b[m", ann.screen.render())

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
            b"\x1b[?2026h\x1b[?25l\x1b[3;4r\x1b[4H\n\x1b[r\x1b[4;1Hcid: hello"
            b"\x1b[5;2H\x1b[K\x1b[0;7mdev" + b" " * 16 + b"\x1b[m\x1b[6;3H\x1b[?25h\x1b[?2026l",
        )

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

    def test_rows_that_stand_there_are_scrolled(self):
        ann = self.seat(20, 12)
        ann.is_told(*map(str, range(100)))
        ann.looks()
        for rows in (-1, -3, -9, 2, -20, 5, 100):
            ann.screen.scroll(rows)
            self.assertLessEqual(len(ann.screen.render()), 150 + 12 * 10)
            ann.screen.redraw()
            ann.looks()
            ann.screen.scroll(rows)
            ann.looks()
            ann.terminal.shows(self, ann.screen)
        ann.screen.pend("1", [("mine", PLAIN)])
        ann.looks()
        ann.is_told("between")
        self.assertLessEqual(len(ann.screen.render()), 100)
        ann.screen.redraw()
        ann.looks()
        ann.terminal.shows(self, ann.screen)

    def test_the_terminal_is_taken_over_and_given_back(self):
        ann = self.seat()
        self.assertEqual(ann.screen.start(), b"\x1b[?1049h\x1b[?7l\x1b[?2004h")
        self.assertEqual(
            ann.screen.stop(),
            b"\x1b[?1006l\x1b[?1000l\x1b[?2026l\x1b[m\x1b[r\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l",
        )

    def test_everything_is_drawn_again_after_a_start(self):
        ann = self.seat()
        ann.is_told("bob: hi")
        ann.looks()
        ann.terminal.reset()
        ann.terminal.feed(ann.screen.start())
        ann.looks()
        ann.terminal.shows(self, ann.screen)

    def test_the_bell_rings_once_and_in_one_frame(self):
        ann = self.seat()
        ann.screen.ring()
        ann.screen.ring()
        ann.looks()
        ann.looks()
        self.assertEqual(ann.terminal.rang, 1)
        ann.screen.ring()
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
        ann.screen.prompt = "ann@ops> "
        ann.types("hey")
        self.assertEqual((ann.looks()[-1], ann.screen.cursor), ("annhey", (5, 6)))

    def test_scrolling_back_and_forth(self):
        ann = self.seat(20, 6)
        ann.is_told(*(f"message {n}" for n in range(12)))
        self.assertEqual(ann.looks()[:4], [f"message {n}" for n in range(8, 12)])
        ann.screen.page_up()
        self.assertEqual(ann.looks()[:5], [*(f"message {n}" for n in range(5, 9)), "#ops"])
        self.assertTrue(ann.screen.is_back)
        ann.screen.page_up()
        ann.screen.page_up()
        ann.screen.page_up()
        self.assertEqual(ann.looks()[:5], [*(f"message {n}" for n in range(4)), "#ops"])
        ann.screen.page_down()
        self.assertEqual(ann.looks()[0], "message 3")
        for _ in range(4):
            ann.screen.page_down()
        self.assertEqual(ann.looks()[3:5], ["message 11", "#ops"])
        self.assertFalse(ann.screen.is_back)
        ann.screen.scroll(-2)
        self.assertEqual(ann.looks()[:4], [f"message {n}" for n in range(6, 10)])
        ann.screen.scroll(1)
        self.assertEqual(ann.looks()[:4], [f"message {n}" for n in range(7, 11)])
        ann.screen.follow()
        self.assertEqual(ann.looks()[3], "message 11")

    def test_a_view_scrolled_back_stays_while_messages_come(self):
        ann = self.seat(20, 6)
        ann.is_told(*(f"message {n}" for n in range(12)))
        ann.screen.page_up()
        before = ann.looks()[:4]
        ann.is_told("one more")
        self.assertEqual((ann.looks()[:4], ann.screen.arrived), (before, 1))
        ann.screen.page_up()
        ann.is_told("another")
        self.assertEqual(ann.screen.arrived, 2)
        ann.screen.follow()
        self.assertEqual(ann.screen.arrived, 0)

    def test_there_is_nothing_to_scroll_where_everything_is_in_view(self):
        ann = self.seat()
        ann.screen.page_up()
        ann.screen.page_down()
        ann.is_told("bob: hi")
        ann.screen.page_up()
        self.assertEqual((ann.looks()[3], ann.screen.is_back), ("bob: hi", False))

    def test_a_message_longer_than_the_screen_is_scrolled_row_by_row(self):
        ann = self.seat(10, 6)
        ann.is_told(" ".join(f"word-{n:03}" for n in range(20)))
        ann.screen.page_up()
        self.assertEqual(ann.looks()[:4], [f"  word-{n:03}" for n in range(13, 17)])

    def test_a_view_of_what_goes_from_the_scrollback_moves_to_the_oldest(self):
        ann = self.seat(20, 6)
        with mock.patch.object(module, "LINES", 10):
            ann.is_told(*(f"message {n}" for n in range(10)))
            ann.screen.page_up()
            ann.screen.page_up()
            ann.is_told(*(f"message {n}" for n in range(10, 15)))
            self.assertEqual(ann.looks()[:4], [f"message {n}" for n in range(5, 9)])
            ann.is_told(*(f"message {n}" for n in range(15, 40)))
            ann.screen.page_down()
            ann.looks()
        ann.terminal.shows(self, ann.screen)

    def test_resizing_folds_anew_and_keeps_the_place(self):
        ann = self.seat(20, 6)
        ann.is_told(*(f"message number {n}" for n in range(12)))
        ann.screen.page_up()
        ann.looks()
        ann.resizes(10, 6)
        self.assertEqual(ann.looks()[:4], ["message", "  number 7", "message", "  number 8"])
        ann.resizes(30, 40)
        self.assertEqual(ann.looks()[-3], "message number 11")
        ann.terminal.shows(self, ann.screen)

    def test_several_screens_take_turns_on_one_terminal(self):
        ann = self.seat()
        ops, dev = ann.screen, Screen(ann.editor, 10, 4)
        ann.is_told("bob: hi")
        ann.types("hey")
        ann.looks()
        dev.show([("cid: hello", PLAIN)])
        ann.screen = dev
        ann.resizes(15, 5)
        self.assertEqual(ann.looks(), ["", "", "cid: hello", "", "> hey"])
        ann.screen = ops
        ann.resizes(15, 5)
        self.assertEqual(ann.looks(), ["", "", "bob: hi", "#ops", "> hey"])
        ann.terminal.shows(self, ops)

    def test_a_view_that_comes_to_hold_everything_follows_again(self):
        ann = self.seat(20, 6)
        ann.is_told(*map(str, range(5)))
        ann.screen.page_up()
        self.assertEqual((ann.looks()[3], ann.screen.is_back), ("3", True))
        ann.resizes(20, 7)
        self.assertEqual((ann.looks()[4], ann.screen.is_back), ("4", False))
        ann.is_told("5")
        self.assertEqual(ann.looks()[4:6], ["5", "#ops"])

    def test_a_message_is_replaced_wherever_it_is_shown(self):
        ann = self.seat(20, 8)
        ann.screen.show([("rude words", PLAIN)], 7)
        ann.is_told("bob: hi")
        ann.screen.show([("[7] rude\nwords", PLAIN)], 7)
        ann.looks()
        ann.screen.replace(7, lambda old: [("removed", old[0][1])])
        ann.screen.replace(8, lambda old: [("nothing", PLAIN)])
        self.assertEqual(ann.looks()[3:6], ["removed", "bob: hi", "removed"])
        self.assertEqual(ann.screen._size, len("removedbob: hiremoved"))
        ann.terminal.shows(self, ann.screen)

    def test_a_message_is_replaced_at_the_bottom_of_a_view_scrolled_back(self):
        ann = self.seat(20, 6)
        for number in range(9):
            ann.screen.show([("rude " * 30, PLAIN)], number)
        ann.screen.page_up()
        ann.screen.replace(8, lambda old: [("removed", PLAIN)])
        self.assertEqual(ann.looks()[3], "removed")
        ann.terminal.shows(self, ann.screen)

    def test_pending_messages_stand_below_until_they_are_settled(self):
        ann = self.seat(20, 8)
        ann.screen.pend("1", [("one", PLAIN)])
        ann.screen.pend("2", [("two", PLAIN)])
        self.assertEqual(ann.looks()[4:6], ["one", "two"])
        ann.is_told("bob: hi")
        self.assertEqual(ann.looks()[3:6], ["bob: hi", "one", "two"])
        ann.screen.settle("1")
        ann.screen.settle("1")
        ann.is_told("ann: one")
        self.assertEqual(ann.looks()[3:6], ["bob: hi", "ann: one", "two"])
        ann.screen.settle("2")
        self.assertEqual(ann.looks()[3:6], ["", "bob: hi", "ann: one"])
        ann.terminal.shows(self, ann.screen)

    def test_pending_messages_are_settled_while_scrolled_back(self):
        ann = self.seat(20, 6)
        for number in range(20):
            ann.screen.pend(str(number), [(str(number), PLAIN)])
        ann.screen.scroll(-1)
        ann.looks()
        for number in range(20):
            ann.screen.settle(str(number))
            ann.looks()
            ann.terminal.shows(self, ann.screen)
        self.assertFalse(ann.screen.is_back)

    def test_no_size_is_too_small(self):
        for columns in range(1, 12):
            for rows in range(1, 6):
                ann = self.seat(columns, rows)
                ann.is_told("bob: 漢字 hello", "")
                ann.types("漢字 ab")
                ann.screen.page_up()
                ann.looks()
                ann.terminal.shows(self, ann.screen)
        self.assertEqual(Screen(Editor(lambda _: []), 0, -1).columns, 1)

    def test_no_size_is_larger_than_the_largest(self):
        screen = Screen(Editor(lambda _: []), 2**32, 2**32)
        self.assertEqual((screen.columns, screen.rows), (LARGEST, LARGEST))

    def test_the_scrollback_has_so_many_messages(self):
        ann = self.seat()
        ann.is_told(*map(str, range(LINES + 10)))
        self.assertEqual(len(ann.screen._messages), LINES)
        self.assertEqual(ann.screen._messages[0].segments, (("10", PLAIN),))

    def test_the_scrollback_has_so_many_bytes(self):
        ann = self.seat()
        ann.is_told(*["漢" * MESSAGE] * 100)
        self.assertEqual(len(ann.screen._messages), TEXT // (3 * MESSAGE))
        self.assertLessEqual(ann.screen._size, TEXT)

    def test_a_message_is_shown_up_to_so_many_characters(self):
        ann = self.seat()
        ann.screen.show([("a" * (MESSAGE - 1), RED), ("bc", BOLD), ("d", PLAIN)])
        self.assertEqual(ann.screen._messages[0].segments[1:], (("b…", BOLD),))

    def test_the_pile_on_a_character_is_bounded(self):
        ann = self.seat()
        ann.is_told("e" + "\u0301" * 1000)
        self.assertEqual(ann.screen.lines[3][0].text, "e" + "\u0301" * 9)

    def test_folded_messages_are_kept_only_while_in_view(self):
        ann = self.seat()
        ann.is_told(*map(str, range(1000)))
        for _ in range(100):
            ann.screen.page_up()
            self.assertLessEqual(len(ann.screen._folded), 4)
        for _ in range(100):
            ann.screen.page_down()
            self.assertLessEqual(len(ann.screen._folded), 4)

    def test_measure_a_flood_and_a_full_scrollback(self):
        ann = Seat(200, 50)
        text = "hello world, this is a message as they come in a chat, neither long nor short"
        began = time.perf_counter()
        for number in range(2000):
            ann.screen.show([("12:00 ", PLAIN), ("bob", RED), (f": {number} {text}", PLAIN)])
        shown = time.perf_counter()
        data = ann.screen.render()
        rendered = time.perf_counter()
        print(
            f"\nshow: {(shown - began) / 2000 * 1e6:.1f} µs a message; render of the last of 2,000:"
            f" {(rendered - shown) * 1e3:.1f} ms, {len(data)} bytes"
        )
        tracemalloc.start()
        for number in range(LINES):
            ann.screen.show([("12:00 ", PLAIN), ("bob", RED), (f": {number} {text * 10}", PLAIN)])
        print(f"{LINES} messages, {ann.screen._size} bytes: {tracemalloc.get_traced_memory()[0]}")
        tracemalloc.stop()


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("show"), st.lists(st.tuples(TEXTS, st.sampled_from([PLAIN, RED, BOLD])))),
        st.tuples(st.just("type"), TYPED),
        st.tuples(st.just("status"), TEXTS),
        st.tuples(st.just("hint"), TEXTS),
        st.tuples(st.just("prompt"), TEXTS),
        st.tuples(st.just("up"), st.none()),
        st.tuples(st.just("down"), st.none()),
        st.tuples(st.just("scroll"), st.integers(-5, 5)),
        st.tuples(st.just("replace"), st.tuples(st.integers(0, 3), TEXTS)),
        st.tuples(st.just("pend"), st.tuples(st.integers(0, 3), TEXTS)),
        st.tuples(st.just("settle"), st.integers(0, 3)),
        st.tuples(st.just("resize"), st.tuples(st.integers(1, 30), st.integers(1, 12))),
        st.tuples(st.just("look"), st.none()),
    ),
    max_size=12,
)


class HostileTests(SynchronousTestCase):
    @settings(deadline=None)
    @given(TEXTS, TEXTS, TEXTS, st.sampled_from([Emulator, OldEmulator]))
    def test_each_text_stays_in_its_area(self, message, status, pasted, emulator):
        ann = Seat(20, 9, emulator)
        ann.types("typed")
        ann.screen.status = [("status", PLAIN)]
        ann.is_told("first", message)
        rows = ann.looks()
        self.assertEqual((rows[7], rows[8], ann.screen.cursor), ("status", "> typed", (8, 7)))
        ann.terminal.shows(self, ann.screen)
        ann.screen = Screen(ann.editor, 20, 9)
        ann.is_told("last")
        ann.screen.status = [(status, PLAIN)]
        rows = ann.looks()
        self.assertEqual((rows[:7], rows[8]), ([*[""] * 6, "last"], "> typed"))
        ann.terminal.shows(self, ann.screen)
        ann.screen.status = [("status", PLAIN)]
        ann.types("\x15")
        ann.editor.press(Paste(pasted))
        rows = ann.looks()
        typed = 9 - 1 - rows.index("status")
        self.assertIn(typed, (1, 2, 3))
        self.assertEqual(rows[: 9 - typed], [*[""] * (7 - typed), "last", "status"])
        ann.terminal.shows(self, ann.screen)

    @settings(deadline=None)
    @given(OPERATIONS, st.sampled_from([Emulator, OldEmulator]))
    def test_the_terminal_shows_what_the_screen_has(self, operations, emulator):
        ann = Seat(20, 8, emulator)
        for name, value in operations:
            self.does(ann, name, value)
        ann.looks()
        ann.terminal.shows(self, ann.screen)
        self.assertEqual(ann.terminal.rows, self.redrawn(ann, emulator).rows)

    def redrawn(self, seat, emulator):
        other = emulator(seat.screen.columns, seat.screen.rows)
        other.feed(seat.screen.start() + seat.screen.render())
        other.shows(self, seat.screen)
        return other

    def does(self, seat: Seat, name: str, value: Any) -> None:
        match name:
            case "show":
                seat.screen.show(value, len(value))
            case "scroll":
                seat.screen.scroll(value)
            case "replace":
                seat.screen.replace(value[0], lambda old: [*old, (value[1], RED)])
            case "pend":
                seat.screen.pend(str(value[0]), [(value[1], RED)])
            case "settle":
                seat.screen.settle(str(value))
            case "type":
                seat.types(value)
            case "status":
                seat.screen.status = [(value, BOLD)]
            case "hint":
                seat.screen.hint = value
            case "prompt":
                seat.screen.prompt = value
            case "up":
                seat.screen.page_up()
            case "down":
                seat.screen.page_down()
            case "resize":
                seat.resizes(*value)
            case "look":
                seat.looks()
                seat.terminal.shows(self, seat.screen)

    @settings(deadline=None)
    @given(TEXTS, TEXTS)
    def test_nothing_but_our_own_sequences_is_written(self, message, typed):
        screen = Screen(Editor(lambda _: []), 30, 9)
        screen._editor.press(Text(typed))
        screen.show([(message, PLAIN)])
        written = screen.render().decode()
        ours = r"\x1b\[(?:\?2026[hl]|\?25[hl]|m|0;7m|0m|K|\d+;1H|\d+;\d+H|\d+G|r)"
        left = re.sub(ours, "", written)
        self.assertNotRegex(
            left, "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
        )
