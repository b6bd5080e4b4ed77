"""At a real terminal with a real server: how messages look, and how one is told of them."""

from __future__ import annotations

import re

from tests.client.screen.seats import TtyTestCase
from tests.client.terminal import Seat

ALT_I, ALT_A, UP, UNDO = b"\x1bi", b"\x1ba", b"\x1b[A", b"\x1f"
DARK, LIGHT = b"\x1b]11;rgb:00/00/00\x1b\\", b"\x1b]11;rgb:ff/ff/ff\x1b\\"
ADDRESS = "https://example.org/" + "a" * 90


class ReadingTestCase(TtyTestCase):
    """Ann is client1 in #ops, at netcat; Bob is client2, looks at #ops, and may write to Ann."""

    def is_in_ops(self, *arguments: str, **options: int) -> Seat:
        self.ann.types("/join #ops")
        bob = self.comes(*arguments, **options)
        bob.types("/join #ops\r")
        bob.sees("[2 #ops, 2 here]", "\n#ops>")
        return bob

    def row(self, bob: Seat, text: str) -> int:
        """The row that has a text."""
        bob.sees(text)
        return next(at for at, row in enumerate(bob.rows) if text in row)


class ReadingTests(ReadingTestCase):
    def test_rows_and_columns(self) -> None:
        bob = self.is_in_ops()
        self.assertRegex(bob.text, r"——— \w+, \d\d \w+ 20\d\d")
        self.ann.types("long " * 20)
        at = self.row(bob, "client1: long long")
        column = bob.rows[at].index("long")
        self.assertRegex(bob.rows[at + 1], rf"^ {{{column}}}long")
        bob.types("one\x1b\rtwo\r")
        at = self.row(bob, "client2: one")
        self.assertEqual(bob.rows[at + 1].removesuffix(" …"), " " * column + "two")
        self.ann.types("x" * 50 + " `do not break me`")
        at = self.row(bob, "`do not break me`")
        self.assertEqual(bob.rows[at], " " * column + "`do not break me`")
        self.ann.types(f"see {ADDRESS}")
        bob.receives(f"\x1b]8;;{ADDRESS}\x1b\\".encode())
        self.ann.types("/nick al", "short")
        at = self.row(bob, "al: short")
        self.assertEqual(bob.rows[at].index("short"), column)
        bob.types("/set align off\r")
        bob.sees(" al: short")
        bob.sees_no_more("  al: short")
        bob.presses(ALT_I)
        bob.until(lambda: re.search(r"\d\d:\d\d \[\d+\] al: short", bob.text))

    def test_what_is_not_shown_or_not_twice(self) -> None:
        bob = self.is_in_ops()
        self.ann.types("one line", "another line")
        bob.sees("another line")
        cat = self.calls(self.port)
        cat.types("/join #ops", "/part #ops")
        self.ann.types("all quiet")
        bob.sees("all quiet")
        self.assertNotIn("client3", bob.text)
        bob.types("/presence all\r")
        bob.sees("All comings and goings are shown here.")
        cat.types("/join #ops")
        bob.sees("client3 has joined")
        bob.types("/presence smart\r/history 2\r")
        bob.sees("Those who have spoken lately", "all quiet")
        bob.presses(b"\x1b1")
        bob.sees("[1 #lobby")
        self.ann.types("while he is away")
        bob.sees("2 #ops +1")
        bob.presses(ALT_A)
        at = self.row(bob, "while he is away")
        self.assertIn("——— new ———", bob.rows[at - 1])
        for text in ("one line", "another line", "all quiet"):
            self.assertEqual(bob.text.count(text), 1, text)

    def test_colours_fit_the_background(self) -> None:
        bob = self.is_in_ops()
        bob.receives(b"\x1b]11;?")
        self.ann.types("hello")
        bob.sees("client1: hello")
        self.assertNotEqual(self.colour_on(DARK, bob), self.colour_on(LIGHT, bob))
        bob.types("/set theme contrast\r")
        bob.receives(b"\x1b[1mclient1\x1b[m")

    def colour_on(self, background: bytes, bob: Seat) -> bytes:
        """The colour of Ann's name, once Bob's terminal has told its background."""
        before = len(bob.sent)
        bob.presses(background)
        found = bob.until(lambda: re.findall(rb"38;5;(\d+);1mclient1", bob.sent[before:]))
        return bytes(found[-1])

    def test_writing(self) -> None:
        bob = self.is_in_ops()
        bob.types("hello")
        bob.sees("\n#ops> hello")
        bob.types(" world")
        bob.sees("\n#ops> hello world")
        bob.presses(UNDO)
        bob.until(lambda: not bob.rows[-1].endswith("world"))
        bob.types("\r")
        self.ann.sees("#ops client2: hello")
        bob.presses(UP)
        bob.sees("\n#ops> hello")
        bob.types("\x15/topic #nowhere x\r")
        bob.sees("!! ")


class ToldTests(ReadingTestCase):
    def test_by_which_words_rooms_and_signs(self) -> None:
        settings = self.folder / "client.toml"
        settings.write_text('highlights = ["deploy"]\n')
        bob = self.is_in_ops("--settings", str(settings))
        self.ann.types("nothing", "the deploy is done")
        bob.sees("the deploy is done")
        self.assertEqual(bob.emulator.rang, 1)
        for notices, start in (
            ("osc9", b"\x1b]9;"),
            ("osc99", b"\x1b]99;;"),
            ("osc777", b"\x1b]777;"),
        ):
            bob.types(f"/set notices {notices}\r")
            bob.sees(f"notices = {notices}")
            self.ann.types(f"client2: by {notices}")
            bob.receives(start)
        bob.types("/set notices bell\r/notify #ops all\r")
        bob.sees("notices = bell")
        self.ann.types("anything")
        bob.until(lambda: bob.emulator.rang >= 2)
        bob.types("/notify #ops none\r")
        bob.presses(b"\x1b1")
        bob.sees("[1 #lobby")
        self.ann.types("client2: unheard", "/join #lobby", "heard")
        bob.sees("client1: heard")
        self.assertNotIn("!", bob.rows[-2])
        self.assertEqual(bob.emulator.rang, 2)
        bob.types("/mentions\r")
        bob.sees("the deploy is done", "client2: by osc777")
        bob.types("\r")
        bob.sees("[2 #ops")
