"""A sweep: all readers of a room are visited, in as many turns as that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.logs.room import Reader, Room

    Cursors = Sequence[tuple[Reader, int]]


class Sweep:
    """Goes on where there was no more time in the last turn.

    It is finished before the next one begins, so that no reader waits for longer than all others.
    """

    def __init__(self) -> None:
        self._room: Room | None = None  # of the unfinished one
        self._rest: list[Reader] = []  # who has yet to be visited
        self._rest_id = 0  # the id up to which all of them have read
        self._begun_id = 0  # that up to which all others have
        self._is_moved = False  # something new was in the room since it began

    @property
    def is_over(self) -> bool:
        """Whether nobody is left who has something to read."""
        return not (self._rest or self._is_moved)

    def room_of(self, moved: dict[Room, None], is_any: bool) -> Room | None:
        """The room to visit: that of the unfinished sweep, or the one with the most readers.

        moved: the rooms with something new; one where that has waited for a sweep is added.
        is_any: whether a room is to be visited as a whole; if not, an unfinished sweep is given up.
        """
        if self._rest and is_any:
            self._is_moved |= self._room in moved
            return self._room
        if self._room is not None and not self.is_over:
            moved[self._room] = None
        self._room, self._rest, self._is_moved = None, [], False
        return max(moved, key=lambda room: len(room.readers), default=None) if is_any else None

    def cursors(self, room: Room, done_id: int) -> Cursors:
        """The readers to visit, and their cursors.

        done_id: the id of the newest event that can be read.
        """
        if self._rest:
            rest, self._rest = self._rest, []
            return [(reader, room.readers[reader]) for reader in rest if reader in room.readers]
        self._begun_id = done_id
        return list(room.readers.items())

    def stop(self, room: Room, cursors: Cursors) -> None:
        """Go on with some readers in the next turn."""
        head = room.log.head
        rest = [each for each in cursors if each[1] < head and not each[0].is_lagging]
        if rest:
            self._room, self._rest = room, [reader for reader, _ in rest]
            [first] = room.log.after(min([position for _, position in rest]), 1)
            self._rest_id = first.id - 1

    def read_id(self, told_id: int) -> int:
        """The id up to which all have read, except those who are behind.

        told_id: the same if this sweep were over.
        """
        if self._rest:
            return min(told_id, self._rest_id)
        return min(told_id, self._begun_id) if self._is_moved else told_id
