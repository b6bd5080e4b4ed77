"""Colours that are readable on the terminal's background."""

from __future__ import annotations

from typing import NamedTuple

from chatsvc.terminal.styles import Style

CONTRAST = 4.5  # minimum between text and background: WCAG 2.2, section 1.4.3
Colour = tuple[int, int, int]  # red, green and blue, 0 to 255
BLACK, WHITE = (0, 0, 0), (255, 255, 255)

URGENT = Style(colour=-1, bold=True)  # of mentions and direct messages; a palette's `urgent`
_LEVELS = (0, 95, 135, 175, 215, 255)
_REDDEST = 40  # the most by which red exceeds the other parts of a name's colour
_RED = 160  # as much is enough for what is urgent


class Palette(NamedTuple):
    """The colours for names, urgent and faint text, among xterm's 256.

    Without colours for names, all text has the terminal's own colour.

    faint: None for the terminal's own way to dim.
    is_stark: whether nothing is dim, and urgent text is reversed.
    """

    names: tuple[int, ...]
    urgent: int | None
    faint: int | None = None
    is_stark: bool = False

    def paint(self, style: Style) -> Style:
        """A style with its number replaced by one of these colours."""
        if self.is_stark:
            is_urgent = style.colour == URGENT.colour
            return style._replace(colour=None, dim=False, reverse=style.reverse != is_urgent)
        if style.dim and style.colour is None and self.faint is not None:
            return style._replace(colour=self.faint, dim=False)
        if style.colour is None or not self.names:
            return style._replace(colour=None)
        if style.colour == URGENT.colour:
            return style._replace(colour=self.urgent)
        return style._replace(colour=self.names[style.colour % len(self.names)])


WITHOUT = Palette((), None)


def palette(background: Colour | None) -> Palette:
    """The colours for a background; if it is unknown, those readable on black and on white."""
    against = [BLACK, WHITE] if background is None else [background]
    readable = [
        number
        for number in range(16, 232)
        if len({*rgb(number)}) > 1  # no grey
        and min(contrast(rgb(number), each) for each in against) >= CONTRAST
    ]

    def worth(number: int) -> tuple[int, float]:
        """Red enough to be seen, and no redder: pure red flickers, and is hard to read."""
        red_enough = min(_redness(number), _RED)
        return red_enough, min(contrast(rgb(number), each) for each in against)

    urgent = max(readable, key=worth, default=None)
    names = [each for each in readable if each != urgent and _redness(each) <= _REDDEST]
    return Palette(tuple(names), urgent)


def rgb(number: int) -> Colour:
    """The parts of one of xterm's colours: 16 to 231 form a cube, 232 to 255 are greys."""
    if number > 231:
        grey = 8 + (number - 232) * 10
        return grey, grey, grey
    cube = number - 16
    return _LEVELS[cube // 36], _LEVELS[cube // 6 % 6], _LEVELS[cube % 6]


def contrast(one: Colour, other: Colour) -> float:
    """The contrast by WCAG 2.2: 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def distance(one: Colour, other: Colour) -> float:
    """How unlike two colours look: 0 to 765.

    As of https://www.compuphase.com/cmetric.htm, a close and cheap approximation.
    """
    red, green, blue = (each - its for each, its in zip(one, other, strict=True))
    mean = (one[0] + other[0]) / 512
    return float(((2 + mean) * red**2 + 4 * green**2 + (3 - mean) * blue**2) ** 0.5)


def _luminance(colour: Colour) -> float:
    shares = [level / 255 for level in colour]
    red, green, blue = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _redness(number: int) -> int:
    red, green, blue = rgb(number)
    return red - max(green, blue)


FAINT = Style(dim=True)
