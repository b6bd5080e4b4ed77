"""Changes of people: a change stands in the logs of several rooms, and is told to a client once."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from chatsvc.events.relayed import Elsewhere, Noted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.logs.log import Entry


_KINDS = frozenset({Noted, Elsewhere})
_event_of = attrgetter("event")


def change_of(entry: Entry) -> int | None:
    """The number of a change of somebody; None if it is something else."""
    event = entry.event
    if type(event) not in _KINDS:  # as nearly all, which isinstance() takes longer to find
        return None
    assert isinstance(event, Noted | Elsewhere)
    return event.number


def told_before(entries: Sequence[Entry]) -> set[int]:
    """The positions of entries that repeat an earlier one's change, from another room's log."""
    if _KINDS.isdisjoint(map(type, map(_event_of, entries))):
        return set()
    found, seen = set(), set()
    for position, entry in enumerate(entries):
        change = change_of(entry)
        if change in seen:
            found.add(position)
        elif change is not None:
            seen.add(change)
    return found
