"""The dialect of people: lines of text."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry
from chatsvc.command.typed import do
from chatsvc.errors import ChatError
from chatsvc.events.people import MANY_JOINS, CrowdJoined, Joined
from chatsvc.events.relayed import NOT_FOR_PEOPLE
from chatsvc.text.safe import typed

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session
    from chatsvc.events.event import Event


_JOINING = frozenset([Joined, CrowdJoined])
_event_of = attrgetter("event")


def run(chat: Chat, session: Session, line: bytes) -> None:
    """Run a typed line, and answer if it is refused."""
    chat.announcements.announce()
    try:
        do(chat, session, typed(line), "people")
    except ChatError as error:
        session.refuse(error)


def refusal(error: ChatError) -> bytes:
    """The line for a connection that is not let in."""
    return f"server: {error}\n".encode()


def plain(entries: Sequence[Entry]) -> bytes:
    """The lines of some events."""
    if len(entries) == 1:  # mostly: one speaks at a time
        line = entries[0].line
        return line + b"\n" if line[:1] != NOT_FOR_PEOPLE else b""
    shown = _summed_up(entries)
    told = b"\n".join([*[entry.line for entry in shown], b""])
    if NOT_FOR_PEOPLE in told:  # rare, and nothing that people say has it
        return b"".join([entry.line + b"\n" for entry in filter(_is_told, shown)])
    return told


wording = plain


def timed(entries: Sequence[Entry]) -> bytes:
    """The lines of some events, each after the server's time of day."""
    lines = []
    for entry in filter(_is_told, _summed_up(entries)):
        stamp = time.strftime("%H:%M:%S ", time.localtime(entry.at)).encode()
        lines.append(stamp + entry.line.replace(b"\n", b"\n" + stamp) + b"\n")
    return b"".join(lines)


def _is_told(entry: Entry) -> bool:
    """Whether people see an event."""
    return entry.line[:1] != NOT_FOR_PEOPLE


def _summed_up(entries: Sequence[Entry]) -> Iterable[Entry]:
    """The entries, with a single one for a crowd that was announced bit by bit."""
    if _JOINING.isdisjoint(map(type, map(_event_of, entries))):
        return entries
    kinds = [type(entry.event) for entry in entries]
    if CrowdJoined not in kinds and kinds.count(Joined) <= MANY_JOINS:
        return entries
    shown: list[Entry] = []
    end = 0
    for is_joining, kinds_of_run in groupby(kind in _JOINING for kind in kinds):
        start, end = end, end + len(list(kinds_of_run))
        run = entries[start:end]
        people = sum([_people_in(entry.event) for entry in run])
        if is_joining and len(run) > 1 and people > MANY_JOINS:
            event = CrowdJoined(run[0].event.name, people - 1)  # type: ignore[attr-defined]  # as both have it
            shown.append(run[-1]._replace(event=event, line=str(event).encode()))
        else:
            shown += run
    return shown


def _people_in(event: Event) -> int:
    """The number of people who have joined, according to an event."""
    return event.others + 1 if isinstance(event, CrowdJoined) else 1
