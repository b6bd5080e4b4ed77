"""Reading: a reader gets everything between its cursors and the heads of the logs, in one write."""

from __future__ import annotations

from bisect import bisect
from operator import attrgetter
from typing import TYPE_CHECKING

from chatsvc.chat.delivery.looking_back import LookingBack
from chatsvc.chat.delivery.slices import Slice, Slices, choose, worded
from chatsvc.chat.flow.catching_up import CatchingUp
from chatsvc.chat.flow.sweep import Sweep
from chatsvc.chat.logs.wording import is_own
from chatsvc.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.delivery.looking_back import Archive
    from chatsvc.chat.delivery.slices import Unread
    from chatsvc.chat.flow.holding import Holding
    from chatsvc.chat.flow.sweep import Cursors
    from chatsvc.chat.logs.commits import Commits
    from chatsvc.chat.logs.room import Reader, Room
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.clock import Clock, Spawn

AT_ONCE = 16  # writes of a line between two looks at the time; others count as several:
WRITTEN = 4096  # for so many bytes, one more
MADE = 8  # for a slice that was worded
PULLED_AT_ONCE = 4  # the same for readers pulled one by one: each may have its own slice

_id_of = attrgetter("id")


class Reading:
    """Moves the readers' cursors.

    schedule_round: called when another round is needed.
    due: readers to pull in the next round that has something new, or does not go on with a sweep.
        (Those who wait for a commit would be pulled again and again before it.)
    behind: readers with more to read than fits into a slice, each with the id up to which it has
        read.
    finished: readers that have left and have read everything.
    looking_back: lets readers read what memory has forgotten.
    sweep: notes for whom there was no time.
    times: how long each round took to give the new events.
    """

    def __init__(
        self,
        clock: Clock,
        commits: Commits,
        holding: Holding,
        archive: Archive | None,
        spawn: Spawn,
        schedule_round: Callable[[], object],
    ) -> None:
        self.due: dict[Reader, None] = {}
        self.finished: list[Reader] = []
        self.sweep = Sweep(clock)
        self.times = Histogram()
        self.looking_back = LookingBack(
            archive, commits, spawn, self.fall_behind, self._give_from_memory
        )
        self._clock = clock
        self._commits = commits
        self._holding = holding
        self._schedule_round = schedule_round
        self._slices = Slices(clock)  # of the running round
        self._catching_up = CatchingUp(clock, self._pull, self.fall_behind)
        self.behind = self._catching_up.behind

    def is_stalled(self, reader: Reader) -> bool:
        """Whether a reader's connection takes no more, rather than being caught up."""
        return reader.is_lagging and not (reader in self.behind or reader in self.looking_back)

    def fall_behind(self, reader: Reader) -> int:
        """Let a reader catch up, slice by slice; returns the id up to which it has read."""
        read_id = min(
            (
                entry.id - 1
                for room in reader.rooms
                if room.readers[reader] < room.log.head
                for entry in room.log.after(room.readers[reader], most=1)
            ),
            default=self._commits.done_id,
        )
        reader.is_lagging = True
        is_rested = reader.connection.is_rested(self._clock.seconds())
        self._catching_up.add(reader, read_id, is_rested)
        self._holding.note_behind(read_id)
        self._schedule_round()
        return read_id

    def forget(self, reader: Reader) -> None:
        """Give a reader nothing more."""
        self.due.pop(reader, None)
        self.sweep.forget(reader)
        self._catching_up.forget(reader)
        self.looking_back.forget(reader)

    def run(self, moved: dict[Room, None], is_presence_waiting: bool) -> None:
        """Give every reader its unread events, as far as there is time.

        Readers that share their slices with others come first, and there is more time for the
        rested among them: however many strangers have come, people who have sent little hardly
        wait. Among readers that share none, the rested come first.

        moved: the rooms with something new.
        is_presence_waiting: whether presence waits to be told in another room; readers are then
            pulled one by one, as one that reads both rooms reads everything in order.
        """
        sweep, goes_on = self.sweep, self.sweep.is_unfinished
        due = sweep.begin_round()
        if moved or not goes_on:
            due, self.due = due | self.due, {}
        if not (moved or due or self.behind or goes_on):
            return  # many rounds only begin a commit
        behind = self._catching_up.strangers()
        first: list[Reader] = []
        largest, cursors = sweep.to_visit(moved, is_presence_waiting)
        for room in moved:
            if room is not largest:
                due.update(dict.fromkeys(room.readers))
        began = self._clock.seconds()
        if largest is not None:
            self._visit(largest, cursors, due, began)
        alone: list[Reader] = []
        for number, reader in enumerate(due, 1):
            if number % PULLED_AT_ONCE == 0:
                sweep.look_at_the_time()
            if reader.is_lagging:
                continue
            if reader.replies:
                (first if reader.connection.is_rested(began) else alone).append(reader)
            elif sweep.is_over:
                sweep.put_off(reader)
            elif sweep.is_late and not reader.connection.is_rested(began):
                self.fall_behind(reader)
            else:
                self._pull(reader)
        self._catching_up.give(first, [*behind, *alone])
        self._slices.clear()
        self.times.note(self._clock.seconds() - began)

    def _visit(self, room: Room, cursors: Cursors, due: dict[Reader, None], began: float) -> None:
        """Pull readers of a room that read nothing else in this round; hence the bare loop."""
        head = room.log.head
        readers = room.readers
        piece: Slice | None = None  # the last one, with the cursor and the wording it is for
        piece_position = -1
        piece_wording: Wording | None = None
        late_position = -1  # of the last one that there was no time for
        read_id = 0  # up to there
        is_late, left = self.sweep.is_late, AT_ONCE
        waiting = iter(cursors)
        for reader, position in waiting:
            if left <= 0:
                self.sweep.look_at_the_time()
                if self.sweep.is_over:
                    self.sweep.put_off_visit(room, [(reader, position), *waiting])
                    break
                is_late, left = self.sweep.is_late, AT_ONCE
            if position == head or reader.is_lagging or reader in due:
                continue
            if is_late and not reader.connection.is_rested(began):
                if position != late_position:
                    read_id, late_position = self.fall_behind(reader), position
                reader.is_lagging = True
                self.behind[reader] = read_id
                left -= 1
                continue
            try:
                wording = reader.wording
                if piece is None or position != piece_position or wording is not piece_wording:
                    left -= MADE
                    unread = ((room, position),)
                    piece = None if is_own(wording) else self._slices.of(wording, unread)
                    if piece is None:
                        self._give(reader)
                        continue
                    piece_position = position
                    piece_wording = wording
                    data, (end,), _, more, *_ = piece
                    weight = 1 + len(data) // WRITTEN
                left -= weight
                given: bytes | None = data
                if reader.unseen:
                    given = self._slices.without(piece, reader.unseen)
                    if given is None:
                        left -= MADE
                        self._give(reader)
                        continue
                    self._note_seen(reader, more)
                readers[reader] = end
                if given and not reader.connection.writer.write(given):
                    reader.is_lagging = True
                elif more:
                    self.fall_behind(reader)
            except Exception as error:
                reader.connection.fail(error)  # the others go on

    def _pull(self, reader: Reader) -> int:
        """Give one reader its unread events, and return the number of bytes written."""
        try:
            return self._give(reader)
        except Exception as error:
            reader.connection.fail(error)  # the others go on
            return 0

    def _give(self, reader: Reader, from_memory: bool = False) -> int:
        rooms = [room for room in reader.rooms if room.readers[reader] < room.log.head]
        unread: Unread = tuple([(room, room.readers[reader]) for room in rooms])
        if reader.ends_at is None and not from_memory and self.looking_back.has_to(unread):
            self.looking_back.begin(reader, unread)
            return 0
        done_id, replies, ends_at = self._commits.done_id, reader.replies, reader.ends_at
        if replies and replies[-1].id > done_id:
            replies = replies[: bisect(replies, done_id, key=_id_of)]
            self.due[reader] = None  # for the replies that stand after uncommitted events
        piece: Slice | None = None
        if unread and not replies and ends_at is None and not is_own(reader.wording):
            piece = self._slices.of(reader.wording, unread)
            if piece is not None and reader.unseen:
                rest = self._slices.without(piece, reader.unseen)
                piece = None if rest is None else piece._replace(data=rest)
        if piece is None:
            if not (unread or replies or ends_at is not None):
                return 0
            now = self._clock.now()
            chosen = choose(now, unread, replies, ends_at, reader.unseen)
            piece = worded(reader.own_wording, chosen)
            reader.take_replies(piece.replies)
        self._note_seen(reader, piece.more)
        for (room, _), position in zip(unread, piece.positions, strict=True):
            room.readers[reader] = position
        if piece.data:
            reader.is_lagging = not reader.connection.writer.write(piece.data)
        if piece.more and not reader.is_lagging:
            self.fall_behind(reader)
        if ends_at is not None and not piece.more:
            if ends_at > done_id or reader.is_busy:
                self.due[reader] = None
            else:
                reader.is_lagging = True  # nothing more is given to it
                self.finished.append(reader)
                self._schedule_round()
        return len(piece.data)

    def _note_seen(self, reader: Reader, has_more: bool) -> None:
        """Forget the events left out for a reader, unless they may come in its next slices."""
        if reader.unseen and not has_more:
            unseen, done_id = reader.unseen, self._commits.done_id
            reader.unseen = () if unseen[-1] <= done_id else unseen[bisect(unseen, done_id) :]

    def _give_from_memory(self, reader: Reader) -> None:
        """Give a reader the events in memory, as the store fails."""
        self._give(reader, from_memory=True)
        self._slices.clear()  # as at the end of a round, which this is not
        self._schedule_round()
