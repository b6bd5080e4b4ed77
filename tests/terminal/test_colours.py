"""Colours: that they can be read, and do not stand for two things."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.colours import BLACK, FAINT, URGENT, WHITE, WITHOUT, Palette, palette
from chatsvc.terminal.styles import PLAIN, Style

NORD, SOLARIZED, UBUNTU = (0x2E, 0x34, 0x40), (0xFD, 0xF6, 0xE3), (0x30, 0x0A, 0x24)
DARK, GREY = (0x1E, 0x1E, 0x1E), (0x80, 0x80, 0x80)


def light(red: int, green: int, blue: int) -> float:
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def linear(level: int) -> float:
    share = level / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def contrast(number: int, background: tuple[int, int, int]) -> float:
    levels = (0, 95, 135, 175, 215, 255)
    if number > 231:
        grey = 8 + 10 * (number - 232)
        return contrast_of((grey, grey, grey), background)
    cube = number - 16
    return contrast_of((levels[cube // 36], levels[cube // 6 % 6], levels[cube % 6]), background)


def contrast_of(colour: tuple[int, int, int], background: tuple[int, int, int]) -> float:
    text = light(*colour)
    paper = light(*background)
    return (max(text, paper) + 0.05) / (min(text, paper) + 0.05)


class PaletteTests(SynchronousTestCase):
    def test_they_can_be_read(self) -> None:
        for background in (BLACK, DARK, NORD, UBUNTU, WHITE, SOLARIZED, GREY):
            names, urgent, *_ = palette(background)
            for number in (*names, urgent):
                if number is not None:
                    self.assertGreaterEqual(contrast(number, background), 4.5, number)

    def test_where_the_background_is_not_known_they_can_be_read_on_black_and_on_white(self) -> None:
        names, urgent, *_ = palette(None)
        assert urgent is not None
        self.assertEqual(len(names), 4)
        for number in (*names, urgent):
            for background in (BLACK, WHITE):
                self.assertGreaterEqual(contrast(number, background), 4.5, number)

    def test_what_is_urgent_looks_like_no_name(self) -> None:
        for background in (None, BLACK, DARK, NORD, UBUNTU, WHITE, SOLARIZED):
            names, urgent, *_ = palette(background)
            self.assertNotIn(urgent, names)
            self.assertGreater(len(names), 20 if background else 3)

    def test_painting(self) -> None:
        names, urgent, *_ = found = palette(BLACK)
        self.assertEqual(found.paint(PLAIN), PLAIN)
        self.assertEqual(found.paint(URGENT), Style(urgent, bold=True))
        self.assertEqual(found.paint(Style(len(names) + 2, dim=True)), Style(names[2], dim=True))
        self.assertEqual(palette(GREY).paint(Style(5)), PLAIN)
        self.assertEqual(WITHOUT.paint(URGENT), Style(bold=True))
        self.assertEqual(WITHOUT.paint(FAINT), FAINT)

    def test_painting_what_is_faint(self) -> None:
        found = Palette((80, 81), 160, faint=241)
        self.assertEqual(found.paint(FAINT), Style(241))
        self.assertEqual(found.paint(Style(3, dim=True)), Style(81, dim=True))

    def test_painting_without_colours_and_without_dimming(self) -> None:
        found = Palette((), None, is_stark=True)
        self.assertEqual(found.paint(FAINT), PLAIN)
        self.assertEqual(found.paint(Style(3, bold=True)), Style(bold=True))
        self.assertEqual(found.paint(URGENT), Style(bold=True, reverse=True))
        in_status_line = URGENT._replace(reverse=True)
        self.assertEqual(found.paint(in_status_line), Style(bold=True))
