"""The contract of a store, which keeps messages and records on disk or in memory."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple, Protocol

from chatsvc.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection, Sequence

NEWEST = 2**63 - 1  # a position after all others
MOST_ROWS = 1000  # messages returned by one call at most
VALUE_BYTES = 64 * 1024  # of a record's value, in UTF-8
RECORDS = 100_000  # the most records
RESTORED = "restored"  # the record that says who restored the store last, until that is noted
DIRECT = "@"  # the keys of rooms of two begin with it; there may be very many of them


class StoreError(Exception):
    """The store has failed; the text says why, in words for people."""


class Unusable(StoreError):
    """The store cannot be opened, and a retry will not help; the text says why."""


class Conflict(StoreError):
    """A record is not at the expected version: somebody else has changed it."""


def check_value(value: str) -> None:
    """Check the value of a record. Raises StoreError."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise StoreError("the value is no text") from None
    if size > VALUE_BYTES:
        raise StoreError("the value is too long")


class Stored(NamedTuple):
    """A message, as it is stored.

    id: increases throughout the server.
    room: the key of its room.
    position: increases within the room; there may be gaps.
    at: seconds since the epoch.
    kind: a word, such as Said or Acted.
    speaker: the speaker's name at that time.
    text: what was said.
    nonce: given by the speaker; empty for none.
    account: the name of the speaker's account; empty for guests, and if unknown.
    reply_to: the id of the message that it answers, or reacts to; 0 for none.
    """

    id: int
    room: str
    position: int
    at: float
    kind: str
    speaker: str
    text: str
    nonce: str = ""
    account: str = ""
    reply_to: int = 0


class Record(NamedTuple):
    """A small named value, such as the settings of a room.

    value: a text of at most 64 KiB.
    version: 1 at first, and one more after each change.
    """

    value: str
    version: int


class StoreState(NamedTuple):
    """The state of a store when it is opened.

    last_id: of the newest message; 0 if there is none.
    heads: the newest position of each room, by key; without rooms of two.
    """

    last_id: int
    heads: dict[str, int]


class Usage(NamedTuple):
    """How much of its disk a store uses, and how much it has yet to index.

    size: the bytes of its files.
    free: the bytes that are left on their disk.
    unindexed: the number of messages that no search finds yet, up to 20,000; those that were
        imported are not counted.
    """

    size: int
    free: int
    unindexed: int


class Figures:
    """The figures that a store counts in its threads since the start.

    transactions: how long each transaction took that wrote something.
    syncs: how long the last step of each took, which waits for the disk.
    failed_writes, failed_reads: how many raised StoreError, as the database failed.
    """

    __slots__ = ("failed_reads", "failed_writes", "syncs", "transactions")

    def __init__(self) -> None:
        self.transactions = Histogram()
        self.syncs = Histogram()
        self.failed_writes = 0
        self.failed_reads = 0


class Store(Protocol):
    """Keeps messages, in the order of ids, and records.

    No call blocks, but for `give_way`. All methods may raise StoreError; later calls may well
    succeed. There is one writer: no two calls of `append` run at the same time; other calls may.

    keeps_more: whether it holds more than the logs in memory.
    figures: its figures.
    """

    keeps_more: bool
    figures: Figures

    def reads_waiting(self) -> int:
        """The number of reads that have not begun."""

    async def usage(self) -> Usage | None:
        """How much of its disk it uses; None if it has none."""

    async def open(self) -> StoreState:
        """Open it. Raises Unusable if it is damaged, of a newer version, or something else."""

    async def close(self) -> None:
        """Close it once all earlier calls are done."""

    def append(self, said: Sequence[Stored]) -> Awaitable[None] | None:
        """Store messages, all or none; once that is done, they survive a crash.

        Returns None if it is done at once; raises StoreError only when awaited.

        Their ids are above all that were ever stored. After a StoreError, these ids are not used
        again, and the messages never appear. Any other exception means that one of the messages
        cannot be stored; the others may be appended again.
        """

    def give_way(self) -> None:
        """Wait until what was appended last is kept, a millisecond at most.

        If it is, `append` has returned before this does.
        """

    async def begin_import(self, first: int, last: int) -> None:
        """Begin an import of messages, which get the ids from the first to the last.

        There is one import at a time. All appended before have lower ids, and all appended from now
        on higher ones, though what is imported is older. Within a room, positions rise with time.
        """

    async def add_imported(self, rooms: Sequence[str], kinds: Sequence[str], rows: str) -> None:
        """Store messages of the import, all or none, with rising ids and times.

        Nothing else waits for these calls for more than a few milliseconds. What they have stored
        survives a crash once something else was stored after it.

        rooms, kinds: the keys of the rooms and the kinds that rows refer to by number, from 0.
        rows: a JSON array of arrays: the id, the number of the room, the position, the time, the
            number of the kind, the speaker, the text, the account, and the id of the message that
            it answers.

        Raises ValueError for other rows.
        """

    async def end_import(self) -> None:
        """End the import, if one runs. Soon, searches find its messages."""

    async def after(self, room: str, position: int, most: int) -> list[Stored]:
        """The first `most` messages of a room after a position, oldest first."""

    async def before(self, room: str, position: int, most: int) -> list[Stored]:
        """The last `most` messages of a room before a position, oldest first."""

    async def newest(self, below: int, most: int) -> list[Stored]:
        """The last `most` messages of all rooms below an id, oldest first."""

    async def find(self, entry_id: int) -> Stored | None:
        """The message with that id; None if there is none any longer."""

    async def answering(
        self, room: str, first: int, last: int, kinds: Collection[str], most: int
    ) -> list[Stored]:
        """The newest `most` of some kinds that answer messages of a room, oldest first.

        If thousands answer them, only those to the newest messages may be found.

        first, last: of the ids, from 1 up, of the messages that are answered.
        """

    async def position_at(self, room: str, at: float) -> int:
        """The position of a room's last message before a time; 0 if there is none."""

    async def position_of(self, room: str, entry_id: int) -> int:
        """The position of a room's last message up to an id; 0 if there is none."""

    async def last_ids(self, rooms: Collection[str]) -> dict[str, int]:
        """The id of the last message of each of some rooms; rooms without messages are left out."""

    async def search(
        self,
        words: str | None,
        rooms: Collection[str],
        *,
        speaker: str | None = None,
        since: float = 0.0,
        until: float = inf,
        below: float = inf,
        most: int,
    ) -> list[Stored]:
        """The newest `most` messages in some rooms that contain all words, oldest first.

        words: separated by blanks, as in `chatsvc.text.words`; None for any. A word that ends in *
            matches all words that begin with it. Nothing else is special.
        speaker: only messages under that name, in any case.
        since: only messages from that time on.
        until: only messages up to that time.
        below: of the messages of that very time, only those with a lower id.

        Messages of the last second may be missing.
        """

    async def forget(self, room: str | None, before: float, most: int) -> int:
        """Delete the oldest `most` messages from before a time, and return the number deleted.

        A message after one that a wrong clock has dated later may be kept as long as that one.

        room: only of that room; None for all. If `before` is infinite, the room has ended: once
            nothing is left of it, its last position is deleted, too.
        """

    async def shrink(self, size: int) -> dict[str, int] | None:
        """Delete a few of the oldest messages of all if it takes more space than it may.

        Returns the id of the newest that was deleted, by room; nothing if it has tidied up after
        earlier calls instead, which frees space, too; None if it fits, or no message is left.

        size: the bytes that it may take. Not counted is what is free within its files, and what is
            about to be.
        """

    async def delete(self, ids: Collection[int]) -> None:
        """Delete the messages with these ids, if they exist."""

    async def replace(self, entry_id: int, kind: str, text: str) -> bool:
        """Replace the kind and text of a message, and return whether it exists.

        When this returns, the change survives a crash, and the old text can no longer be found or
        read. Soon after, as far as the store can tell, it is gone from the disk.
        """

    async def records(self, prefix: str) -> dict[str, Record]:
        """All records whose names begin with a prefix, by name."""

    async def record(self, name: str) -> Record | None:
        """The record of that name; None if there is none."""

    async def put(self, name: str, value: str | None, version: int) -> None:
        """Create, change or (with None) delete a record; when this returns, it survives a crash.

        version: the version that it has; 0 if it does not exist. Raises Conflict if it differs.
        """
