"""Changes of people, which stand in the logs of all rooms in which clients are told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.events.relayed import Elsewhere, Noted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.logs.log import Entry


def change_of(entry: Entry) -> int | None:
    """The number of a change of somebody; None if it is something else."""
    event = entry.event
    return event.number if isinstance(event, Noted | Elsewhere) else None


def told_before(entries: Sequence[Entry]) -> set[int]:
    """The places of changes that stand at an earlier place in the log of another room."""
    found, seen = set(), set()
    for place, entry in enumerate(entries):
        change = change_of(entry)
        if change in seen:
            found.add(place)
        elif change is not None:
            seen.add(change)
    return found
