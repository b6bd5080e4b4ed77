"""Slices: the unread events that a reader is given in one write."""

from __future__ import annotations

from bisect import bisect, bisect_left
from collections import Counter
from contextlib import suppress
from heapq import merge
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from chatsvc.chat.logs.log import Entry, line_of
from chatsvc.chat.logs.wording import Filter, LineByLine, Personal
from chatsvc.events.event import NOBODY
from chatsvc.events.speech import Missed

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from chatsvc.chat.logs.log import Log
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.clock import Clock

    Unread = tuple[tuple[Room, int], ...]  # rooms, each with a reader's cursor
    Places = tuple[tuple[int, ...], list[int]]  # the ids in a slice; offsets before and after each

SLICE_BYTES = 16 * 1024  # of whole events; at least one, however long
SLICE_EVENTS = 500
ALONE_EVENTS = 50  # of slices with replies: what is worded for one reader may not take long

_UNCUT: Any = object()  # stands for a slice that is not made yet
_id_of = attrgetter("id")


class Chosen(NamedTuple):
    """The events of a slice, in order, whatever words they get.

    positions: the new cursors in the unread rooms, in their order.
    replies: the number of the reader's replies in it.
    more: whether there are more unread events than fit.
    """

    entries: Sequence[Entry]
    positions: tuple[int, ...]
    replies: int
    more: bool


class Slice(NamedTuple):
    """Some events in order, worded; see `Chosen`.

    lines: the bytes of each entry, if the data is simply these, one after the other; else none.
    """

    data: bytes
    positions: tuple[int, ...]
    replies: int
    more: bool
    entries: Sequence[Entry]
    lines: Sequence[bytes]


def choose(
    now: float,
    unread: Unread,
    replies: Sequence[Entry] = (),
    last_id: int | None = None,
    unseen: Container[int] = (),
) -> Chosen:
    """The events of the next slice of some rooms, and of one reader's replies, ordered by id.

    unseen: the ids of events that are left out.
    last_id: the last id, for a reader that has left; None for others. A reader that has left is not
        told how many lines it has missed, as nobody knows how many of them came before that id.
    """
    streams = [room.log.after(position, SLICE_EVENTS + 1) for room, position in unread]
    if replies:
        streams.append(replies)  # last, so that each comes after the event with its id
    entries = streams[0] if len(streams) == 1 else list(merge(*streams, key=_id_of))
    if last_id is not None:
        entries = entries[: bisect(entries, last_id, key=_id_of)]
    number = _how_many_fit(entries, ALONE_EVENTS if replies else SLICE_EVENTS)
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
        taken = [Entry.reply(0, now, Missed(missed)), *taken]
    return Chosen(taken, tuple(positions), counts.get(None, 0), number < len(entries))


def worded(wording: Wording, chosen: Chosen) -> Slice:
    """The slice of some events."""
    entries, positions, replies, more = chosen
    if not isinstance(wording, LineByLine):
        return Slice(wording(entries), positions, replies, more, entries, ())
    lines = wording.lines(entries)
    return Slice(b"".join(lines), positions, replies, more, entries, lines)


def _how_many_fit(entries: Sequence[Entry], most: int) -> int:
    sizes = list(map(len, map(line_of, entries)))
    if len(sizes) <= most and sum(sizes) + len(sizes) <= SLICE_BYTES:
        return len(sizes)
    ends = list(accumulate([size + 1 for size in sizes]))
    return min(most, max(1, bisect(ends, SLICE_BYTES)))


class Slices:
    """The slices of a round: each is worded once for all readers with the same unread events."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slices: dict[tuple[Wording, Unread], Slice | None] = {}
        self._places: dict[int, Places] = {}  # by the identities of cached slices
        self._chosen: dict[Unread, Chosen] = {}  # of those slices, whatever the wording
        self._authors: dict[Unread, Sequence[str]] = {}  # the keys of their authors

    def clear(self) -> None:
        """Forget the slices of the round."""
        self._slices.clear()
        self._chosen.clear()
        self._authors.clear()
        self._places.clear()

    def of(self, wording: Wording, unread: Unread) -> Slice | None:
        """The next slice for a wording and some cursors; None if each reader has its own."""
        piece: Slice | None = self._slices.get((wording, unread), _UNCUT)
        if piece is _UNCUT:
            chosen = self._chosen.get(unread)
            if chosen is None:
                chosen = self._chosen[unread] = choose(self._clock.now(), unread)
            if isinstance(wording, Filter) and not self._is_filtered(wording, unread, chosen):
                return self.of(wording.wording, unread)  # the slice of those who ignore nobody
            piece = None
            with suppress(Personal):
                piece = worded(wording, chosen)
            self._slices[wording, unread] = piece
        return piece

    def without(self, piece: Slice, ids: tuple[int, ...]) -> bytes | None:
        """The bytes of a slice without some events; None if it has to be worded anew.

        piece: as `of` returns it.
        ids: of those events, in order.
        """
        if len(piece.lines) < len(piece.entries):
            return None
        if len(piece.entries) == 1:  # mostly its own: one speaks at a time
            return b"" if piece.entries[0].id in ids else piece.data
        places = self._places.get(id(piece))
        if places is None:
            ends = accumulate(map(len, piece.lines), initial=0)
            places = self._places[id(piece)] = tuple(map(_id_of, piece.entries)), [*ends]
        there, offsets = places
        data = piece.data
        start = bisect_left(there, ids[0])
        end = start + len(ids)
        if there[start:end] == ids:  # mostly: what one sends at once stands together
            return data[: offsets[start]] + data[offsets[end] :]
        left, rest = [], 0  # the offset after the last event that was left out
        for entry_id in ids:
            place = bisect_left(there, entry_id)
            if there[place : place + 1] == (entry_id,):
                left.append(data[rest : offsets[place]])
                rest = offsets[place + 1]
        left.append(data[rest:])
        return b"".join(left)

    def _is_filtered(self, wording: Filter, unread: Unread, chosen: Chosen) -> bool:
        """Whether a filter may leave anything out of a slice; authors are listed once per slice."""
        keys = self._authors.get(unread)
        if keys is None:
            authors = {entry.event.author for entry in chosen.entries}
            authors.discard(NOBODY)
            keys = [key for author in authors for key in wording.keys_of(author)]
            self._authors[unread] = keys
        return wording.leaves_out(keys)
