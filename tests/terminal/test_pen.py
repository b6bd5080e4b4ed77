"""The bytes that draw cells: few, and none that another terminal would take for something else."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.cells import Cell, Row, cells
from chatsvc.terminal.pen import Pen
from chatsvc.terminal.styles import PLAIN, Style

ADDRESS = "https://example.org"


def line(text: str, style: Style = PLAIN) -> list[Cell]:
    return cells([(text, style)], 80)


class PenTests(SynchronousTestCase):
    def draws(self, row: Row, drawn: str, column: int = 1) -> None:
        pen = Pen()
        self.assertEqual(pen.draw(row, column) + pen.lift(), drawn)

    def test_before_what_follows_an_uncertain_cell_the_column_is_told(self) -> None:
        self.draws(line("aé漢b"), "aé漢b")
        self.draws(line("❤️b"), "❤️\x1b[3G\x1b[Kb")
        self.draws(line("𗀀b"), "𗀀\x1b[3G\x1b[Kb")  # narrow on older terminals
        self.draws(line("❤️b❤️"), "❤️\x1b[3G\x1b[Kb❤️")
        self.draws(line("❤️b"), "❤️\x1b[7G\x1b[Kb", column=5)

    def test_what_is_the_same_is_not_drawn_again(self) -> None:
        for old, new, drawn in (
            ("abc", "abcd", "\x1b[7;4Hd"),
            ("abc", "ab", "\x1b[7;3H\x1b[K"),
            ("abc", "axc", "\x1b[7;2Hx"),
            ("abcdef", "axcdyf", "\x1b[7;2Hxcdy"),
            ("a23456789b", "x23456789y", "\x1b[7Hx\x1b[10Gy"),
            ("a23456789bc", "x23456789", "\x1b[7Hx\x1b[7;10H\x1b[K"),
            ("漢字", "漢b", "\x1b[7;3Hb\x1b[K"),
            ("漢字a", "a字a", "\x1b[7Ha字a\x1b[K"),
            ("漢字a", "ab字a", "\x1b[7Hab"),
            ("a❤️", "a❤️b", "\x1b[7;2H\x1b[K❤️\x1b[4G\x1b[Kb"),
            ("a❤️", "❤️ ", "\x1b[7H\x1b[K❤️\x1b[3G\x1b[K "),
            ("", "│  ", "\x1b[7H│"),
            ("❤️b", "❤️bc", "\x1b[7;4Hc"),
        ):
            self.assertEqual(Pen().redraw(line(old), line(new), 7), drawn)

    def test_a_style_goes_on_until_it_would_be_seen(self) -> None:
        dim, reverse = Style(dim=True), Style(reverse=True)
        row = [*line("a", dim), *line("  "), *line("b", Style(1, bold=True)), *line(" c")]
        self.draws(row, "\x1b[2ma  \x1b[0;31;1mb \x1b[mc")
        self.draws([*line("a", reverse), *line(" ")], "\x1b[7ma\x1b[m ")
        self.draws([*line("❤️b", reverse)], "\x1b[7m❤️\x1b[3G\x1b[m\x1b[K\x1b[7mb\x1b[m")
        self.assertEqual(Pen(lambda _: PLAIN).draw(line("a", dim)), "a")

    def test_a_style_goes_on_in_the_next_row(self) -> None:
        link = Style(link=ADDRESS)
        pen = Pen()
        self.assertEqual(pen.draw(line("exam", link)), f"\x1b]8;;{ADDRESS}\x1b\\exam")
        self.assertEqual(pen.redraw([], line("ple", link), 2), "\x1b[2Hple")
        self.assertEqual(pen.erase(), "\x1b]8;;\x1b\\\x1b[K")
        self.assertEqual(pen.lift(), "")

    def test_colours(self) -> None:
        for style, codes in {
            PLAIN: "",
            Style(0): "30",
            Style(7, bold=True): "37;1",
            Style(8): "38;5;8",
            Style(255, dim=True, reverse=True): "38;5;255;2;7",
        }.items():
            self.assertEqual(style.sequence(is_after_plain=True), f"\x1b[{codes}m")
        self.assertEqual(Style(dim=True).sequence(is_after_plain=False), "\x1b[0;2m")
