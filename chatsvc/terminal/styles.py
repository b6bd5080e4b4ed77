"""Styles of text, and harmless text."""

from __future__ import annotations

import re
from typing import NamedTuple

from chatsvc.text.safe import clean

# What clean() leaves, as it affects no other line: directional marks, which reorder the text around
# them; and halves of surrogate pairs, which have no UTF-8.
_MARKS = re.compile("[\u061c\u200e\u200f]")
_SURROGATES = re.compile("[\ud800-\udfff]")


class Style(NamedTuple):
    """The look of a text.

    colour: 0 to 255, or None for the terminal's own; any other number needs a `Paint` that maps it
        to one of these.
    link: the address to which the text leads; printable ASCII, empty for none.
    """

    colour: int | None = None
    bold: bool = False
    dim: bool = False
    reverse: bool = False
    link: str = ""

    def sequence(self, *, is_after_plain: bool) -> str:
        """The control sequence that sets exactly this style."""
        codes = []
        if self.colour is not None and self.colour < 8:  # every terminal knows these
            codes.append(f"{30 + self.colour}")
        elif self.colour is not None:
            codes.append(f"38;5;{self.colour}")
        codes += ["1"] * self.bold + ["2"] * self.dim + ["7"] * self.reverse
        if codes and not is_after_plain:
            codes.insert(0, "0")
        return f"\x1b[{';'.join(codes)}m"

    def link_sequence(self) -> str:
        """The control sequence that sets exactly this link (OSC 8); others ignore it."""
        return f"\x1b]8;;{self.link}\x1b\\"


PLAIN = Style()

Segment = tuple[str, Style]


def neutral(text: str) -> str:
    """The text without anything that affects a terminal or the text around it."""
    if text.isprintable():
        return text
    return _SURROGATES.sub("\ufffd", _MARKS.sub("", clean(text)))
