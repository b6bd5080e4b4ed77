"""The screen: whatever is shown or done, the terminal shows what it should."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.editing.editor import Editor
from chatsvc.terminal.keys import Paste, Text
from chatsvc.terminal.picture.screen import Screen
from chatsvc.terminal.picture.scrollback import Scrollback
from chatsvc.terminal.styles import PLAIN
from tests.terminal.emulator import Emulator, OldEmulator
from tests.terminal.hostile import TEXTS
from tests.terminal.operations import OPERATIONS, does
from tests.terminal.sitting import Seat


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
        ann.screen = Screen(Scrollback(), ann.editor, 20, 9)
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
            does(self, ann, name, value)
        ann.looks()
        ann.terminal.shows(self, ann.screen)
        self.assertEqual(ann.terminal.rows, self.redrawn(ann, emulator).rows)

    def redrawn(self, seat, emulator):
        other = emulator(seat.screen.columns, seat.screen.rows)
        other.feed(seat.screen.picture.start() + seat.screen.render())
        other.shows(self, seat.screen)
        return other

    @settings(deadline=None)
    @given(TEXTS, TEXTS)
    def test_nothing_but_our_own_sequences_is_written(self, message, typed):
        screen = Screen(Scrollback(), Editor(lambda _: []), 30, 9)
        screen.editor.press(Text(typed))
        screen.scrollback.show([(message, PLAIN)])
        written = screen.render().decode()
        ours = r"\x1b\[(?:\?2026[hl]|\?25[hl]|m|7m|K|\d*H|\d+;\d+H|\d+G|r)"
        left = re.sub(ours, "", written)
        self.assertNotRegex(
            left, "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
        )
