"""A day at a real terminal with a real server: what is always seen, moving, reading, writing."""

from __future__ import annotations

import re
import time

from tests.client.screen.seats import TtyTestCase
from tests.client.terminal import Seat
from tests.patience import PATIENCE, only_long

PAGE_UP, END, ESCAPE = b"\x1b[5~", b"\x1b[F", b"\x1b"


class DailyTests(TtyTestCase):
    """Ann is client1, at netcat; Bob is client2, at a terminal."""

    def opens(self, *options: object) -> object:
        return super().opens("--store", "sqlite:chat.sqlite", "--throttle", "off")

    def is_in_ops(self, **options: int) -> Seat:
        """Bob is in #ops, where ann has said 400 lines, of which he sees the last."""
        self.ann.types("/join #ops", "/topic #ops Deploys on Tuesdays")
        self.ann.types(*[f"line {number} of many" for number in range(400)])
        self.ann.sees("#ops client1: line 399 of many")
        bob = self.comes(**options)
        bob.types("/join #ops\r")
        bob.sees("[2 #ops, 2 here]", "\n#ops>", "line 399 of many")
        return bob

    def finds(self, words: str) -> str:
        """What Ann is told of a search, which finds what is said soon after, not at once."""
        self.ann.types(f"/search {words}", "/nothing")
        return self.ann.sees_some("/nothing")

    def first_line(self, bob: Seat) -> int:
        """The first of the numbered lines that Bob sees."""
        return min(map(int, re.findall(r"line (\d+) of many", bob.text)), default=400)

    def pages_up(self, bob: Seat) -> None:
        before = bob.text
        bob.presses(PAGE_UP)
        bob.until(lambda: bob.is_drawn() and bob.text != before)

    def test_what_is_always_seen(self) -> None:
        bob = self.is_in_ops(columns=110, rows=30)
        bob.sees("#ops  Deploys on Tuesdays", "│ ~client1\n")
        self.assertEqual(bob.rows[0], "#ops  Deploys on Tuesdays")
        self.ann.types("/op #ops client2", "/topic #ops Never")
        bob.sees("#ops  Never", "│ @client2\n")
        bob.presses(b"\x1bN")
        bob.sees("#ops  Never\n")
        bob.sees_no_more("│")
        bob.resizes(80, 11)
        bob.until(lambda: not bob.rows[0].startswith("#ops  Never"))
        bob.presses(b"\x1b1")
        bob.sees("\n#lobby>")
        self.ann.types("hello client2", "/bc hello all")
        bob.sees("[1 #lobby", "2 #ops !1")
        bob.presses(b"\x1ba")
        bob.sees("[2 #ops", "hello client2")
        bob.presses(b"\x1ba")
        bob.sees("[1 #lobby", "client1: hello all")

    def test_the_list_of_people(self) -> None:
        self.ann.types("/away lunch")
        self.ann.sees_some("away")
        others = [self.calls(self.port) for _ in range(9)]
        others[-1].sees_some("Welcome, you are client10")
        bob = self.sits_down("127.0.0.1", str(self.port), columns=110, rows=8)
        bob.sees("│  client1\n", ", 11 here")
        bob.presses(b"\x0c")  # it may have been drawn bit by bit
        bob.receives("\x1b[2m│\x1b[92G\x1b[K  client1".encode())
        self.assertNotIn("│  client9", bob.text)
        bob.presses(b"\x1b[6;3~")
        bob.sees("│  client9")
        bob.presses(b"\x1b[5;3~")
        bob.sees("│  client1\n")

    def test_moving(self) -> None:
        bob = self.is_in_ops()
        bob.presses(b"\x1b[1;3D")
        bob.sees("[1 #lobby")
        bob.presses(b"\x1b[1;3C")
        bob.sees("[2 #ops")
        bob.presses(b"\x1b1")
        bob.sees("[1 #lobby")
        self.ann.types("client2: the first", *[f"more {number}" for number in range(60)])
        bob.sees("2 #ops !1 +60")
        bob.presses(b"\x1ba")
        bob.sees("[2 #ops", "more 59")
        bob.presses(b"\x1bu")
        bob.sees("——— new ———", "client2: the first")
        bob.presses(END)
        bob.sees("more 59")
        bob.presses(b"\x1bp")
        bob.sees("client2: the first")
        bob.presses(END)
        bob.sees("more 59")
        bob.presses(b"\x1b[<64;10;10M")
        bob.sees_no_more("more 59")
        bob.sees("more 56")
        bob.presses(b"\x1b[<65;10;10M")
        bob.sees("more 59")
        bob.receives(b"\x1b[?1000h")
        bob.presses(b"\x1bm")
        bob.receives(b"\x1b[?1000l")
        bob.types("/set mouse off\r")
        bob.sees("mouse = off")

    def test_mentions_come_before_what_is_unread(self) -> None:
        bob = self.is_in_ops()
        bob.types("/join #tea\r")
        bob.sees("[3 #tea")
        self.ann.types("/bc hello all", "client2: and you")
        bob.sees("1 #lobby", "2 #ops !1")
        for title, text in (("[2 #ops", "client2: and you"), ("[1 #lobby", "client1: hello all")):
            bob.presses(b"\x1ba")
            bob.sees(title, text)

    @only_long
    def test_a_terminal_of_9600_baud_shows_the_newest_soon(self) -> None:
        """What it would take longer to draw than to say is left out on the way."""
        bob = self.is_in_ops()
        began = len(bob.sent)
        self.ann.types(*[f"more {number} " + "word " * 10 for number in range(1000)])
        bob.types("hello")
        deadline = time.monotonic() + PATIENCE
        while not all(text in bob.text for text in ("more 999", "\n#ops> hello")):
            self.assertLess(time.monotonic(), deadline, bob.text)
            bob.watch(0.1, most=96)
            time.sleep(0.1)
        self.assertLess(len(bob.sent) - began, 20_000)

    def test_reading_what_was_said_long_ago(self) -> None:
        bob = self.is_in_ops()
        bob.until(lambda: "line 399" in self.finds("line 399"))
        bob.presses(b"\x1bl")
        bob.sees_no_more("#ops>")
        last = "client1: line 399 of many"
        bob.until(lambda: bob.rows[-2].partition(" ")[2] == last)
        bob.resizes(80, 10)
        bob.sees_no_more("line 390 of many")
        bob.until(lambda: bob.rows[-2].partition(" ")[2] == last)
        bob.resizes(80, 24)
        bob.sees("client1: line 390 of many")
        bob.presses(b" ")
        bob.sees("line 399 of many", "\n#ops>")
        while self.first_line(bob) > 250:
            self.pages_up(bob)
        bob.sees("scrolled back (end)")
        bob.presses(END)
        bob.sees("line 399 of many")
        bob.types("\x06line 300")
        bob.sees("\nfind: line 300", "line 300 of many")
        bob.presses(b"\x15")
        bob.types("line 23 of")
        bob.sees("Nothing that is loaded has it")
        bob.presses(b"\x06")
        bob.sees("line 23 of many", "line 25 of many")
        bob.presses(ESCAPE)
        bob.sees("line 399 of many", "\n#ops>")
        bob.presses(b"\x1b1")
        bob.types("/search line 42\r")
        bob.sees("\nline 42:", "#ops client1: line 42 of many")
        bob.types("\r")
        bob.sees("[2 #ops", "line 42 of many", "line 45 of many", "scrolled back")
        self.ann.types("something new")
        bob.sees("(end)")
        bob.presses(END)
        bob.sees("something new")

    def test_picking_and_writing(self) -> None:
        bob = self.is_in_ops(columns=60)
        bob.types("a draft")
        bob.presses(b"\x0b")
        bob.sees("\ngo to:")
        bob.types("lby")
        bob.sees("  #lobby")
        bob.types("\r")
        bob.sees("[1 #lobby", "\n#lobby>")
        bob.presses(b"\x1bj02")
        bob.sees("\n#ops> a draft")
        bob.presses(b"\x15")
        bob.types("/tpic\t")
        bob.sees("\n#ops> /topic", "Show or set the topic of a room.")
        bob.presses(b"\x15")
        bob.types("fine :tada\t")
        bob.sees("\n#ops> fine 🎉")
        bob.types("and this line is too long for the screen it is on")
        bob.sees("\n#ops> fine 🎉 and this line is too long for the screen it\nis on")
        bob.presses(b"\x1b\r")
        bob.types("two")
        bob.sees("  2 rows")
        bob.types("\r")
        self.ann.sees_some("#ops client2: fine 🎉 and this")
