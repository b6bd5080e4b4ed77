"""The formatting codes of IRC clients, which are removed."""

from __future__ import annotations

import re

from chatsvc.text.safe import clean, shows

# https://modern.ircdocs.horse/formatting: colours with their digits, and toggles.
_CODES = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?"
    r"|[\x02\x0f\x11\x16\x1d-\x1f]"
)


def plain(text: str) -> str:
    """A text without formatting, for every door; empty if nothing of it is visible."""
    if text.isascii() and text.isprintable() and not text.isspace():
        return text  # as most messages
    text = clean(_CODES.sub("", text))
    return text if shows(text) else ""
