"""The screen: what is not in view, and messages that change."""

from __future__ import annotations

from unittest import mock

from chatsvc.terminal.picture import scrollback as module
from chatsvc.terminal.styles import PLAIN
from tests.terminal.sitting import ScreenTestCase


class ScrollingTests(ScreenTestCase):
    """What is not in view, and messages that change."""

    def test_scrolling_back_and_forth(self):
        ann = self.seat(20, 6)
        ann.is_told(*(f"message {n}" for n in range(12)))
        self.assertEqual(ann.looks()[:4], [f"message {n}" for n in range(8, 12)])
        ann.screen.scrollback.page_up()
        self.assertEqual(ann.looks()[:5], [*(f"message {n}" for n in range(5, 9)), "#ops"])
        self.assertTrue(ann.screen.scrollback.is_back)
        ann.screen.scrollback.page_up()
        ann.screen.scrollback.page_up()
        ann.screen.scrollback.page_up()
        self.assertEqual(ann.looks()[:5], [*(f"message {n}" for n in range(4)), "#ops"])
        ann.screen.scrollback.page_down()
        self.assertEqual(ann.looks()[0], "message 3")
        for _ in range(4):
            ann.screen.scrollback.page_down()
        self.assertEqual(ann.looks()[3:5], ["message 11", "#ops"])
        self.assertFalse(ann.screen.scrollback.is_back)
        ann.screen.scrollback.scroll(-2)
        self.assertEqual(ann.looks()[:4], [f"message {n}" for n in range(6, 10)])
        ann.screen.scrollback.scroll(1)
        self.assertEqual(ann.looks()[:4], [f"message {n}" for n in range(7, 11)])
        ann.screen.scrollback.follow()
        self.assertEqual(ann.looks()[3], "message 11")

    def test_a_view_scrolled_back_stays_while_messages_come(self):
        ann = self.seat(20, 6)
        ann.is_told(*(f"message {n}" for n in range(12)))
        ann.screen.scrollback.page_up()
        before = ann.looks()[:4]
        ann.is_told("one more")
        self.assertEqual((ann.looks()[:4], ann.screen.scrollback.arrived), (before, 1))
        ann.screen.scrollback.page_up()
        ann.is_told("another")
        self.assertEqual(ann.screen.scrollback.arrived, 2)
        ann.screen.scrollback.follow()
        self.assertEqual(ann.screen.scrollback.arrived, 0)

    def test_there_is_nothing_to_scroll_where_everything_is_in_view(self):
        ann = self.seat()
        ann.screen.scrollback.page_up()
        ann.screen.scrollback.page_down()
        ann.is_told("bob: hi")
        ann.screen.scrollback.page_up()
        self.assertEqual((ann.looks()[3], ann.screen.scrollback.is_back), ("bob: hi", False))

    def test_a_message_longer_than_the_screen_is_scrolled_row_by_row(self):
        ann = self.seat(10, 6)
        ann.is_told(" ".join(f"word-{n:03}" for n in range(20)))
        ann.screen.scrollback.page_up()
        self.assertEqual(ann.looks()[:4], [f"  word-{n:03}" for n in range(13, 17)])

    def test_a_view_of_what_goes_from_the_scrollback_moves_to_the_oldest(self):
        ann = self.seat(20, 6)
        with mock.patch.object(module, "LINES", 10):
            ann.is_told(*(f"message {n}" for n in range(10)))
            ann.screen.scrollback.page_up()
            ann.screen.scrollback.page_up()
            ann.is_told(*(f"message {n}" for n in range(10, 15)))
            self.assertEqual(ann.looks()[:4], [f"message {n}" for n in range(5, 9)])
            ann.is_told(*(f"message {n}" for n in range(15, 40)))
            ann.screen.scrollback.page_down()
            ann.looks()
        ann.terminal.shows(self, ann.screen)

    def test_a_view_that_comes_to_hold_everything_follows_again(self):
        ann = self.seat(20, 6)
        ann.is_told(*map(str, range(5)))
        ann.screen.scrollback.page_up()
        self.assertEqual((ann.looks()[3], ann.screen.scrollback.is_back), ("3", True))
        ann.resizes(20, 7)
        self.assertEqual((ann.looks()[4], ann.screen.scrollback.is_back), ("4", False))
        ann.is_told("5")
        self.assertEqual(ann.looks()[4:6], ["5", "#ops"])

    def test_a_message_is_replaced_wherever_it_is_shown(self):
        ann = self.seat(20, 8)
        ann.screen.scrollback.show([("rude words", PLAIN)], 7)
        ann.is_told("bob: hi")
        ann.screen.scrollback.show([("[7] rude\nwords", PLAIN)], 7)
        ann.looks()
        ann.screen.scrollback.replace(7, lambda old: [("removed", old[0][1])])
        ann.screen.scrollback.replace(8, lambda old: [("nothing", PLAIN)])
        self.assertEqual(ann.looks()[3:6], ["removed", "bob: hi", "removed"])
        self.assertEqual(ann.screen.scrollback._size, len("removedbob: hiremoved"))
        ann.terminal.shows(self, ann.screen)

    def test_a_message_is_replaced_at_the_bottom_of_a_view_scrolled_back(self):
        ann = self.seat(20, 6)
        for number in range(9):
            ann.screen.scrollback.show([("rude " * 30, PLAIN)], number)
        ann.screen.scrollback.page_up()
        ann.screen.scrollback.replace(8, lambda old: [("removed", PLAIN)])
        self.assertEqual(ann.looks()[3], "removed")
        ann.terminal.shows(self, ann.screen)

    def test_pending_messages_stand_below_until_they_are_settled(self):
        ann = self.seat(20, 8)
        ann.screen.scrollback.pend("1", [("one", PLAIN)])
        ann.screen.scrollback.pend("2", [("two", PLAIN)])
        self.assertEqual(ann.looks()[4:6], ["one", "two"])
        ann.is_told("bob: hi")
        self.assertEqual(ann.looks()[3:6], ["bob: hi", "one", "two"])
        ann.screen.scrollback.settle("1")
        ann.screen.scrollback.settle("1")
        ann.is_told("ann: one")
        self.assertEqual(ann.looks()[3:6], ["bob: hi", "ann: one", "two"])
        ann.screen.scrollback.settle("2")
        self.assertEqual(ann.looks()[3:6], ["", "bob: hi", "ann: one"])
        ann.terminal.shows(self, ann.screen)

    def test_pending_messages_are_settled_while_scrolled_back(self):
        ann = self.seat(20, 6)
        for number in range(20):
            ann.screen.scrollback.pend(str(number), [(str(number), PLAIN)])
        ann.screen.scrollback.scroll(-1)
        ann.looks()
        for number in range(20):
            ann.screen.scrollback.settle(str(number))
            ann.looks()
            ann.terminal.shows(self, ann.screen)
        self.assertFalse(ann.screen.scrollback.is_back)
