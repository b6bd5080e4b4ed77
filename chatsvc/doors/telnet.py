"""Telnet's negotiations, which arrive among the text and are ignored."""

from __future__ import annotations

import re

IAC = b"\xff"

# RFC 854: IAC and a command; behind WILL, WONT, DO and DONT stands an option, and SB goes on to
# the next IAC SE. No client's negotiation takes more than this; what is longer is text.
_LONGEST = 256
_SB = rb"\xfa(?:[^\xff]|\xff[^\xf0]){0,%d}" % _LONGEST
_COMMAND = re.compile(rb"\xff(?:[\xf0-\xf9]|[\xfb-\xfe].|%s?\xff\xf0)" % _SB, re.DOTALL)
_UNFINISHED = re.compile(rb"\xff(?:[\xfb-\xfe]|%s\xff?)?\Z" % _SB, re.DOTALL)


def strip(data: bytes) -> tuple[bytes, bytes]:
    """The text in what was received, and the start of a negotiation at its end, if there is one.

    A 255 that begins no command is left alone: Latin-1 has a letter there.
    """
    text = _COMMAND.sub(b"", data)
    unfinished = _UNFINISHED.search(text)
    if unfinished is None:
        return text, b""
    return text[: unfinished.start()], unfinished.group()
