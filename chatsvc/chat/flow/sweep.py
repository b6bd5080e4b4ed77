"""A sweep: all readers are given what is new, in as many rounds as there has to be time for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.logs.room import Reader, Room
    from chatsvc.clock import Clock

    Cursors = Sequence[tuple[Reader, int]]

SHARED_WITHIN = 0.001  # seconds of work in a round; after it, only the rested get theirs
RESTED_WITHIN = 0.002  # the same, after which the rested wait for the next round, too


class Sweep:
    """The time of a round, and those for whom there was none, who come first in the next.

    Nothing is to be committed before it is finished: those who got theirs first may well reply, and
    with only some of the replies in each commit, everybody would be written to twice as often.

    is_unfinished: whether the last round had no time for some.
    is_late: whether only the rested get theirs in this round.
    is_over: whether not even they do.
    """

    def __init__(self, clock: Clock) -> None:
        self.is_unfinished = self.is_late = self.is_over = False
        self._time = Stint(clock)
        self._is_timed = False  # that has begun in this round: there are more than a few
        self._unpulled: dict[Reader, None] = {}
        self._unvisited: tuple[Room, Cursors] | None = None

    def begin_round(self) -> dict[Reader, None]:
        """Begin a round; returns the readers that were put off."""
        self.is_late, self.is_unfinished = self.is_unfinished, False
        self.is_over = self._is_timed = False
        put_off, self._unpulled = self._unpulled, {}
        return put_off

    def look_at_the_time(self) -> None:
        """Note for whom this round has more time."""
        if not self._is_timed:
            self._is_timed = True  # reading the clocks takes longer than most rounds to a few
            self._time.begin()
        elif not self.is_late:
            self.is_late = self._time.is_longer(SHARED_WITHIN)
        else:
            self.is_over = self._time.is_longer(RESTED_WITHIN)

    def put_off(self, reader: Reader) -> None:
        """Put a reader off to the next round."""
        self._unpulled[reader] = None
        self.is_unfinished = True

    def put_off_visit(self, room: Room, cursors: Cursors) -> None:
        """Put off the rest of the readers of the room that is visited as a whole."""
        self._unvisited = room, cursors
        self.is_unfinished = True

    def to_visit(
        self, moved: dict[Room, None], is_presence_waiting: bool
    ) -> tuple[Room | None, Cursors]:
        """The room that is visited as a whole, if any, and the cursors to be moved.

        It is the one with the most readers. Those of other rooms are pulled one by one: they may
        read several rooms, and have to see everything in order.

        moved: the rooms with something new; if there are any, that of an unfinished visit is added.
        """
        unvisited, self._unvisited = self._unvisited, None
        if unvisited is not None:
            room, rest = unvisited
            if not (moved or is_presence_waiting):
                readers = room.readers
                return room, [(reader, readers[reader]) for reader, _ in rest if reader in readers]
            moved[room] = None  # those who have read everything take no time
        if is_presence_waiting or not moved:
            return None, ()
        room = max(moved, key=lambda room: len(room.readers))
        return room, list(room.readers.items())

    def forget(self, reader: Reader) -> None:
        """Forget a reader that has left."""
        self._unpulled.pop(reader, None)
