"""The wording of events: as text, and as lines with styles."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

from chatsvc.events.answers import Notice, Resumed
from chatsvc.events.event import PREFIX
from chatsvc.events.forms import event_of
from chatsvc.events.people import Listed
from chatsvc.events.speech import (
    Acted,
    Direct,
    DirectlyActed,
    DirectlyReacted,
    Queued,
    Reacted,
    Redacted,
    Spoken,
)
from chatsvc.terminal.colours import FAINT, URGENT
from chatsvc.terminal.styles import PLAIN, Style
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from chatsvc.client.own_name import OwnName
    from chatsvc.events.event import Event
    from chatsvc.terminal.styles import Segment


NAMES = 256  # names that lines share


def moment(received: dict[str, Any]) -> datetime | None:
    """The local time of an event; None if it has none."""
    try:
        return datetime.fromisoformat(received["at"]).astimezone()
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def is_new(received: dict[str, Any]) -> bool:
    """Whether an event is told for the first time, perhaps as an offline message."""
    return not received.get("recalled") or bool(received.get("waited"))


def text(received: dict[str, Any]) -> str:
    """An event in the server's words, in one or more lines."""
    event = event_of(received)
    words = _worded(received, event)
    if received.get("recalled") and event is not None:
        at = moment(received)
        before = f"[{received.get('id', '')}{f' {at:%d %b %H:%M}' if at else ''}] "
        words = "\n".join([before + line for line in words.split("\n")])
    return words


def _worded(received: dict[str, Any], event: Event | None) -> str:
    if "error" in received:
        return f"{PREFIX}{received['error'].get('text', 'That cannot be done.')}"
    if received.get("event") == "text":  # from before the server spoke JSON
        return str(received["text"])
    if event is None:
        return f"{PREFIX}{received}"  # from a later version
    if isinstance(event, Resumed):  # without the token, which is secret
        where = f", in {', '.join(event.rooms)}" if event.rooms else ""
        return f"{PREFIX}You are {event.name} again{where}.{missing(event)}"
    if isinstance(event, Queued):
        return str(event)
    if isinstance(event, DirectlyActed):
        return event.worded(f"* {event.speaker} (to {event.to} only) ")
    if isinstance(event, DirectlyReacted):
        act = f"{event.does} [{event.reply_to}]: "
        return event.worded(f"* {event.speaker} (to {event.to} only) {act}")
    if isinstance(event, Direct):
        return event.worded(f"{event.speaker} (to {event.to} only): ")
    return str(event)


def _in_a_row(event: Listed) -> str:
    """A list without line breaks: the terminal may have more columns, or fewer."""
    more = [f"and {event.more} more"] if event.more else []
    names = ", ".join([*event.names, *more])
    return f"{event.title}: {names}" if names else str(event)


def missing(event: Resumed) -> str:
    """The note on missing lines after a return; empty if none are missing."""
    what = "1 room" if event.missing == 1 else f"{event.missing} rooms"
    return f" Lines of {what} are missing: /history" if event.missing else ""


def colour(name: str) -> int:
    """The number of a name's colour, the same in every client; a palette maps it to a colour."""
    return crc32(folded(name).encode("utf-8", "replace"))


_ACT, _NO_ACT, _AFTER_ACT, _AFTER_NAME = ("* ", PLAIN), ("", PLAIN), (" ", PLAIN), (": ", PLAIN)


# Lines of one minute, or of one person, share these segments: half of their memory.
@lru_cache(maxsize=16)
def _clock(hour: int, minute: int) -> Segment:
    return f"{hour:02}:{minute:02} ", FAINT


@lru_cache(maxsize=NAMES)
def _name(name: str, is_mine: bool) -> Segment:
    return name, Style(None if is_mine else colour(name), bold=True)


def line(received: dict[str, Any], event: Event | None, own: OwnName) -> list[Segment]:
    """An event after its time of day, in one or more lines; the last segment is the text.

    event: the same event, parsed; None if it is unknown.
    own: the reader's name.
    """
    at = moment(received)
    before: list[Segment] = [_clock(at.hour, at.minute) if at else ("", FAINT)]
    if isinstance(event, Spoken) and not isinstance(event, Redacted | Reacted):
        is_mine = folded(event.speaker) == folded(own.name)
        is_act = isinstance(event, Acted | DirectlyActed)
        before += [_ACT if is_act else _NO_ACT, _name(event.speaker, is_mine)]
        before.append(_AFTER_ACT if is_act else _AFTER_NAME)
        if isinstance(event, Queued):
            before.append(("(waits) ", FAINT))
        style = URGENT if not is_mine and own.is_in(event.text) else PLAIN
        return [*before, (event.text, style)]
    if isinstance(event, Redacted | Reacted):
        event = event_of(received | {"room": ""})  # the window shows the room
    style = PLAIN if event is None or isinstance(event, Notice) else FAINT
    before.append(("!! ", URGENT) if "error" in received else ("-- ", style))
    if isinstance(event, Listed):
        worded = _in_a_row(event)
    else:
        worded = str(event) if isinstance(event, Reacted) else _worded(received, event)
    words = re.sub(f"^{PREFIX}", "", worded, flags=re.MULTILINE)
    return [*before, (words, style)]
