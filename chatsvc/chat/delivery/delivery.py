"""Delivery: brings every reader from its cursors to the heads of its rooms' logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.delivery.reading import Reading
from chatsvc.chat.delivery.slices import SLICE_EVENTS
from chatsvc.chat.flow.admission import Admission
from chatsvc.chat.flow.holding import REPLY_BYTES, Holding
from chatsvc.chat.flow.owed import Owed
from chatsvc.chat.logs.commits import Commits
from chatsvc.chat.logs.log import Entry, line_of
from chatsvc.events.event import Event
from chatsvc.events.people import Presence
from chatsvc.events.speech import NotSaid, Spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from chatsvc.chat.delivery.looking_back import Archive
    from chatsvc.chat.logs.memory import Memory
    from chatsvc.chat.logs.room import Reader, Room
    from chatsvc.clock import Clock, Spawn, Timer
    from chatsvc.store import Store

MOST_UNSEEN = 250  # events left out for one reader that does not read; each takes 36 bytes


class Delivery:
    """Runs a round at the end of each turn of the reactor in which something happened.

    A round commits what was appended, then gives each reader everything new in a single write,
    worded once for all who read the same. Nothing else happens during a round.

    Events that the store takes time to commit are given in a later round.

    spawn: runs what waits for the store.
    given: called in rounds with the id of the newest event.
    refused: called with an event that could not be kept, and its speaker.
    first: if set, called before anything is appended or told.
    finished: called after a round with each reader that has left and read everything, before its
        connection is closed.
    owed: bounds what waits for stalled readers.
    looking_back: lets readers read what memory has forgotten.
    admission: decides when requests are done.
    behind: the readers that are catching up in memory.
    holding: the readers whose input is not read for now.
    round_times, commit_times: how long each took that had something to do.
    said: the number of messages that were committed.
    not_kept: the number of messages that could not be kept.
    deliveries: the number of events, each times the readers of its room.
    delivered_bytes: the bytes of these events as lines, likewise.
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
        self.spawn = spawn
        self._clock = clock
        self._memory = memory
        self._given = given
        self._commits = Commits(clock, store, spawn, self._take_in, self._refuse, self._committed)
        self.holding = Holding(self._commits, memory)
        self.admission = Admission(
            clock, self.schedule_round, self._commits.is_running, store.reads_waiting
        )
        self._reading = Reading(
            clock, self._commits, self.holding, archive, spawn, self.schedule_round
        )
        self._sweep = self._reading.sweep
        self.looking_back = self._reading.looking_back
        self.behind: Collection[Reader] = self._reading.behind
        self.round_times = self._reading.times
        self.commit_times = self._commits.times
        self.said = self.not_kept = self.deliveries = self.delivered_bytes = 0
        self.owed = Owed(clock, self._reading.is_stalled)
        self._round_timer: Timer | None = None
        self._is_flushing = False
        self._is_given_first = False  # the next round gives what is committed, and commits no more
        self._moved: dict[Room, None] = {}  # rooms with something new
        self._is_presence_due = False  # presence is told as soon as it is committed
        self._presence_room: Room | None = None  # where presence waits to be told, if anywhere
        self._told_id = 0  # the last id before the presence that waits

    @property
    def last_id(self) -> int:
        """The id of the newest event, which may not be committed yet."""
        return self._commits.last_id

    @property
    def last_at(self) -> float:
        """The time of the newest event."""
        return self._commits.last_at

    @property
    def done_id(self) -> int:
        """The id of the newest event that can be read."""
        return self._commits.done_id

    def head_of(self, room: Room) -> int:
        """The position of a room's newest event, which may not be committed yet."""
        return room.log.head + self._commits.pending(room)

    def is_forgotten(self, room: Room, entry_id: int) -> bool:
        """Whether an event of a room can no longer be read from memory."""
        return entry_id <= self._commits.done_id and room.log.find(entry_id) is None

    def start_after(self, last_id: int) -> None:
        """Start after the newest id in the store."""
        self._commits.last_id = self._commits.done_id = last_id
        self.holding.note_read(last_id)

    def append(
        self,
        room: Room,
        event: Event,
        speaker: Reader | None = None,
        then: Callable[[int], None] | None = None,
    ) -> None:
        """Append an event to a room, for all its readers once it is committed.

        Presence waits for `tell_presence`, or for another event in the room.

        speaker: the reader to tell if it cannot be kept.
        then: called with its id as soon as it is in the room's log; with 0 if it cannot be kept.
        """
        if self.first is not None:
            self.first()
        commits = self._commits
        self.admission.cause(len(room.readers), commits.append(room, event, speaker, then))
        if commits.last_id >= self.holding.full_id:
            self.tell_presence()  # it can wait no longer
        elif self._round_timer is None and not isinstance(event, Presence):
            self.schedule_round()

    def skip_ids(self, number: int) -> int:
        """Skip some ids, for other uses, and return the first."""
        return self._commits.skip(number)

    def tell_presence(self) -> None:
        """Let waiting presence be read as soon as it is committed."""
        self._is_presence_due = True
        self.schedule_round()

    def after_commit(self, call: Callable[[], object]) -> None:
        """Make a call as soon as everything up to now is committed."""
        if not self._commits.after(call):
            self.schedule_round()

    def start(self, call: Callable[[], object]) -> None:
        """Make a call once everything up to now is committed, in a turn that has time for it."""
        self.after_commit(lambda: self._clock.start(call))

    def greet(self, reader: Reader, events: Sequence[Event]) -> None:
        """Write some events at once, to a reader that has been given nothing yet."""
        now = self._clock.now()
        entries = [Entry.reply(0, now, event) for event in events]
        reader.is_lagging = not reader.connection.writer.write(reader.wording(entries))

    def tell(self, reader: Reader, event: Event, answers: str = "") -> None:
        """Tell one reader an event, after everything up to now.

        answers: the nonce of the request that the event answers, if any.
        """
        if self.first is not None:
            self.first()
        if reader.is_forgotten:
            return
        entry_id = self.last_id if reader.ends_at is None else reader.ends_at
        reader.add_reply(Entry.reply(entry_id, self._clock.now(), event, answers))
        self._owe(reader)
        self.schedule_round()

    def tell_all(self, reader: Reader, entries: Sequence[Entry], answers: str = "") -> None:
        """Tell one reader some events together, as `tell` does; entries: made by Entry.reply."""
        if self.first is not None:
            self.first()
        after = self.last_id if reader.ends_at is None else reader.ends_at
        self.tell_newcomer(reader, [each._replace(id=after, answers=answers) for each in entries])

    def tell_newcomer(self, reader: Reader, entries: Sequence[Entry]) -> None:
        """Tell a newcomer some events, made by Entry.reply, after its replies with the same id."""
        if entries and not reader.is_forgotten:
            reader.add_replies(entries)
            self._owe(reader)
            self.schedule_round()

    def tell_behind(
        self, reader: Reader, entry_id: int, events: Sequence[Event], answers: str = ""
    ) -> None:
        """Tell one reader some events, straight after the event with an id; see `tell`."""
        now = self._clock.now()
        self.tell_joining(reader, [Entry.reply(entry_id, now, event, answers) for event in events])

    def tell_joining(self, reader: Reader, entries: Sequence[Entry]) -> None:
        """Tell one reader some events, made by Entry.reply, straight after that with their id."""
        if not reader.is_forgotten:
            reader.insert_replies(entries)
            self._owe(reader)

    def leave_out(self, reader: Reader) -> None:
        """Leave the newest event out for the reader that has caused it, and knows of it."""
        if not reader.is_forgotten:
            reader.unseen = (*reader.unseen[-MOST_UNSEEN:], self._commits.last_id)

    def hold(self, reader: Reader) -> None:
        """Resume the reader's connection after a round in which it need not be held."""
        self.holding.hold(reader)
        self.schedule_round()

    def drained(self, reader: Reader) -> None:
        """Let a reader catch up whose connection was full and takes more again."""
        if reader not in self.looking_back:  # or else it waits for the store
            self._reading.fall_behind(reader)

    def stop_reading(self, room: Room, reader: Reader) -> None:
        """Stop reading a room; what is unread becomes replies, within their bound."""
        for entry in room.log.after(room.readers[reader], SLICE_EVENTS):
            if entry.id not in reader.unseen and reader.reply_bytes <= REPLY_BYTES:
                reader.insert_replies([entry.past()])
        self._owe(reader)
        room.remove_reader(reader)

    def close_when_read(self, reader: Reader) -> None:
        """Close a reader's connection once it has read everything up to now."""
        reader.ends_at = self.last_id
        self.holding.forget(reader)
        self._reading.due[reader] = None
        self.schedule_round()

    def forget(self, reader: Reader) -> None:
        """Give a reader nothing more."""
        for room in reader.rooms:
            room.readers.pop(reader, None)
        for part in (self.holding, self.owed, self._reading):
            part.forget(reader)
        reader.is_forgotten = True
        reader.take_replies(len(reader.replies))
        reader.is_lagging = True  # so that rounds skip it

    def _owe(self, reader: Reader) -> None:
        """Give a reader its replies in the next round."""
        if reader not in self._reading.due:
            self._reading.due[reader] = None
            self.admission.cause_alone()
        self.owed.note(reader)

    def schedule_round(self) -> None:
        """Run a round at the end of this turn; it also checks who needs to be held no longer."""
        if self._round_timer is None:
            self._round_timer = self._clock.callLater(0, self._round)

    def _refuse(self, entry: Entry, speaker: Reader, why: str) -> None:
        """Tell a speaker that a message could not be kept."""
        self.not_kept += 1
        event = entry.event
        self.refused(speaker, event)
        nonce = event.nonce if isinstance(event, Spoken) else ""
        self.tell_behind(speaker, entry.id, [NotSaid(why, entry.line.decode(), nonce)])

    def _committed(self) -> None:
        if not self._is_flushing:
            # Where strangers wait for their turn, what people have said in the meantime does not.
            self._is_given_first = not self.admission.is_crowded
            self.schedule_round()

    def _take_in(self, room: Room, entries: Sequence[Entry]) -> None:
        """Append what is committed to the log of its room."""
        number, readers = len(entries), len(room.readers)
        self._memory.extend(room.log, entries)
        self.deliveries += number * readers
        self.delivered_bytes += sum(map(len, map(line_of, entries))) * readers
        said = [entry for entry in entries if isinstance(entry.event, Spoken)]
        if said:
            self.said += len(said)
            self._moved[room] = None
            room.remember(said)
        if len(said) < number:
            for entry in entries:
                if not isinstance(entry.event, Presence):
                    self._moved[room] = None
                elif self._presence_room is None:
                    self._presence_room, self._told_id = room, entry.id - 1

    def _round(self) -> None:
        self._round_timer = None
        if self._is_given_first or self._sweep.is_unfinished:
            # Those who read something now may well reply; their replies join the next commit.
            # Otherwise people would soon speak in two halves by turns, with twice as many commits
            # and writes.
            self._is_given_first &= self._sweep.is_unfinished
            if self._commits.last_id > self._commits.done_id or self._reading.due:
                self.schedule_round()
        else:
            self._is_flushing = True
            try:
                is_crowded = self.admission.is_crowded or self._clock.is_behind()
                is_talk = self._commits.flush(is_crowded)
            finally:
                self._is_flushing = False
            if not self._commits.bytes:
                self.admission.note_flushed(is_talk)
            self._given(self._commits.last_id)
        if self._is_presence_due and self._presence_room is not None:
            self._moved[self._presence_room] = None
        if self._commits.done_id == self._commits.last_id:
            self._is_presence_due = False
        moved, self._moved = self._moved, {}
        told = self._presence_room if self._presence_room in moved else None
        if told is not None:
            self._presence_room = None
        self._reading.run(moved, self._presence_room is not None)
        if told is not None:
            self._memory.forget_told(told.log, told.readers.values())
        if moved and self._sweep.is_unfinished:
            self._is_given_first = True  # the last of a crowd reply after the last of its rounds
        behind = self._reading.behind
        if not self._sweep.is_unfinished:
            told_id = self._commits.done_id if self._presence_room is None else self._told_id
            self.holding.note_read(min((told_id, *behind.values())) if behind else told_id)
        self.admission.behind = len(behind) * self.holding.unread
        if behind or self._sweep.is_unfinished:
            self.schedule_round()
        self.owed.look()
        # The round is over; what is said from here on belongs to the next one.
        finished, self._reading.finished = self._reading.finished, []
        for reader in finished:
            self.finished(reader)
            self.forget(reader)
            reader.connection.close()
        if self.holding.held:
            self.holding.let_go()
        if self.admission.begin_turn():
            self.schedule_round()
