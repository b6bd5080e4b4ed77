"""Telnet's negotiations, which arrive among the text and are ignored."""

from __future__ import annotations

import re

IAC = b"\xff"

# After Ctrl-C, a telnet client shows nothing until it knows that the server has got so far, which
# it asks by DO TIMING-MARK (RFC 860). Even a refusal tells it.
DO_TIMING_MARK = b"\xff\xfd\x06"
WONT_TIMING_MARK = b"\xff\xfc\x06"

# RFC 854 and RFC 1184: IAC and a command; behind WILL, WONT, DO and DONT stands an option, and SB
# goes on to IAC SE. No client's negotiation takes more than this; what is longer, or has another SB
# in it, is text. Two IAC are no command. The patterns never go back, so that no bytes take long.
_LONGEST = 256
_SB = rb"\xfa(?:[^\xff]|\xff[^\xf0\xfa]){0,%d}+" % _LONGEST
_COMMAND = re.compile(rb"(\xff\xff)|\xff(?:[\xec-\xf9]|[\xfb-\xfe].|%s\xff\xf0)" % _SB, re.DOTALL)
_UNFINISHED = re.compile(rb"\xff(?:[\xfb-\xfe]|%s\xff?)?\Z" % _SB, re.DOTALL)
_TAIL = 2 * _LONGEST + 3


def strip(data: bytes) -> tuple[bytes, bytes]:
    """The text in what was received, and the start of a negotiation at its end, if there is one.

    A 255 that begins no command is left alone: Latin-1 has a letter there.
    """
    text = _COMMAND.sub(rb"\1", data)
    unfinished = _UNFINISHED.search(text, max(0, len(text) - _TAIL))
    if unfinished is None:
        return text, b""
    return text[: unfinished.start()], unfinished.group()
