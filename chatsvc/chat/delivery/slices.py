"""Slices: what a reader is given at once of what it has to read."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from heapq import merge
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.logs.log import Entry
from chatsvc.chat.logs.wording import Filter
from chatsvc.events.event import NOBODY
from chatsvc.events.speech import Missed

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from chatsvc.chat.logs.log import Log
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.clock import Clock

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


class Slices:
    """The slices of a round: each is worded once for all who have the same to read."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slices: dict[tuple[Wording, Unread], Slice] = {}
        self._authors: dict[Unread, Sequence[str]] = {}  # in those: what they are known by

    def clear(self) -> None:
        """The round is over."""
        self._slices.clear()
        self._authors.clear()

    def of(self, wording: Wording, unread: Unread) -> Slice:
        """The next slice for whoever has this to read."""
        piece = self._slices.get((wording, unread))
        if piece is None:
            if isinstance(wording, Filter) and not self._is_filtered(wording, unread):
                return self.of(wording.wording, unread)  # as whoever ignores nobody
            piece = cut(wording, self._clock.now(), unread)
            self._slices[wording, unread] = piece
        return piece

    def _is_filtered(self, wording: Filter, unread: Unread) -> bool:
        """Whether anything may be left out of a slice; whose words are there is found out once."""
        keys = self._authors.get(unread)
        if keys is None:
            authors = {
                entry.event.author
                for room, position in unread
                for entry in room.log.after(position, SLICE_EVENTS)
            }
            authors.discard(NOBODY)
            keys = [key for author in authors for key in wording.keys_of(author)]
            self._authors[unread] = keys
        return wording.leaves_out(keys)
