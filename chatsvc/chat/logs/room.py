"""Rooms, which are logs, and readers, which are cursors in them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

from chatsvc.chat.logs.log import Entry, Log, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.logs.wording import Wording
    from chatsvc.store import Stored

REPLY_OVERHEAD = 350  # bytes of a reply besides its line and text (CPython 3.11)

_id_of = attrgetter("id")
_NONE: list[Entry] = []  # shared by all readers without replies; it stays empty


class Output(Protocol):
    """The way out of a connection."""

    def write(self, data: bytes, /) -> bool:
        """Send; returns False if nothing more should be written until `Delivery.drained`."""


class Connection(Protocol):
    """The connection of a reader."""

    def is_rested(self, now: float, /) -> bool:
        """Whether it has been here for a while, and has sent little lately.

        now: in seconds by the steady clock; where many are asked, it is read once.
        """

    @property
    def writer(self) -> Output:
        """The way out."""

    def resume(self) -> None:
        """Read again, after `Delivery.hold`."""

    def close(self) -> None:
        """Close once everything written is delivered."""

    def abort(self) -> None:
        """Close at once."""

    def fail(self, error: Exception) -> None:
        """Log an error that this reader's events caused, and abort."""


class Reader:
    """One connection, and how far it has read the log of each of its rooms.

    A reader need not belong to a person.

    address: where it comes from; None if unknown.
    wording: turns events into bytes.
    rooms: the rooms that it reads.
    alone: returns the wording of slices that are for this reader only; None if it is the same.
    unseen: the ids of events that are left out for this reader.
    is_busy: whether a request waits for the store, and further lines for the request.
    replies: events for this reader only, each with the id of the last event before it.
    reply_bytes: the bytes of memory that those take, about.
    is_forgotten: whether it is given nothing more.
    is_lagging: whether rounds skip it, as its connection is full or it is catching up.
    ends_at: the id of the last event that it reads before it is closed; None if it goes on.
    """

    __slots__ = (
        "address",
        "alone",
        "connection",
        "ends_at",
        "is_busy",
        "is_forgotten",
        "is_lagging",
        "replies",
        "reply_bytes",
        "rooms",
        "unseen",
        "wording",
    )

    def __init__(self, connection: Connection, wording: Wording, address: str | None) -> None:
        self.connection = connection
        self.wording = wording
        self.address = address
        self.rooms: tuple[Room, ...] = ()
        self.alone: Callable[[Reader], Wording] | None = None
        self.unseen: tuple[int, ...] = ()
        self.is_busy = False
        self.replies = _NONE
        self.reply_bytes = 0
        self.is_forgotten = False
        self.is_lagging = False
        self.ends_at: int | None = None

    @property
    def own_wording(self) -> Wording:
        """The wording of slices that are for this reader only."""
        return self.wording if self.alone is None else self.alone(self)

    @property
    def has_left(self) -> bool:
        """Whether it has left, so that no more of its lines are taken; it may still be reading."""
        return self.ends_at is not None

    def add_reply(self, entry: Entry) -> None:
        """Append a reply."""
        if self.replies is _NONE:
            self.replies = []
        insort(self.replies, entry, key=_id_of)  # mostly at the end
        self.reply_bytes += _size(entry)

    def add_replies(self, entries: Sequence[Entry]) -> None:
        """Append replies that share an id, after others with that id."""
        start = bisect_right(self.replies, entries[0].id, key=_id_of)
        self.replies = [*self.replies[:start], *entries, *self.replies[start:]]
        self.reply_bytes += sum(map(_size, entries))

    def insert_replies(self, entries: Sequence[Entry]) -> None:
        """Insert replies that share an id, before others with that id."""
        start = bisect_left(self.replies, entries[0].id, key=_id_of)
        self.replies = [*self.replies[:start], *entries, *self.replies[start:]]
        self.reply_bytes += sum(map(_size, entries))

    def take_replies(self, number: int) -> None:
        """Remove the first replies, which were read.

        number: how many.
        """
        self.reply_bytes -= sum(map(_size, self.replies[:number]))
        self.replies = self.replies[number:] or _NONE


class Room:
    """A log, and its readers, each with a cursor.

    key: the room's key in the store; None if nothing said in it is stored.
    readers: each with the position up to which it has read.
    """

    __slots__ = ("__weakref__", "key", "log", "readers")

    def __init__(self, key: str | None) -> None:
        self.key = key
        self.log = Log()
        self.readers: dict[Reader, int] = {}

    def add_reader(self, reader: Reader, unread: int = 0) -> None:
        """Add a reader, which reads from now on.

        unread: the number of earlier entries that it reads, too.
        """
        self._add_to(reader)
        self.readers[reader] = self.log.head - unread

    def add_reader_after(self, reader: Reader, entry_id: int) -> None:
        """Add a reader, which reads what is in memory after an id."""
        self._add_to(reader)
        self.readers[reader] = self.log.position_of(entry_id)

    def _add_to(self, reader: Reader) -> None:
        """Add the room to those of a reader; most readers share their tuple with the one before."""
        last = next(reversed(self.readers), None)
        rooms = (*reader.rooms, self)
        reader.rooms = last.rooms if last is not None and last.rooms == rooms else rooms

    def remove_reader(self, reader: Reader) -> None:
        """Remove a reader."""
        reader.rooms = tuple([room for room in reader.rooms if room is not self])
        self.readers.pop(reader, None)

    def remember(self, said: Sequence[Entry]) -> None:
        """Note messages that were committed."""

    def entry_of(self, stored: Stored) -> Entry:
        """The entry of a stored message; only in rooms with a key."""
        raise NotImplementedError


def _size(reply: Entry) -> int:
    """Bytes of memory that a reply takes while it waits, about."""
    return REPLY_OVERHEAD + size_of(reply.line)
