"""The nonces of somebody's last messages."""

from __future__ import annotations

from array import array
from struct import Struct
from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from chatsvc.chat.logs.room import Room

    Place = str | ref[Room]  # the key of a room, or one that has none

_PACKED = Struct("q")  # a hash, as it stands in an array
MOST_NONCES = 100  # of one person, which take 3 KB; the oldest is forgotten first


class RecentNonces:
    """The last messages with a nonce of one person: where each was said, and its id.

    A nonce is kept as its hash, which is smaller and which nobody can foresee; a room as its key,
    or as a weak reference if the store keeps nothing of it. A room of two refers to both people,
    and these to their nonces, so that people who left long ago would form a chain in memory.
    """

    __slots__ = ("_hashes", "_ids", "_places")

    def __init__(self) -> None:
        # In a dictionary they would take six times as much.
        self._hashes = array("q")
        self._ids = array("q")
        self._places: list[Place] = []

    def __len__(self) -> int:
        return len(self._ids)

    def note(self, nonce: str, room: Room, entry_id: int) -> None:
        """Note the nonce of a message."""
        if len(self) == MOST_NONCES:
            self._drop(0)
        self._hashes.append(hash(nonce))
        self._ids.append(entry_id)
        self._places.append(ref(room) if room.key is None else room.key)

    def find(self, nonce: str) -> tuple[Place, int] | None:
        """Where the message was said, and its id; None if there is none."""
        index = self._index(nonce)
        return None if index is None else (self._places[index], self._ids[index])

    def forget(self, nonce: str) -> None:
        """Forget the nonce of a message."""
        index = self._index(nonce)
        if index is not None:
            self._drop(index)

    def _index(self, nonce: str) -> int | None:
        # Most are new. To find that none is the same takes a third of the time among bytes: an
        # array makes a number of each.
        if _PACKED.pack(hash(nonce)) not in self._hashes.tobytes():
            return None
        try:
            return self._hashes.index(hash(nonce))
        except ValueError:  # the bytes were those of two
            return None

    def _drop(self, index: int) -> None:
        del self._hashes[index], self._ids[index], self._places[index]


NO_NONCES = RecentNonces()  # shared by all without nonces; it stays empty
