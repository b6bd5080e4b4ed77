"""Messages on a page of the archive."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from twisted.web.template import tags

from chatsvc.doors.web.archive.links import linked
from chatsvc.doors.web.archive.paths import message_path, room_path
from chatsvc.events.speech import Acted, Reacted, Redacted, Spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twisted.web.template import Flattenable, Tag

    from chatsvc.chat.logs.log import Entry
    from chatsvc.clock import Turns

AT_ONCE = 10  # items turned into HTML before others have their turn


def by_day(entries: Sequence[Entry], turns: Turns, marked: int = 0) -> Iterator[Tag]:
    """The messages of a room, with a heading for each day.

    marked: the id of the one that was asked for; 0 for none.
    """
    for day, said in groupby(entries, lambda entry: _moment(entry).date()):
        heading = f"{day:%A}, {day.day} {day:%B %Y}"
        yield tags.section(
            tags.h2(tags.time(heading, datetime=day.isoformat())),
            tags.ol(in_turns([_line(each, "%H:%M", marked) for each in said], turns)),
        )


def hits(entries: Sequence[Entry], turns: Turns) -> Tag:
    """Messages of several rooms, newest first, each with its room and date."""
    lines = [_line(each, "%Y-%m-%d %H:%M", with_room=True) for each in reversed(entries)]
    return tags.ol(in_turns(lines, turns))


def in_turns(lines: Sequence[Tag], turns: Turns) -> list[Flattenable]:
    """The items of a list, with pauses in which others have their turn."""
    found: list[Flattenable] = []
    for number, line in enumerate(lines):
        if number and number % AT_ONCE == 0:
            found.append(_pause(turns))
        found.append(line)
    return found


async def _pause(turns: Turns) -> str:
    await turns.pause()
    return ""


def _line(entry: Entry, form: str, marked: int = 0, *, with_room: bool = False) -> Tag:
    event, at = entry.event, _moment(entry)
    assert isinstance(event, Spoken)
    time = tags.time(f"{at:{form}}", datetime=f"{at:%Y-%m-%dT%H:%M:%SZ}")
    line = tags.li(tags.a(time, href=message_path(event.room, entry.id), class_="time"), " ")
    if entry.id == marked:
        line(**{"aria-current": "true"})
    if with_room:
        line(tags.a(tags.bdi(event.room), href=room_path(event.room)), " ")
    name = tags.bdi(event.speaker, class_="name")
    if isinstance(event, Redacted):
        line(tags.em("What ", name, " said was removed by ", tags.bdi(event.text), "."))
    elif isinstance(event, Acted):
        line("* ", name, " ", tags.span(linked(event.text), dir="auto"))
    elif isinstance(event, Reacted):
        line("* ", name, f" {event.does} ", _target(event), ": ", tags.span(event.text, dir="auto"))
    else:
        answers = (" answers ", _target(event)) if event.reply_to else ""
        line(name, answers, ": ", tags.span(linked(event.text), dir="auto"))
    return line(id=f"m{entry.id}")


def _target(event: Spoken) -> Tag:
    return tags.a(f"[{event.reply_to}]", href=message_path(event.room, event.reply_to))


def _moment(entry: Entry) -> datetime:
    return datetime.fromtimestamp(entry.at, UTC)
