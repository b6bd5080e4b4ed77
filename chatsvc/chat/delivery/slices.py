"""Slices: what a reader is given at once of what it has to read."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from heapq import merge
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.logs.log import Entry
from chatsvc.events.speech import Missed

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from chatsvc.chat.delivery.room import Room
    from chatsvc.chat.logs.log import Log, Wording
    from chatsvc.events.event import Author

    Unread = tuple[tuple[Room, int], ...]  # rooms, each with the position up to which it is read

SLICE_BYTES = 16 * 1024  # in whole events, at least one
SLICE_EVENTS = 500

_id_of = attrgetter("id")


class Slice(NamedTuple):
    """Some events in their order, worded.

    positions: up to where the unread rooms are read with it, in their order.
    replies: how many of the session's own replies are in it.
    more: whether there is more to read than fitted.
    """

    data: bytes
    positions: tuple[int, ...]
    replies: int
    more: bool


def cut(
    wording: Wording,
    now: float,
    unread: Unread,
    replies: Sequence[Entry] = (),
    last_id: int | None = None,
    unseen: Container[int] = (),
) -> Slice:
    """The next slice of some rooms, and of what only one session is told, in the order of ids.

    unseen: the ids of events that are read, but not seen.
    last_id: where the slices end, for somebody who has left; None when they go on. It is not known
        how many of the lines missed came before the end, so whoever has left is not told of any.
    """
    streams = [room.log.after(position, SLICE_EVENTS + 1) for room, position in unread]
    if replies:
        streams.append(replies)  # the last, so that each stands behind the event whose id it has
    entries = streams[0] if len(streams) == 1 else list(merge(*streams, key=_id_of))
    if last_id is not None:
        entries = entries[: bisect(entries, last_id, key=_id_of)]
    number = _how_many_fit(entries)
    taken = entries if number == len(entries) else entries[:number]
    counts: dict[Log | None, int]
    if len(streams) == 1:
        counts = {unread[0][0].log if unread else None: number}
    else:
        counts = Counter([entry.log for entry in taken])
    positions = []
    missed = 0
    for room, position in unread:
        first = max(position, room.log.tail)
        missed += first - position
        positions.append(first + counts[room.log])
    if unseen:
        taken = [entry for entry in taken if entry.log is None or entry.id not in unseen]
    if missed and last_id is None:
        taken = [Entry.told(0, now, Missed(missed)), *taken]
    return Slice(wording(taken), tuple(positions), counts.get(None, 0), number < len(entries))


def _how_many_fit(entries: Sequence[Entry]) -> int:
    sizes = [len(entry.line) for entry in entries]
    if len(sizes) <= SLICE_EVENTS and sum(sizes) + len(sizes) <= SLICE_BYTES:
        return len(sizes)
    ends = list(accumulate([size + 1 for size in sizes]))
    return min(SLICE_EVENTS, max(1, bisect(ends, SLICE_BYTES)))


class Filter:
    """A wording that leaves out the words of some people.

    wording: how it words the rest.
    """

    __slots__ = ("wording",)

    def __init__(self, wording: Wording) -> None:
        self.wording = wording

    def __call__(self, entries: Sequence[Entry]) -> bytes:
        """What is left of the entries, worded."""
        raise NotImplementedError

    def keys_of(self, author: Author) -> tuple[str, ...]:
        """What the author of an entry is known by; the same for all filters."""
        raise NotImplementedError

    def leaves_out(self, keys: Iterable[str]) -> bool:
        """Whether it leaves out what anybody says who is known by one of these."""
        raise NotImplementedError
