"""Delivery: brings every reader from its cursor to the heads of its rooms' logs."""

from __future__ import annotations

from bisect import bisect
from operator import attrgetter
from typing import TYPE_CHECKING

from chatsvc.chat.delivery.looking_back import LookingBack
from chatsvc.chat.delivery.slices import SLICE_EVENTS, Slice, Slices, cut
from chatsvc.chat.flow.admission import Admission
from chatsvc.chat.flow.holding import REPLY_BYTES, Holding
from chatsvc.chat.flow.owed import Owed
from chatsvc.chat.logs.commits import Commits
from chatsvc.chat.logs.log import Entry
from chatsvc.events.event import Event
from chatsvc.events.people import Presence
from chatsvc.events.speech import NotSaid, Spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.delivery.looking_back import Archive
    from chatsvc.chat.delivery.slices import Unread
    from chatsvc.chat.logs.memory import Memory
    from chatsvc.chat.logs.room import Reader, Room
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.clock import Clock, Spawn, Timer
    from chatsvc.store import Store

CATCH_UP_BYTES = 1024 * 1024  # what all who are behind are given in one round
MOST_UNSEEN = 1000  # events that one who does not read has caused, and is not to see

_id_of = attrgetter("id")


class Delivery:
    """The rounds: one at the end of each turn of the reactor in which something happened.

    First what was appended is committed. Then each reader is given all that is new to it in a
    single write, worded once for all who read the same. Nothing else happens during a round.

    What a store takes its time to commit is given in a later round.

    given: called now and then with the id of the newest event.
    refused: called with whoever said an event that could not be kept.
    first: called before something is appended or told, if it is set.
    finished: called, when a round is over, with each reader that has left and has read all, before
        its connection is closed.
    owed: what waits for those who do not read.
    looking_back: lets readers read what memory has forgotten.
    admission: when what people ask for is done.
    """

    def __init__(
        self,
        clock: Clock,
        memory: Memory,
        store: Store,
        archive: Archive | None,
        spawn: Spawn,
        given: Callable[[int], object],
    ) -> None:
        self.first: Callable[[], object] | None = None
        self.refused: Callable[[Reader, Event], object] = lambda reader, event: None
        self.finished: Callable[[Reader], object] = lambda reader: None
        self._clock = clock
        self._memory = memory
        self._given = given
        self._commits = Commits(clock, store, spawn, self._take_in, self._refuse, self._committed)
        self._holding = Holding(self._commits, memory)
        self.admission = Admission(
            clock.seconds, clock.busy, self._ask, self._commits.is_running, store.reads_waiting
        )
        self.looking_back = LookingBack(
            archive, self._commits, spawn, self.drained, self._give_from_memory
        )
        self.owed = Owed(clock, self._is_stalled)
        self._round_timer: Timer | None = None
        self._is_round = False  # it runs
        self._is_given_first = False  # what is committed, before more is
        self._moved: dict[Room, None] = {}  # rooms in which there is something new
        self._due: dict[Reader, None] = {}  # readers to which there is something to reply
        self._behind: dict[Reader, int] = {}  # who had more to read than fits, read up to which id
        self._finished: list[Reader] = []  # who have left, and have read all
        self._slices = Slices(clock)  # of the round that runs
        self._is_presence_due = False  # it is to be told as soon as it is committed
        self._presence_room: Room | None = None  # where presence waits to be told, if any does
        self._told_id = 0  # the last id before that

    @property
    def last_id(self) -> int:
        """The id of the newest event, which may not be committed yet."""
        return self._commits.last_id

    @property
    def done_id(self) -> int:
        """The id of the newest event that can be read."""
        return self._commits.done_id

    def head_of(self, room: Room) -> int:
        """The position of the newest event of a room, which may not be committed yet."""
        return room.log.head + self._commits.pending(room)

    def go_on_after(self, last_id: int) -> None:
        """Begin behind the id of the newest thing that the store holds."""
        self._commits.last_id = self._commits.done_id = last_id
        self._holding.note_read(last_id)

    def append(
        self,
        room: Room,
        event: Event,
        speaker: Reader | None = None,
        then: Callable[[int], None] | None = None,
    ) -> None:
        """Let something happen in a room, to be read by everybody in it once it is committed.

        Presence waits for `tell_presence`, or for something else that happens in the room.

        speaker: who said it, and is told if it cannot be kept.
        then: called with its id as soon as it is in the room's log; with 0 if it cannot be kept.
        """
        if self.first is not None:
            self.first()
        commits = self._commits
        size = commits.append(room, event, speaker, then)
        self.admission.cause(len(room.readers), size)
        if commits.last_id >= self._holding.full_id:
            self.tell_presence()  # it can wait no longer
        elif self._round_timer is None and not isinstance(event, Presence):
            self._ask()

    def tell_presence(self) -> None:
        """Let what waits to be told of people's coming and going be read."""
        self._is_presence_due = True
        self._ask()

    def after_commit(self, call: Callable[[], object]) -> None:
        """Make a call as soon as everything is committed that has happened up to now."""
        if not self._commits.after(call):
            self._ask()

    def greet(self, reader: Reader, events: Sequence[Event]) -> None:
        """Let a reader that has been given nothing yet see some events, at once."""
        now = self._clock.now()
        entries = [Entry.told(0, now, event) for event in events]
        reader.apart = not reader.connection.write(reader.wording(entries))

    def tell(self, reader: Reader, event: Event, answers: str = "") -> None:
        """Let one reader alone see an event, after all that has happened up to now.

        answers: the nonce of what the reader asked for, if the event is an answer.
        """
        if self.first is not None:
            self.first()
        if reader.is_forgotten:
            return
        entry_id = self.last_id if reader.ends_at is None else reader.ends_at
        reader.add_reply(Entry.told(entry_id, self._clock.now(), event, answers))
        self._owe(reader)
        self._ask()

    def tell_newcomer(self, reader: Reader, entries: Sequence[Entry]) -> None:
        """Let one reader alone see these, after what it is told behind the same event.

        entries: made by Entry.told; the same for all newcomers to whom they are told.
        """
        if entries and not reader.is_forgotten:
            reader.add_replies(entries)
            self._owe(reader)
            self._ask()

    def tell_behind(
        self, reader: Reader, entry_id: int, events: Sequence[Event], answers: str = ""
    ) -> None:
        """Let one reader alone see some events, straight after the event that has that id.

        answers: as in `tell`.
        """
        if reader.is_forgotten:
            return
        now = self._clock.now()
        reader.insert_replies([Entry.told(entry_id, now, event, answers) for event in events])
        self._owe(reader)

    def leave_out(self, reader: Reader) -> None:
        """Let a reader not see the newest event, which it has itself caused, and knows of."""
        reader.unseen = (*reader.unseen[-MOST_UNSEEN:], self.last_id)
        self.after_commit(lambda: self._owe(reader))

    def must_hold(self, reader: Reader) -> bool:
        """Whether no more of its input is to be read for now; see `Holding`."""
        return self._holding.must_hold(reader)

    def hold(self, reader: Reader) -> None:
        """Let the reader's connection resume reading after a round, once it need not be held."""
        self._holding.hold(reader)
        self._ask()

    def look_at_held(self) -> None:
        """Something has changed for a reader that may be held."""
        self._ask()

    def drained(self, reader: Reader) -> None:
        """A connection that was full takes more again."""
        self._fall_behind(reader)
        self._ask()

    def release(self, room: Room, reader: Reader) -> None:
        """Let a reader read no more of a room than there is; of that, not more than replies."""
        for entry in room.log.after(room.readers[reader], SLICE_EVENTS):
            if reader.reply_bytes > REPLY_BYTES:
                break
            reader.insert_replies([entry.past()])
        self._owe(reader)
        room.release(reader)

    def end(self, reader: Reader) -> None:
        """Let a reader read what has happened up to now; then close its connection."""
        reader.ends_at = self.last_id
        self._holding.forget(reader)
        self._due[reader] = None
        self._ask()

    def forget(self, reader: Reader) -> None:
        """Give a reader nothing more."""
        for room in reader.rooms:
            room.readers.pop(reader, None)
        self._due.pop(reader, None)
        self._behind.pop(reader, None)
        for part in (self._holding, self.owed, self.looking_back):
            part.forget(reader)
        reader.is_forgotten = True
        reader.take_replies(len(reader.replies))
        reader.apart = True  # whatever it may still be told

    def _owe(self, reader: Reader) -> None:
        """There is something to be told to one reader alone."""
        if reader not in self._due:
            self._due[reader] = None
            self.admission.cause_alone()
        self.owed.note(reader)

    def _is_stalled(self, reader: Reader) -> bool:
        """Whether its connection takes no more; it is not only being given what it has to read."""
        return reader.apart and not (reader in self._behind or reader in self.looking_back)

    def _ask(self) -> None:
        if self._round_timer is None:
            self._round_timer = self._clock.callLater(0, self._round)

    def _refuse(self, entry: Entry, speaker: Reader, why: str) -> None:
        """Tell somebody that what was said could not be kept."""
        event = entry.event
        self.refused(speaker, event)
        nonce = event.nonce if isinstance(event, Spoken) else ""
        self.tell_behind(speaker, entry.id, [NotSaid(why, entry.line.decode(), nonce)])

    def _committed(self) -> None:
        if not self._is_round:
            self._is_given_first = True
            self._ask()

    def _take_in(self, room: Room, entries: Sequence[Entry]) -> None:
        """Put what is committed into the log of its room."""
        self._memory.extend(room.log, entries)
        said = [entry for entry in entries if isinstance(entry.event, Spoken)]
        if said:
            self._moved[room] = None
            room.remember(said)
        if len(said) < len(entries):
            for entry in entries:
                if not isinstance(entry.event, Presence):
                    self._moved[room] = None
                elif self._presence_room is None:
                    self._presence_room = room
                    self._told_id = entry.id - 1

    def _fall_behind(self, reader: Reader) -> None:
        read_id = min(
            (
                entry.id - 1
                for room in reader.rooms
                for entry in room.log.after(room.readers[reader], most=1)
            ),
            default=self._commits.done_id,
        )
        reader.apart = True
        self._behind[reader] = read_id
        self._holding.note_behind(read_id)

    def _round(self) -> None:
        self._round_timer = None
        if self._is_given_first:
            # Who is given something now may well have something to say; that goes along with what
            # is yet to be committed. Otherwise there would soon be two halves that take turns, and
            # twice as many commits and writes.
            self._is_given_first = False
            if self._commits.last_id > self._commits.done_id:
                self._ask()
        else:
            self._is_round = True
            try:
                self._commits.flush()
            finally:
                self._is_round = False
            if not self._commits.bytes:
                self.admission.note_flushed()
            self._given(self._commits.last_id)
        if self._is_presence_due and self._presence_room is not None:
            self._moved[self._presence_room] = None
        if self._commits.done_id == self._commits.last_id:
            self._is_presence_due = False
        moved, self._moved = self._moved, {}
        due, self._due = self._due, {}
        behind = list(self._behind)
        if self._presence_room in moved:
            self._presence_room = None
        # The room with the most readers is visited as a whole. Readers of other rooms are pulled
        # one by one, as they may read several and are to see everything in its order.
        largest = max(moved, key=lambda room: len(room.readers), default=None)
        if self._presence_room is not None:
            largest = None
        for room in moved:
            if room is not largest:
                due.update(dict.fromkeys(room.readers))
        if largest is not None:
            self._visit(largest, due)
        for reader in due:
            if not reader.apart:
                self._pull(reader)
        budget = CATCH_UP_BYTES
        for reader in behind:
            if budget > 0 and self._behind.pop(reader, None) is not None:
                reader.apart = False
                budget -= self._pull(reader)
        self._slices.clear()
        told_id = self._commits.done_id if self._presence_room is None else self._told_id
        self._holding.note_read(min((told_id, *self._behind.values())))
        self.admission.behind = len(self._behind) * self._holding.unread
        if self._behind:
            self._ask()
        self.owed.look()
        # The round is over; those who speak now are heard in the next one.
        finished, self._finished = self._finished, []
        for reader in finished:
            self.finished(reader)
            self.forget(reader)
            reader.connection.close()
        self._holding.let_go()
        if self.admission.begin_turn():
            self._ask()

    def _visit(self, room: Room, due: dict[Reader, None]) -> None:
        """Pull everybody in a room who reads nothing else in this round; hence the bare loop."""
        head = room.log.head
        readers = room.readers
        piece: Slice | None = None  # the last one, and what it was cut for
        piece_position = -1
        piece_wording: Wording | None = None
        for reader, position in list(readers.items()):
            if position == head or reader.apart or reader in due:
                continue
            try:
                wording = reader.wording
                if piece is None or position != piece_position or wording is not piece_wording:
                    piece = self._slices.of(wording, ((room, position),))
                    piece_position = position
                    piece_wording = wording
                    data, (end,), _, more = piece
                readers[reader] = end
                if data and not reader.connection.write(data):
                    reader.apart = True
                elif more:
                    self._fall_behind(reader)
            except Exception as error:
                reader.connection.fail(error)  # the others go on

    def _pull(self, reader: Reader) -> int:
        """Give one reader what it has to read; the number of bytes written."""
        try:
            return self._give(reader)
        except Exception as error:
            reader.connection.fail(error)  # the others go on
            return 0

    def _give(self, reader: Reader, from_memory: bool = False) -> int:
        unread: Unread = tuple(
            [
                (room, position)
                for room in reader.rooms
                if (position := room.readers[reader]) < room.log.head
            ]
        )
        if reader.ends_at is None and not from_memory and self.looking_back.has_to(unread):
            self.looking_back.begin(reader, unread)
            return 0
        done_id, replies, ends_at = self._commits.done_id, reader.replies, reader.ends_at
        if replies and replies[-1].id > done_id:
            replies = replies[: bisect(replies, done_id, key=_id_of)]
            self._due[reader] = None  # for those that stand behind what is yet to be committed
        if replies or ends_at is not None or reader.unseen:
            now = self._clock.now()
            wording = reader.alone or reader.wording
            piece = cut(wording, now, unread, replies, ends_at, reader.unseen)
            reader.take_replies(piece.replies)
            if reader.unseen and not piece.more:
                reader.unseen = tuple([each for each in reader.unseen if each > done_id])
        elif unread:
            piece = self._slices.of(reader.wording, unread)
        else:
            return 0
        for (room, _), position in zip(unread, piece.positions, strict=True):
            room.readers[reader] = position
        self._write(reader, piece)
        if ends_at is not None and not piece.more:
            if ends_at > done_id or reader.is_busy:
                self._due[reader] = None
            else:
                reader.apart = True  # nothing more is given to it
                self._finished.append(reader)
                self._ask()
        return len(piece.data)

    def _give_from_memory(self, reader: Reader) -> None:
        """Give a reader what is still here, as the store fails."""
        self._give(reader, from_memory=True)
        self._slices.clear()  # as at the end of a round, which this is not
        self._ask()

    def _write(self, reader: Reader, piece: Slice) -> None:
        if piece.data:
            reader.apart = not reader.connection.write(piece.data)
        if piece.more and not reader.apart:
            self._fall_behind(reader)
