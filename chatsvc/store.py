"""What a store is: where that is kept which is to outlive the server, or what it has in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection, Sequence

MOST = 1000  # how many things said one call gives, whatever it asks for
VALUE_BYTES = 64 * 1024  # of a record's value, in UTF-8
RECORDS = 100_000  # how many there may be


class StoreError(Exception):
    """The store cannot do what was asked; the text says why, in words for people."""


class Unusable(StoreError):
    """The store cannot be opened, and trying again will not help; the text says why."""


class Conflict(StoreError):
    """A record is not at the version that was expected: somebody else has changed it."""


def check_value(value: str) -> None:
    """See whether it can be that of a record. Raises StoreError."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise StoreError("the value is no text") from None
    if size > VALUE_BYTES:
        raise StoreError("the value is too long")


class Stored(NamedTuple):
    """Something that was said.

    id: increases through the whole server.
    room: the key of the room in which it was said.
    position: increases within the room; there may be gaps.
    at: seconds since the epoch.
    kind: of what kind it is, a word.
    speaker: the name of who said it.
    text: what was said.
    nonce: by which whoever has said it knows it again; empty if they did not give one.
    account: the name of the speaker's account; empty for guests, and where it was not kept.
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


class Record(NamedTuple):
    """A small named thing that is kept, such as what there is to know of a room.

    value: text, at most 64 KiB.
    version: 1 when it was made, and one more each time that it is changed.
    """

    value: str
    version: int


class Kept(NamedTuple):
    """What a store holds when it is opened.

    last_id: of the newest thing said; 0 when there is nothing.
    heads: the position of the newest in each room, by the room's key.
    """

    last_id: int
    heads: dict[str, int]


class Store(Protocol):
    """Keeps what is said, in the order of ids, and records.

    Nothing blocks the caller. All methods may raise StoreError; what is asked for after it may well
    succeed. There is one writer: no two calls of `append` run at the same time, the others may.

    keeps_more: whether it holds what the logs in memory have forgotten.
    """

    keeps_more: bool

    async def open(self) -> Kept:
        """Begin. Raises Unusable when what is there is no store of this kind, damaged or newer."""

    async def close(self) -> None:
        """End, when everything that was asked for is done."""

    def append(self, said: Sequence[Stored]) -> Awaitable[None] | None:
        """Keep these, all or none of them; when that is done, they survive a crash.

        Returns None if it is done at once; it raises StoreError only when it is awaited.

        Their ids are above all that were ever appended successfully. If it raises StoreError, they
        are not used again, and nothing of it comes back. If it raises anything else, one of these
        is of a kind that cannot be kept, and the others may be appended again.
        """

    async def after(self, room: str, position: int, most: int) -> list[Stored]:
        """The first so many of a room that stand behind a position, oldest first."""

    async def before(self, room: str, position: int, most: int) -> list[Stored]:
        """The last so many of a room that stand before a position, oldest first."""

    async def newest(self, below: int, most: int) -> list[Stored]:
        """The last so many in all rooms whose ids are below that, oldest first."""

    async def find(self, entry_id: int) -> Stored | None:
        """What has that id; None when nothing has, or no longer."""

    async def position_at(self, room: str, at: float) -> int:
        """The position of the last that was said in a room before that time; 0 when nothing was."""

    async def position_of(self, room: str, entry_id: int) -> int:
        """The position of the last in a room whose id is not above that; 0 when there is none."""

    async def search(
        self,
        words: str,
        rooms: Collection[str],
        *,
        speaker: str | None = None,
        since: float = 0.0,
        most: int,
    ) -> list[Stored]:
        """The newest so many in these rooms that hold all of these words, oldest first.

        words: with blanks between them, as `chatsvc.text.words` has them. One that ends in * stands
            for all that begin like it. Nothing else has a meaning.
        speaker: only what was said under that name, case not counting.
        since: only what was said at that time or later.

        What was appended within the last second may be left out.
        """

    async def forget(self, room: str | None, before: float, most: int) -> int:
        """Delete the oldest so many that were said before a time; how many there were to delete.

        What came behind something that was said at that time or later, by a clock that was wrong,
        may be left for as long as that.

        room: only of that room; None for all. If before is infinite, the room has ended: not even
            its last position is kept once there is nothing left of it.
        """

    async def replace(self, entry_id: int, kind: str, text: str) -> bool:
        """Put another kind and text in the place of something said; whether it is there.

        It survives a crash when this returns. What stood there before cannot be found or read any
        more; soon after, nor is it left in what the store has on the disk, as far as it can tell.
        """

    async def records(self, prefix: str) -> dict[str, Record]:
        """All records whose names begin so."""

    async def record(self, name: str) -> Record | None:
        """The record of that name; None when there is none."""

    async def put(self, name: str, value: str | None, version: int) -> None:
        """Make, change or (with None) delete a record, which survives a crash when this returns.

        version: that which it is at; 0 when it does not exist. Raises Conflict if that is not so.
        """
