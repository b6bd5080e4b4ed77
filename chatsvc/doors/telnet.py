"""Telnet's negotiations, which arrive within the text and are removed."""

from __future__ import annotations

import re

IAC = 0xFF  # a number, as a search in bytes takes a tenth of the time

# After Ctrl-C, a telnet client shows nothing until the server has answered its DO TIMING-MARK
# (RFC 860). A refusal is an answer.
DO_TIMING_MARK = b"\xff\xfd\x06"
WONT_TIMING_MARK = b"\xff\xfc\x06"

# RFC 854 and RFC 1184: IAC and a command; WILL, WONT, DO and DONT are followed by an option, and SB
# extends to IAC SE. No client's subnegotiation is longer than this; a longer one, or one with
# another SB in it, is text. So is one with a line end in it, as its rest will not come; only a
# window size (RFC 1073), four bytes, may contain 10 or 13. Two IAC are no command. The patterns
# never backtrack, so that no input takes long.
_LONGEST = 256
_SIZE = rb"\x1f(?:[^\xff]|\xff\xff){0,4}+"
_SB = rb"\xfa(?:%s|(?:[^\xff\r\n]|\xff[^\xf0\xfa\r\n]){0,%d}+)" % (_SIZE, _LONGEST)
_ERASING = rb"\xff[\xf7\xf8]"  # the last character, or the line
_ONE = rb"\xff(?:[\xec-\xf6\xf9]|[\xfb-\xfe].|%s\xff\xf0)" % _SB
# Commands in a row are matched together: one by one, they take twelve times as long.
_COMMANDS = re.compile(
    rb"(\xff\xff(?:\xff\xff)*+)|(%s(?:%s)*+)|%s(?:%s)*+" % (_ERASING, _ERASING, _ONE, _ONE),
    re.DOTALL,
)
_UNFINISHED = re.compile(
    rb"(?<!\xff)(?:\xff\xff)*+(\xff(?:[\xfb-\xfe]|%s\xff?)?)\Z" % _SB, re.DOTALL
)
_TAIL = 2 * _LONGEST + 3
_CR = re.compile(rb"\r[\n\0]?")


def strip(data: bytes) -> tuple[bytes, bytes]:
    """The text in some data, and the incomplete negotiation at its end, if there is one.

    Commands that erase become the DEL or Ctrl-U that does the same. A 255 that begins no command is
    kept: it is a letter in Latin-1.
    """
    text = _COMMANDS.sub(_text_of, data)
    unfinished = _UNFINISHED.search(text, max(0, len(text) - _TAIL))
    if unfinished is None:
        return text, b""
    return text[: unfinished.start(1)], unfinished[1]


def _text_of(commands: re.Match[bytes]) -> bytes:
    return commands[1] or (commands[2] or b"").replace(b"\xff\xf7", b"\x7f").replace(
        b"\xff\xf8", b"\x15"
    )


def end_lines(data: bytes, after_cr: bool) -> tuple[bytes, bool]:
    """The text with LF for each line end: CR LF, CR NUL, CR or LF.

    These are what clients send for the Return key: RFC 854, RFC 1123 (section 3.3.1), and terminals
    in raw mode. A CR at the end of the data ends its line at once.

    after_cr: whether the byte before the data was a CR; returned for the next call.
    """
    if after_cr and data[:1] in (b"\n", b"\0"):
        data = data[1:]
        after_cr = False
    return _CR.sub(b"\n", data), data[-1:] == b"\r" if data else after_cr
