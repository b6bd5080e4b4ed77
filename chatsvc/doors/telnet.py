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
# in it, is text. So is one with the end of a line in it, as the rest of it will not come; only the
# size of a window (RFC 1073), four bytes, may have a 10 or 13 in it. Two IAC are no command. The
# patterns never go back, so that no bytes take long.
_LONGEST = 256
_SIZE = rb"\x1f(?:[^\xff]|\xff\xff){0,4}+"
_SB = rb"\xfa(?:%s|(?:[^\xff\r\n]|\xff[^\xf0\xfa\r\n]){0,%d}+)" % (_SIZE, _LONGEST)
_ERASING = rb"\xff[\xf7\xf8]"  # the last character, or the line
_ONE = rb"\xff(?:[\xec-\xf6\xf9]|[\xfb-\xfe].|%s\xff\xf0)" % _SB
# Those that follow each other are taken together: one by one they take twelve times as long.
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
    """The text in what was received, and the start of a negotiation at its end, if there is one.

    Those that erase become the DEL or the Ctrl-U that does the same. A 255 that begins no command
    is left alone: Latin-1 has a letter there.
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
    """The text with LF at the end of each line, which CR LF, CR NUL and CR alone are, too.

    That is what clients send for the Return key: RFC 854, RFC 1123 (section 3.3.1), and terminals
    in raw mode. None of them is waited for: a CR at the end of what was received ends a line.

    after_cr: whether the last byte before was a CR; returned for the next time.
    """
    if after_cr and data[:1] in (b"\n", b"\0"):
        data = data[1:]
        after_cr = False
    return _CR.sub(b"\n", data), data[-1:] == b"\r" if data else after_cr
