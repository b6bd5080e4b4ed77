"""Themes: the colours of the full screen, each for a background."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.terminal.colours import CONTRAST, Palette, contrast, distance, rgb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatsvc.terminal.colours import Colour

AUTO = "auto"  # fits the background, which the terminal is asked for
MOST_THEMES = 20  # in the settings
APART = 150  # the least distance between the colours of names and of mentions
_NAME = re.compile("[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
_BACKGROUND = re.compile("#[0-9a-fA-F]{6}")
_NUMBERS = range(16, 256)  # terminals have settings of their own for the first 16


class Theme(NamedTuple):
    """Colours among xterm's, by their numbers.

    background: the one that they are for; None for any, as the theme has no colours.
    names: of people, who share them.
    mention: of mentions and other urgent text.
    faint: of less important text, such as the time.
    """

    background: Colour | None
    names: tuple[int, ...] = ()
    mention: int | None = None
    faint: int | None = None

    @property
    def palette(self) -> Palette:
        """The palette that paints in these colours."""
        return Palette(self.names, self.mention, self.faint, is_stark=not self.names)


# Dark and light are readable on backgrounds that are darker or lighter than theirs, too.
THEMES: Mapping[str, Theme] = {
    "dark": Theme(
        (0x30, 0x30, 0x30),
        (228, 187, 150, 114, 79, 80, 117, 111, 147, 183, 219, 141),
        mention=209,
        faint=248,
    ),
    "light": Theme(
        (0xEE, 0xEE, 0xEE),
        (58, 94, 22, 23, 24, 26, 60, 55, 91, 127, 96, 19),
        mention=160,
        faint=241,
    ),
    "contrast": Theme(None),  # bold, reverse, and the terminal's own two colours
}


def checked(found: Mapping[str, object]) -> dict[str, Theme]:
    """The themes in a table of tables. Raises ValueError."""
    themes: dict[str, Theme] = {}
    for name, values in found.items():
        if not _NAME.fullmatch(name) or name in (AUTO, *THEMES):
            raise ValueError(
                f"a theme has a name of its own, with small letters, digits and -: {name[:50]!r}"
            )
        theme = _theme(name, values)
        if why := fault(theme):
            raise ValueError(f"the theme {name}: {why}")
        themes[name] = theme
    if len(themes) > MOST_THEMES:
        raise ValueError(f"there are at most {MOST_THEMES} themes")
    return themes


def _theme(name: str, values: object) -> Theme:
    """A theme in a table. Raises ValueError."""
    if not isinstance(values, dict) or values.keys() != set(Theme._fields):
        raise ValueError(f"the theme {name} has each of {', '.join(Theme._fields)}")
    background, names = values["background"], values["names"]
    if not isinstance(background, str) or not _BACKGROUND.fullmatch(background):
        raise ValueError(f'the theme {name}: a background is written like "#1e1e1e"')
    if not isinstance(names, list) or not names:
        raise ValueError(f"the theme {name}: names are a list of colours")
    for each in (*names, values["mention"], values["faint"]):
        if type(each) is not int or each not in _NUMBERS:
            raise ValueError(f"the theme {name}: a colour is a number from 16 to 255: {each!r:.50}")
    red, green, blue = bytes.fromhex(background[1:])
    one_each = tuple(dict.fromkeys(names))
    return Theme((red, green, blue), one_each, values["mention"], values["faint"])


def fault(theme: Theme) -> str:
    """Why a theme is hard to read; empty if it is not.

    All colours must have the contrast of WCAG 2.2, section 1.4.3, and no name look like a mention.
    """
    if theme.background is None or theme.mention is None or theme.faint is None:
        return ""
    for each in (*theme.names, theme.mention, theme.faint):
        found = contrast(rgb(each), theme.background)
        if found < CONTRAST:
            return f"{each} has a contrast of {found:.1f} to its background, not {CONTRAST}"
    for each in theme.names:
        if distance(rgb(each), rgb(theme.mention)) < APART:
            return f"{each} looks like the colour of mentions, {theme.mention}"
    return ""
