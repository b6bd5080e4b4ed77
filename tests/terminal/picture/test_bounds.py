"""The screen: no size and no message is too large, or too small."""

from __future__ import annotations

import time
import tracemalloc

from chatsvc.terminal.editing.editor import Editor
from chatsvc.terminal.picture.message import MESSAGE
from chatsvc.terminal.picture.screen import LARGEST, Screen
from chatsvc.terminal.picture.scrollback import LINES, TEXT, Scrollback
from chatsvc.terminal.styles import PLAIN
from tests.terminal.sitting import BOLD, RED, ScreenTestCase, Seat


class BoundTests(ScreenTestCase):
    """No size and no message is too large, or too small."""

    def test_no_size_is_too_small(self):
        for columns in range(1, 12):
            for rows in range(1, 6):
                ann = self.seat(columns, rows)
                ann.is_told("bob: 漢字 hello", "")
                ann.types("漢字 ab")
                ann.screen.scrollback.page_up()
                ann.looks()
                ann.terminal.shows(self, ann.screen)
        self.assertEqual(Screen(Scrollback(), Editor(lambda _: []), 0, -1).columns, 1)

    def test_no_size_is_larger_than_the_largest(self):
        screen = Screen(Scrollback(), Editor(lambda _: []), 2**32, 2**32)
        self.assertEqual((screen.columns, screen.rows), (LARGEST, LARGEST))

    def test_the_scrollback_has_so_many_messages(self):
        ann = self.seat()
        ann.is_told(*map(str, range(LINES + 10)))
        self.assertEqual(len(ann.screen.scrollback._messages), LINES)
        self.assertEqual(ann.screen.scrollback._messages[0].segments, (("10", PLAIN),))

    def test_a_message_is_kept_in_the_segments_that_it_came_in(self):
        scrollback = Scrollback()
        segment = ("hello", PLAIN)
        scrollback.show([segment])
        self.assertIs(scrollback._messages[0].segments[0], segment)

    def test_the_scrollback_has_so_many_bytes(self):
        ann = self.seat()
        ann.is_told(*["漢" * MESSAGE] * 100)
        self.assertEqual(len(ann.screen.scrollback._messages), TEXT // (3 * MESSAGE))
        self.assertLessEqual(ann.screen.scrollback._size, TEXT)

    def test_a_message_is_shown_up_to_so_many_characters(self):
        ann = self.seat()
        ann.screen.scrollback.show([("a" * (MESSAGE - 1), RED), ("bc", BOLD), ("d", PLAIN)])
        self.assertEqual(ann.screen.scrollback._messages[0].segments[1:], (("b…", BOLD),))

    def test_the_pile_on_a_character_is_bounded(self):
        ann = self.seat()
        ann.is_told("e" + "\u0301" * 1000)
        self.assertEqual(ann.screen.lines[3][0].text, "e" + "\u0301" * 9)

    def test_folded_messages_are_kept_only_while_in_view(self):
        ann = self.seat()
        ann.is_told(*map(str, range(1000)))
        for _ in range(100):
            ann.screen.scrollback.page_up()
            self.assertLessEqual(len(ann.screen.scrollback._folded), 4)
        for _ in range(100):
            ann.screen.scrollback.page_down()
            self.assertLessEqual(len(ann.screen.scrollback._folded), 4)

    def test_measure_a_flood_and_a_full_scrollback(self):
        ann = Seat(200, 50)
        text = "hello world, this is a message as they come in a chat, neither long nor short"
        began = time.perf_counter()
        for number in range(2000):
            ann.screen.scrollback.show(
                [("12:00 ", PLAIN), ("bob", RED), (f": {number} {text}", PLAIN)]
            )
        shown = time.perf_counter()
        data = ann.screen.render()
        rendered = time.perf_counter()
        print(
            f"\nshow: {(shown - began) / 2000 * 1e6:.1f} µs a message; render of the last of 2,000:"
            f" {(rendered - shown) * 1e3:.1f} ms, {len(data)} bytes"
        )
        tracemalloc.start()
        for number in range(LINES):
            ann.screen.scrollback.show(
                [("12:00 ", PLAIN), ("bob", RED), (f": {number} {text * 10}", PLAIN)]
            )
        size = ann.screen.scrollback._size
        print(f"{LINES} messages, {size} bytes: {tracemalloc.get_traced_memory()[0]}")
        tracemalloc.stop()
