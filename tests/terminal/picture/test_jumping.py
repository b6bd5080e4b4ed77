"""Jumping in the scrollback, searching it, and messages that come before the others."""

from __future__ import annotations

from unittest import mock

from chatsvc.terminal.picture import scrollback as module
from chatsvc.terminal.picture.message import Message
from chatsvc.terminal.picture.scrollback import Scrollback
from chatsvc.terminal.styles import PLAIN
from tests.terminal.sitting import ScreenTestCase, Seat


def numbered(*numbers: int) -> list[Message]:
    return [Message([(f"message {number}", PLAIN)], number) for number in numbers]


class JumpTests(ScreenTestCase):
    def reads(self, number: int = 30) -> tuple[Seat, Scrollback]:
        ann = self.seat(20, 8)
        for each in range(number):
            ann.screen.scrollback.show([(f"message {each}", PLAIN)], each, each % 10 == 5)
        ann.looks()
        return ann, ann.screen.scrollback

    def test_jumping_to_a_message(self):
        ann, scrollback = self.reads()
        self.assertTrue(scrollback.to_key(12))
        self.assertEqual(ann.looks()[:6], [f"message {each}" for each in range(10, 16)])
        self.assertTrue(ann.terminal.buffer[2][0].reverse)
        self.assertFalse(scrollback.to_key(99))
        self.assertEqual(ann.looks()[0], "message 10")
        scrollback.follow()
        ann.looks()
        self.assertFalse(any(ann.terminal.buffer[row][0].reverse for row in range(6)))

    def test_jumping_from_mention_to_mention(self):
        ann, scrollback = self.reads()
        for number in (25, 15, 5, 25):
            self.assertTrue(scrollback.to_mention())
            self.assertIn(f"message {number}", ann.looks())
        ann.terminal.shows(self, ann.screen)

    def test_jumping_to_a_mention_below(self):
        ann, scrollback = self.reads(0)
        for each in range(30):
            scrollback.show([(f"message {each}", PLAIN)], each, is_mention=each == 10)
        ann.looks()
        scrollback.scroll(-30)
        self.assertNotIn("message 10", ann.looks())
        self.assertTrue(scrollback.to_mention())
        self.assertIn("message 10", ann.looks())

    def test_jumping_to_what_is_new(self):
        ann, scrollback = self.reads()
        self.assertFalse(scrollback.to_mark())
        scrollback.mark("new")
        ann.is_told(*(f"new {each}" for each in range(20)))
        self.assertTrue(scrollback.to_mark())
        self.assertEqual(ann.looks()[:2], ["——— new ———", "new 0"])

    def test_what_was_found_stays_in_view_when_the_size_changes(self):
        ann, scrollback = self.reads()
        scrollback.seek("sage 12")
        self.assertTrue(scrollback.find(-1))
        for columns, rows in ((20, 4), (8, 5), (20, 12), (60, 3), (5, 8)):
            ann.resizes(columns, rows)
            shown = "".join(ann.looks()).replace(" ", "")
            self.assertIn("message12", shown, (columns, rows))
        scrollback.scroll(-20)
        before = ann.looks()[0]
        ann.resizes(5, 9)
        self.assertNotIn("message12", "".join(ann.looks()), before)

    def test_what_is_sought_is_highlighted_wherever_it_stands(self):
        ann, scrollback = self.reads()
        scrollback.seek("SAGE 1")
        self.assertTrue(scrollback.find(-1))
        self.assertIn("message 19", ann.looks())
        row = ann.looks().index("message 19")
        line = ann.terminal.buffer[row]
        self.assertEqual([x for x in range(20) if line[x].reverse], [*range(10)])
        line = ann.terminal.buffer[row - 1]
        self.assertEqual([x for x in range(20) if line[x].reverse], [*range(3, 9)])
        self.assertTrue(scrollback.find(-1))
        self.assertTrue(scrollback.find(1))
        self.assertFalse(scrollback.find(1))
        scrollback.seek("")
        self.assertFalse(scrollback.find(-1))
        ann.looks()
        ann.terminal.shows(self, ann.screen)

    def test_nothing_is_found_where_there_is_nothing(self):
        ann = self.seat()
        scrollback = ann.screen.scrollback
        scrollback.seek("x")
        found = scrollback.find(-1), scrollback.to_mention(), scrollback.to_key(1)
        self.assertEqual((*found, scrollback.to_mark()), (False,) * 4)


class PrecedingTests(ScreenTestCase):
    def test_what_comes_before_leaves_the_view_as_it_is(self):
        ann = self.seat(20, 8)
        for number in range(20, 50):
            ann.screen.scrollback.show([(f"message {number}", PLAIN)], number)
        ann.looks()
        ann.screen.scrollback.scroll(-2)
        before = ann.looks()
        self.assertFalse(ann.screen.scrollback.is_near_top)
        ann.screen.scrollback.precede(numbered(*range(10, 20)))
        self.assertEqual(ann.looks(), before)
        self.assertEqual(ann.screen.scrollback.keys, [*range(10, 50)])
        for _ in range(9):
            ann.screen.scrollback.page_up()
        self.assertEqual(ann.looks()[0], "message 10")
        self.assertTrue(ann.screen.scrollback.is_near_top)
        ann.terminal.shows(self, ann.screen)

    def test_the_newest_go_where_there_are_too_many(self):
        ann = self.seat(20, 8)
        scrollback = ann.screen.scrollback
        with mock.patch.object(module, "LINES", 10):
            scrollback.precede(numbered(*range(20, 30)))
            ann.looks()
            self.assertEqual(scrollback.room, 0)
            scrollback.page_up()
            scrollback.precede(numbered(*range(12, 20)))
            self.assertEqual(scrollback.keys, [*range(12, 22)])
            ann.looks()
            ann.terminal.shows(self, ann.screen)
            self.assertEqual(scrollback._size, 10 * len("message 12"))
