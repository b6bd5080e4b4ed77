"""Logs of irssi are read."""

from __future__ import annotations

from chatsvc.exchange.said import Message
from tests.exchange.formats.reading import ReadingTestCase, at

LOG = """\
--- Log opened Thu Nov 26 23:58:00 2026
23:58 -!- ann [~ann@host] has joined #ops
23:58 <@ann> Hello <you>
23:59 < bob> hi
23:59  * bob waves
23:59 -cat:#ops- Attention, please
--- Day changed Fri Nov 27 2026
00:01 <+dan> good morning
--- Log closed Fri Nov 27 00:02:00 2026
--- Log opened Sat Dec  5 07:00:01 2026
07:00:30 <ann> back
"""


class IrssiTests(ReadingTestCase):
    def test_what_was_said(self) -> None:
        path = self.writes("#ops.log", LOG)
        late = at(2026, 11, 26, 23, 58)
        self.assertEqual(
            self.messages(path),
            [
                Message("#ops", late, "Said", "ann", "Hello <you>"),
                Message("#ops", late + 60, "Said", "bob", "hi"),
                Message("#ops", late + 60, "Acted", "bob", "waves"),
                Message("#ops", late + 60, "Noticed", "cat", "Attention, please"),
                Message("#ops", late + 180, "Said", "dan", "good morning"),
                Message("#ops", at(2026, 12, 5, 7, 0, 30), "Said", "ann", "back"),
            ],
        )
        self.assertEqual(self.left_out(path), [("joins, parts and the like", "#ops.log:2")])

    def test_hostile_lines(self) -> None:
        lines = ["--- Log opened Thu Foo 26 10:00:00 2026", "10:00 <ann> before a date"]
        lines += ["--- Day changed Fri Nov 31 2026", "--- Day changed Fri Nov 27 2026"]
        lines += ["99:99 <ann> no time", "nothing", "10:00 <ann> \x1b[31mred\x07"]
        path = self.writes("#ops.log", "\n".join(lines))
        self.assertEqual(self.said(path), [("ann", "\x1b[31mred\x07")])  # cleaned later
        self.assertEqual(
            self.left_out(path),
            [
                ("lines with a date that is none", "#ops.log:1"),
                ("lines before the first date", "#ops.log:2"),
                ("lines with a date that is none", "#ops.log:3"),
                ("lines with a time that is none", "#ops.log:5"),
                ("lines of no known form", "#ops.log:6"),
            ],
        )

    def test_the_room_is_that_of_the_file(self) -> None:
        for name in ("#ops.log", "#ops.2026-11-26.log"):
            self.assertEqual(self.messages(self.writes(name, LOG))[0].room, "#ops")
