"""Our pictures on terminals of others: each cell is where the screen has it."""

from __future__ import annotations

from itertools import cycle
from typing import Any
from unittest import skipIf

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.features import MARGINS
from chatsvc.terminal.keys import Answer
from chatsvc.terminal.styles import PLAIN
from tests.patience import much, only_long
from tests.terminal.hostile import TEXTS
from tests.terminal.operations import OPERATIONS, does
from tests.terminal.others import tmux, vterm, xterm
from tests.terminal.others.other import Other
from tests.terminal.others.tmux import Tmux
from tests.terminal.others.vterm import VTerm
from tests.terminal.others.xterm import Xterm
from tests.terminal.sitting import RED, Seat

EXAMPLES = much(30, 100)
_TEXTS = [
    "hello there",
    "漢字 and more",
    "❤️ 👨‍👩‍👧‍👦 🇩🇪 e\u0301 end",
    "word " * 30,
    "स्त्री क्षि 각",
    "1️⃣ ☎ ✈️",
]


class _Looking(SynchronousTestCase):
    """Somebody before such a terminal."""

    __test__ = False

    def looks(self, seat: Seat) -> None:
        seat.looks()
        seat.terminal.shows(self, seat.screen)

    def talks(self, kind: type[Other], *has: int) -> None:
        """Sit before all parts of the screen, in several sizes, while people talk.

        has: the modes that the terminal has.
        """
        ann = Seat(120, 16, kind)  # type: ignore[arg-type]  # has what a seat needs
        for mode in has:
            ann.terminal.feed(ann.screen.picture.hear(Answer(mode, is_set=False)))
        ann.screen.bar = [("#ops: 漢字 topic", PLAIN)]
        ann.screen.status = [("status ❤️ end", PLAIN)]
        ann.screen.people = [[(each, RED)] for each in ("ann", "bob 漢", "👨‍👩‍👧‍👦")]
        for columns, rows in ((120, 16), (100, 12), (99, 12), (20, 3), (60, 14), (120, 16)):
            ann.resizes(columns, rows)
            self.looks(ann)
            for text in _TEXTS:
                ann.is_told(text)
                ann.types(text[:6])
                self.looks(ann)
            ann.screen.listed = [[(each, RED)] for each in _TEXTS]
            self.looks(ann)
            ann.screen.listed = []
            ann.screen.hint = " ".join(_TEXTS)
            self.looks(ann)
            ann.screen.hint = ""
            ann.types("\x15")
            self.looks(ann)
            ann.screen.scrollback.page_up()
            self.looks(ann)
            ann.screen.scrollback.page_down()
            self.looks(ann)

    def does_anything(self, kind: type[Other], operations: list[tuple[str, Any]]) -> None:
        ann = Seat(20, 8, kind)  # type: ignore[arg-type]  # has what a seat needs
        for name, value in operations:
            if name == "resize":  # xterm.js has no fewer columns
                value = max(value[0], 2), value[1]
            does(self, ann, name, value)
        self.looks(ann)


@skipIf(vterm.REASON, vterm.REASON)
class VTermTests(_Looking):
    __test__ = True

    def test_people_talk(self) -> None:
        self.talks(VTerm)

    def test_people_talk_between_margins(self) -> None:
        self.talks(VTerm, MARGINS)

    def test_joined_emoji_that_it_draws_apart_do_not_go_on_in_the_next_row(self) -> None:
        for columns in range(1, 30):
            ann = Seat(columns, 6, VTerm)  # type: ignore[arg-type]  # has what a seat needs
            ann.is_told("a" + "👨‍👩‍👧‍👦" * 5)
            ann.types("👨‍👩‍👧‍👦" * 5)
            self.looks(ann)

    @settings(deadline=None, derandomize=True, max_examples=EXAMPLES)
    @given(OPERATIONS)
    def test_whatever_is_shown(self, operations: list[tuple[str, Any]]) -> None:
        self.does_anything(VTerm, operations)

    @only_long
    @settings(deadline=None, derandomize=True, max_examples=EXAMPLES)
    @given(OPERATIONS, st.lists(st.lists(TEXTS, max_size=8), min_size=1, max_size=4))
    def test_whatever_is_shown_beside_people(
        self, operations: list[tuple[str, Any]], people: list[list[str]]
    ) -> None:
        """[Between margins.]"""
        ann = Seat(104, 8, VTerm)  # type: ignore[arg-type]  # has what a seat needs
        ann.terminal.feed(ann.screen.picture.hear(Answer(MARGINS, is_set=False)))
        for (name, value), names in zip(operations, cycle(people), strict=False):
            ann.screen.people = [[(each, RED)] for each in names]
            does(self, ann, name, (value[0] + 85, value[1]) if name == "resize" else value)
            self.looks(ann)


@only_long
@skipIf(tmux.REASON, tmux.REASON)
class TmuxTests(_Looking):
    __test__ = True

    def test_people_talk(self) -> None:
        self.talks(Tmux)

    def test_no_letter_behind_a_long_emoji_is_lost(self) -> None:
        ann = Seat(20, 6, Tmux)  # type: ignore[arg-type]  # has what a seat needs
        ann.is_told("👨‍👩‍👧‍👦émile 👨‍👩‍👧‍👦漢")
        ann.types("👨‍👩‍👧‍👦é")
        self.looks(ann)

    @settings(deadline=None, derandomize=True, max_examples=EXAMPLES)
    @given(OPERATIONS)
    def test_whatever_is_shown(self, operations: list[tuple[str, Any]]) -> None:
        self.does_anything(Tmux, tmux.fitting(operations))


@skipIf(xterm.REASON, xterm.REASON)
class XtermTests(_Looking):
    __test__ = True

    def test_people_talk(self) -> None:
        self.talks(Xterm)

    @settings(deadline=None, derandomize=True, max_examples=EXAMPLES)
    @given(OPERATIONS)
    def test_whatever_is_shown(self, operations: list[tuple[str, Any]]) -> None:
        self.does_anything(Xterm, operations)
