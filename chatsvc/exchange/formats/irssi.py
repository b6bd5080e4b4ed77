"""Logs of irssi, as it writes them by default.

Each day begins with a line that has the date (irssi's settings log_open_string, log_day_changed and
log_timestamp).

    --- Log opened Thu Nov 26 10:00:00 2026
    10:00 <@ann> Hello
    10:00  * bob waves
    10:01 -ann:#ops- Attention, please
    10:01 -!- cat [~cat@host] has joined #ops
    --- Day changed Fri Nov 27 2026
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import IO, TYPE_CHECKING

from chatsvc.exchange.files import lines_of
from chatsvc.exchange.said import Found, LeftOut, Message

if TYPE_CHECKING:
    from chatsvc.exchange.formats.times import Wall

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATE = re.compile(
    r"--- (?:Log opened|Day changed) \w+ (\w{3}) +(\d{1,2})(?: \d\d:\d\d:\d\d)? (\d{4})"
)
_CLOSED = "--- Log closed"
_LINE = re.compile(r"(\d\d):(\d\d)(?::(\d\d))? (.*)")
SAID = re.compile(r"<[ ~&@%+!]?([^<> ]+)> ?(.*)")
_ACTED = re.compile(r" \* (\S+) ?(.*)")
_NOTICED = re.compile(r"-([^ :]+):[^ -][^ ]*- (.*)")
_ROOM = re.compile(r"(?:^|/)(#[^/]+?)(?:\.\d{4}[^/]*)?\.log$")


def room_of(name: str) -> str:
    """The room of a log by its file's name, such as #ops.log; empty if unclear."""
    found = _ROOM.search(name)
    return found[1] if found else ""


def read(file: IO[bytes], name: str, room: str, wall: Wall) -> Iterator[Found]:
    """The messages of a log."""
    day: date | None = None
    for line in lines_of(file, name):
        if isinstance(line, LeftOut):
            yield line
            continue
        text, where = line.text, f"{name}:{line.number}"
        if text.startswith("--- ") or not text:
            if found := DATE.fullmatch(text):
                day = _day(*found.groups())
            if text and not text.startswith(_CLOSED) and (found is None or day is None):
                yield LeftOut("lines with a date that is none", where)
            continue
        timed = _LINE.fullmatch(text)
        if timed is None or day is None:
            what = "lines of no known form" if day is not None else "lines before the first date"
            yield LeftOut(what, where)
            continue
        hour, minute, second, rest = timed.groups()
        try:
            at = wall.at(day, int(hour), int(minute), int(second or 0))
        except ValueError:
            yield LeftOut("lines with a time that is none", where)
            continue
        for form, kind in ((SAID, "Said"), (_ACTED, "Acted"), (_NOTICED, "Noticed")):
            if said := form.fullmatch(rest):
                yield Message(room, at, kind, said[1], said[2])
                break
        else:
            yield LeftOut("joins, parts and the like", where)


def _day(month: str, day: str, year: str) -> date | None:
    try:
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None
