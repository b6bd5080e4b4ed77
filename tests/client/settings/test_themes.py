"""Themes: all of them can be read, and no name in them looks like a mention."""

from __future__ import annotations

import colorsys
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.settings.themes import MOST_THEMES, THEMES, Theme, checked, fault
from chatsvc.terminal.colours import BLACK, WHITE, rgb
from tests.terminal.test_colours import contrast

MINE = {"background": "#1d2021", "names": [109, 142, 175, 109], "mention": 203, "faint": 246}


class ThemeTests(SynchronousTestCase):
    def test_those_in_the_box_can_be_read(self) -> None:
        self.assertEqual([*THEMES], ["dark", "light", "contrast"])
        for name, theme, farther in (
            ("dark", THEMES["dark"], BLACK),
            ("light", THEMES["light"], WHITE),
        ):
            assert theme.background is not None
            assert theme.mention is not None
            assert theme.faint is not None
            for background in (theme.background, farther):
                for number in (*theme.names, theme.mention, theme.faint):
                    self.assertGreaterEqual(contrast(number, background), 4.5, (name, number))

    def test_no_name_in_those_looks_like_a_mention(self) -> None:
        for name in ("dark", "light"):
            theme = THEMES[name]
            assert theme.mention is not None
            self.assertEqual(len({*theme.names, theme.mention, theme.faint}), 14)
            for number in theme.names:
                self.assertGreater(hues_apart(number, theme.mention), 20, (name, number))
            self.assertEqual(fault(theme), "")

    def test_one_has_no_colours_at_all(self) -> None:
        self.assertEqual(THEMES["contrast"], Theme(None))
        self.assertTrue(THEMES["contrast"].palette.is_stark)

    def test_a_theme_of_ones_own(self) -> None:
        self.assertEqual(
            checked({"mine": MINE}), {"mine": Theme((0x1D, 0x20, 0x21), (109, 142, 175), 203, 246)}
        )

    def test_what_cannot_be(self) -> None:
        for values, why in {
            ("names", (109, 60)): "the theme mine: 60 has a contrast of 2.7 to its background",
            ("faint", 240): "the theme mine: 240 has a contrast of 2.3 to its background",
            ("mention", 88): "the theme mine: 88 has a contrast of 1.6 to its background",
            ("names", (204,)): "the theme mine: 204 looks like the colour of mentions, 203",
            ("background", "black"): "the theme mine: a background is written like",
            ("background", 1): "the theme mine: a background is written like",
            ("names", ()): "the theme mine: names are a list of colours",
            ("names", 1): "the theme mine: names are a list of colours",
            ("names", (15,)): "the theme mine: a colour is a number from 16 to 255: 15",
            ("mention", "red"): "the theme mine: a colour is a number from 16 to 255: 'red'",
            ("mention", True): "the theme mine: a colour is a number from 16 to 255: True",
            ("bold", True): "the theme mine has each of background, names, mention, faint",
        }.items():
            name, value = values
            table: dict[str, Any] = {
                **MINE,
                name: [*value] if isinstance(value, tuple) else value,
            }
            error = self.assertRaises(ValueError, checked, {"mine": table})
            self.assertTrue(str(error).startswith(why), error)
        for name in ("dark", "auto", "My own", ""):
            error = self.assertRaises(ValueError, checked, {name: MINE})
            self.assertTrue(str(error).startswith("a theme has a name of its own"), error)
        self.assertRaises(ValueError, checked, {"mine": 1})
        many = {f"t{number}": MINE for number in range(MOST_THEMES + 1)}
        self.assertRaises(ValueError, checked, many)


def hues_apart(one: int, other: int) -> float:
    """The degrees between the hues of two colours."""
    hues = []
    for number in (one, other):
        hue, _, _ = colorsys.rgb_to_hls(*[part / 255 for part in rgb(number)])
        hues.append(hue * 360)
    return min(abs(hues[0] - hues[1]), 360 - abs(hues[0] - hues[1]))
