"""Logs of WeeChat, as its logger writes them by default.

A line has the time, the prefix and the message, with tabs between them; the prefix of a message is
the nick, perhaps with a sign (WeeChat User's guide, "Logger plugin").

    2026-11-26 10:00:00	@ann	Hello
    2026-11-26 10:00:05	 *	bob waves
    2026-11-26 10:00:07	-->	cat (~cat@host) has joined #ops
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import IO, TYPE_CHECKING

from chatsvc.exchange.files import lines_of
from chatsvc.exchange.said import Found, LeftOut, Message

if TYPE_CHECKING:
    from chatsvc.exchange.formats.times import Wall

LINE = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)\t([^\t]*)\t(.*)")
ACTION = " *"  # weechat.look.prefix_action
_SERVERS = frozenset(("", "-->", "<--", "--", "=!=", "-!-", "===", "***"))
_SIGNS = "~&@%+!"
_ROOM = re.compile(r"(?:^|\.)(#[^/]+?)\.weechatlog$")

_day = lru_cache(100)(date.fromisoformat)


def room_of(name: str) -> str:
    """The room of a log, by a file name like irc.libera.#ops.weechatlog; empty if unclear."""
    found = _ROOM.search(name)
    return found[1] if found else ""


def read(file: IO[bytes], name: str, room: str, wall: Wall) -> Iterator[Found]:
    """The messages of a log."""
    for line in lines_of(file, name):
        if isinstance(line, LeftOut):
            yield line
            continue
        number, text = line
        if not text:
            continue
        where = f"{name}:{number}"
        found = LINE.fullmatch(text)
        if found is None:
            yield LeftOut("lines of no known form", where)
            continue
        day, hour, minute, second, prefix, said = found.groups()
        try:
            at = wall.at(_day(day), int(hour), int(minute), int(second))
        except ValueError:
            yield LeftOut("lines with a time that is none", where)
            continue
        prefix = prefix.rstrip()
        if prefix == ACTION or prefix == "*":
            speaker, _, said = said.partition(" ")
            yield Message(room, at, "Acted", speaker, said)
        elif prefix in _SERVERS:
            yield LeftOut("joins, parts and the like", where)
        else:
            yield Message(room, at, "Said", prefix.lstrip(" " + _SIGNS), said)
