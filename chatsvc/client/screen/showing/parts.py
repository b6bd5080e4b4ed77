"""Texts of one row that are cut to the columns they have."""

from __future__ import annotations

from chatsvc.terminal.cells import cells, shorten, width
from chatsvc.terminal.styles import PLAIN


def text_width(text: str) -> int:
    """The columns of a text."""
    return width(cells([(text, PLAIN)], len(text) * 2 + 1))


def shortened(text: str, columns: int) -> str:
    """A text, cut to some columns, with an ellipsis if something is missing."""
    if text_width(text) <= columns:
        return text
    return "".join([cell.text for cell in shorten(cells([(text, PLAIN)], columns), columns)])
