"""Delivery: brings every session from its cursor to the heads of its rooms' logs."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from functools import partial
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING

from chatsvc.chat.delivery.commits import Commits
from chatsvc.chat.delivery.log import Entry
from chatsvc.chat.delivery.slices import SLICE_EVENTS, Slice, cut
from chatsvc.chat.history.archive import older
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.events.event import Event
from chatsvc.events.people import Presence
from chatsvc.events.speech import NotSaid, Spoken
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from chatsvc.chat.delivery.commits import Run
    from chatsvc.chat.delivery.memory import History
    from chatsvc.chat.delivery.room import Room
    from chatsvc.chat.delivery.slices import Unread, Wording
    from chatsvc.chat.people.session import Session
    from chatsvc.clock import Clock, Spawn, Timer
    from chatsvc.store import Store

CATCH_UP_BYTES = 1024 * 1024  # what all who are behind are given in one round
REPLY_BYTES = 64 * 1024  # when more than that waits for a session, its input is not read
# Bytes that may wait for sessions that do not read, besides what others read, too: for one, for all
# from one address, and for all of the server. Those for which the most waits are given up.
OWED_TO_ONE = 512 * 1024
OWED_TO_ADDRESS = 16 * 2**20
OWED_TO_ALL = 64 * 2**20
OWED_LOOK_EVERY = 1.0  # seconds
ROOM_TO_SPEAK = 32 * 1024  # bytes; more than one more line can take in the history

_id_of = attrgetter("id")


class Delivery:
    """The rounds: one at the end of each turn of the reactor in which something happened.

    First what was appended is committed. Then each session is given all that is new to it in a
    single write, worded once for all who read the same. Nothing else happens during a round.

    What a store takes its time to commit is given in a later round.

    given: called now and then with the id of the newest event.
    """

    def __init__(
        self,
        clock: Clock,
        history: History,
        store: Store,
        spawn: Spawn,
        given: Callable[[int], object],
    ) -> None:
        self._clock = clock
        self._history = history
        self._store = store
        self._spawn = spawn
        self._given = given
        self._commits = Commits(clock, store, spawn, self._committed)
        self._then: dict[int, Callable[[int], None]] = {}  # by the ids of events to be committed
        self._calls: list[tuple[int, Callable[[], object]]] = []  # when that id is committed
        self._round_timer: Timer | None = None
        self._is_round = False  # it runs
        self._is_given_first = False  # what is committed, before more is
        self._moved: dict[Room, None] = {}  # rooms in which there is something new
        self._due: dict[Session, None] = {}  # sessions to which there is something to reply
        self._behind: dict[Session, int] = {}  # who had more to read than fits, read up to which id
        self._looking_back: set[Session] = set()  # who waits for the store to read on
        self._owing: dict[Session, None] = {}  # sessions for which much may wait
        self._owing_looked_at = 0.0
        self._held: dict[Session, None] = {}  # sessions whose input is not read for now
        self._slices: dict[tuple[Wording, Unread], Slice] = {}  # of the round that runs
        self._is_presence_due = False  # it is to be told as soon as it is committed
        self._presence_room: Room | None = None  # where presence waits to be told, if any does
        self._told_id = 0  # the last id before that
        self._read_id = 0  # the last id that everybody has read who is not stalled
        self._full_id = history.events  # one more event would push out some that are not read
        self._full_total = history.size - ROOM_TO_SPEAK  # bytes of the history of which that holds

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
        self._set_read_id(last_id)

    def append(
        self,
        room: Room,
        event: Event,
        speaker: Session | None = None,
        then: Callable[[int], None] | None = None,
    ) -> None:
        """Let something happen in a room, to be read by everybody in it once it is committed.

        Presence waits for `tell_presence`, or for something else that happens in the room.

        speaker: who said it, and is told if it cannot be kept.
        then: called with its id as soon as it is in the room's log.
        """
        commits = self._commits
        commits.append(room, event, speaker)
        if then is not None:
            self._then[commits.last_id] = then
        if commits.last_id >= self._full_id:
            self.tell_presence()  # it can wait no longer
        elif self._round_timer is None and not isinstance(event, Presence):
            self._ask()

    def tell_presence(self) -> None:
        """Let what waits to be told of people's coming and going be read."""
        self._is_presence_due = True
        self._ask()

    def after_commit(self, call: Callable[[], object]) -> None:
        """Make a call as soon as everything is committed that has happened up to now."""
        if self._commits.done_id == self.last_id:
            call()
        else:
            self._calls.append((self.last_id, call))
            self._ask()

    def greet(self, session: Session, events: Sequence[Event]) -> None:
        """Let a session that has been given nothing yet see some events, at once."""
        now = self._clock.now()
        entries = [Entry.told(0, now, event) for event in events]
        session.apart = not session.connection.write(session.wording(entries))

    def tell(
        self, session: Session, event: Event, answers: str = "", behind: int | None = None
    ) -> None:
        """Let one session alone see an event, after all that has happened up to now.

        answers: the nonce of what the session asked for, if the event is an answer.
        behind: the id of the event after which it is to be seen instead, and after what was told
            behind that.
        """
        if session.is_forgotten:
            return
        entry_id = behind
        if entry_id is None:
            entry_id = self.last_id if session.ends_at is None else session.ends_at
        now = self._clock.now()
        session.add_reply(Entry.told(entry_id, now, event, answers))
        self._owe(session)
        self._ask()

    def tell_behind(
        self, session: Session, entry_id: int, events: Sequence[Event], answers: str = ""
    ) -> None:
        """Let one session alone see some events, straight after the event that has that id.

        answers: as in `tell`.
        """
        if session.is_forgotten:
            return
        now = self._clock.now()
        session.insert_replies([Entry.told(entry_id, now, event, answers) for event in events])
        self._owe(session)

    def admit_behind(
        self,
        session: Session,
        behind: Mapping[Room, int],
        then: Callable[[int], object],
        left: Callable[[], Awaitable[tuple[Sequence[Entry], int]]] | None = None,
    ) -> None:
        """Let a session read on in some rooms, from the store where memory has forgotten that.

        behind: the ids behind which it reads them.
        then: called, before it is given anything, with in how many of them something is missing
            that nobody has any more.
        left: asks the store for what it is given, too, of rooms that it does not read any more, and
            in how many of those something is missing; None if there are none.
        """
        sought: dict[NamedRoom, int] = {}
        missing = 0
        for room, entry_id in behind.items():
            room.admit_behind(session, entry_id)
            if room.log.forgotten_id <= entry_id:
                continue
            if self._store.keeps_more and isinstance(room, NamedRoom):
                room.readers[session] = 0  # as long as it is not known
                sought[room] = entry_id
            else:
                missing += 1
        session.apart = True
        if sought or left is not None:
            self._looking_back.add(session)
            look = partial(self._look_back, session, sought, missing, then, left)
            # What was said last in the rooms that were left may have yet to be kept.
            self.after_commit(lambda: self._spawn(look()))
        else:
            then(missing)
            self.drained(session)

    async def _look_back(
        self,
        session: Session,
        sought: Mapping[NamedRoom, int],
        missing: int,
        then: Callable[[int], object],
        left: Callable[[], Awaitable[tuple[Sequence[Entry], int]]] | None,
    ) -> None:
        """Find out where in the store a session reads on."""
        positions: dict[NamedRoom, int] = {}
        for room, entry_id in sought.items():
            try:
                positions[room] = await self._store.position_of(room.place, entry_id)
            except StoreError:
                positions[room] = room.log.tail
                missing += 1
        entries: Sequence[Entry] = ()
        if left is not None:
            entries, lacking = await left()
            missing += lacking
        if session not in self._looking_back:
            return  # it has gone meanwhile
        self._looking_back.remove(session)
        for room, position in positions.items():
            if session in room.readers:
                room.readers[session] = position
        for entry in entries:
            session.add_reply(entry.past())
        self._owe(session)
        then(missing)
        self.drained(session)

    def must_hold(self, session: Session) -> bool:
        """Whether reading on from this session could cost others what they have yet to read.

        Or it waits for what it has asked for.
        """
        return (
            session.is_busy
            or session.reply_bytes > REPLY_BYTES
            or self._commits.last_id >= self._full_id
            or (
                self._history.total + self._commits.bytes > self._full_total
                and self._commits.last_id > self._read_id
            )
        )

    def hold(self, session: Session) -> None:
        """Let the session's connection resume reading after a round, once it need not be held."""
        self._held[session] = None
        self._ask()

    def look_at_held(self) -> None:
        """Something has changed for a session that may be held."""
        self._ask()

    def drained(self, session: Session) -> None:
        """A connection that was full takes more again."""
        self._fall_behind(session)
        self._ask()

    def release(self, room: Room, session: Session) -> None:
        """Let a session read no more of a room than there is; of that, not more than replies."""
        for entry in room.log.after(room.readers[session], SLICE_EVENTS):
            if session.reply_bytes > REPLY_BYTES:
                break
            session.insert_replies([entry.past()])
        self._owe(session)
        room.release(session)

    def end(self, session: Session) -> None:
        """Let a session read what has happened up to now; then close its connection."""
        session.ends_at = self.last_id
        self._held.pop(session, None)
        self._due[session] = None
        self._ask()

    def forget(self, session: Session) -> None:
        """Give a session nothing more."""
        for room in session.rooms:
            room.readers.pop(session, None)
        for waiting in (self._due, self._behind, self._held, self._owing):
            waiting.pop(session, None)
        session.is_forgotten = True
        session.take_replies(len(session.replies))
        self._looking_back.discard(session)
        session.apart = True  # whatever it may still be told

    def _owe(self, session: Session) -> None:
        """There is something to be told to one session alone."""
        self._due[session] = None
        if session.reply_bytes > REPLY_BYTES:
            self._owing[session] = None

    def _look_at_owed(self) -> None:
        """Give up those who do not read, and for whom more waits than may."""
        self._owing_looked_at = self._clock.seconds()
        owing = sorted(self._owing, key=attrgetter("reply_bytes"))
        self._owing.clear()
        total = 0
        by_address: Counter[str | None] = Counter()
        for session in owing:  # of whom the least waits for, stay
            size = session.reply_bytes
            if size <= REPLY_BYTES:
                continue
            self._owing[session] = None
            total += size
            if session.address is not None:
                by_address[session.address] += size
            if (
                size > OWED_TO_ONE
                or by_address[session.address] > OWED_TO_ADDRESS
                or total > OWED_TO_ALL
            ) and self._is_stalled(session):
                session.chat.journal.write(
                    "stalled", session.address, name=session.user.name, kilobytes=size // 1024
                )
                session.connection.abort()

    def _is_stalled(self, session: Session) -> bool:
        """Whether its connection takes no more; it is not only being given what it has to read."""
        return session.apart and not (session in self._behind or session in self._looking_back)

    def _ask(self) -> None:
        if self._round_timer is None:
            self._round_timer = self._clock.callLater(0, self._round)

    def _committed(
        self, runs: Sequence[Run], refused: Sequence[tuple[Entry, Session, str]]
    ) -> None:
        for room, entries in runs:
            start = 0
            if self._then:
                for number, entry in enumerate(entries, 1):
                    then = self._then.pop(entry.id, None)
                    if then is not None:
                        self._take_in(room, entries[start:number])
                        start = number
                        then(entry.id)
            if start < len(entries):
                self._take_in(room, entries[start:])
        for entry, speaker, why in refused:
            nonce = entry.event.nonce if isinstance(entry.event, Spoken) else ""
            speaker.user.said.pop(nonce, None)
            self.tell_behind(speaker, entry.id, [NotSaid(why, entry.line.decode(), nonce)])
        while self._calls and self._calls[0][0] <= self._commits.done_id:
            self._calls.pop(0)[1]()
        if not self._is_round:
            self._is_given_first = True
            self._ask()

    def _take_in(self, room: Room, entries: Sequence[Entry]) -> None:
        """Put what is committed into the log of its room."""
        self._history.extend(room.log, entries)
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

    def _set_read_id(self, read_id: int) -> None:
        self._read_id = read_id
        self._full_id = read_id + self._history.events
        read_total = self._history.total_before(self.last_id - read_id)
        self._full_total = read_total + self._history.size - ROOM_TO_SPEAK

    def _fall_behind(self, session: Session) -> None:
        read_id = min(
            (
                entry.id - 1
                for room in session.rooms
                for entry in room.log.after(room.readers[session], most=1)
            ),
            default=self._commits.done_id,
        )
        session.apart = True
        self._behind[session] = read_id
        if read_id < self._read_id:
            self._set_read_id(read_id)

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
        for session in due:
            if not session.apart:
                self._pull(session)
        budget = CATCH_UP_BYTES
        for session in behind:
            if budget > 0 and self._behind.pop(session, None) is not None:
                session.apart = False
                budget -= self._pull(session)
        self._slices.clear()
        told_id = self._commits.done_id if self._presence_room is None else self._told_id
        self._set_read_id(min((told_id, *self._behind.values())))
        if self._behind:
            self._ask()
        if self._owing and self._clock.seconds() >= self._owing_looked_at + OWED_LOOK_EVERY:
            self._look_at_owed()
        # The round is over; those who speak now are heard in the next one.
        for session in list(self._held):
            if session in self._held and not self.must_hold(session):
                del self._held[session]
                session.connection.resume()

    def _visit(self, room: Room, due: dict[Session, None]) -> None:
        """Pull everybody in a room who reads nothing else in this round; hence the bare loop."""
        head = room.log.head
        readers = room.readers
        piece: Slice | None = None  # the last one, and what it was cut for
        piece_position = -1
        piece_wording: Wording | None = None
        for session, position in list(readers.items()):
            if position == head or session.apart or session in due:
                continue
            try:
                wording = session.wording
                if piece is None or position != piece_position or wording is not piece_wording:
                    piece = self._slice(wording, ((room, position),))
                    piece_position = position
                    piece_wording = wording
                    data, (end,), _, more = piece
                readers[session] = end
                if not session.connection.write(data):
                    session.apart = True
                elif more:
                    self._fall_behind(session)
            except Exception as error:
                session.connection.fail(error)  # the others go on

    def _pull(self, session: Session) -> int:
        """Give one session what it has to read; the number of bytes written."""
        try:
            return self._give(session)
        except Exception as error:
            session.connection.fail(error)  # the others go on
            return 0

    def _give(self, session: Session, from_memory: bool = False) -> int:
        unread: Unread = tuple(
            [
                (room, position)
                for room in session.rooms
                if (position := room.readers[session]) < room.log.head
            ]
        )
        if self._store.keeps_more and session.ends_at is None and not from_memory:
            for room, position in unread:
                if position < room.log.tail and room.key is not None:
                    session.apart = True
                    self._looking_back.add(session)
                    self._spawn(self._give_older(session, unread))
                    return 0
        done_id, replies, ends_at = self._commits.done_id, session.replies, session.ends_at
        if replies and replies[-1].id > done_id:
            replies = replies[: bisect(replies, done_id, key=_id_of)]
            self._due[session] = None  # for those that stand behind what is yet to be committed
        if replies or ends_at is not None or session.own_id:
            now = self._clock.now()
            piece = cut(session.wording, now, unread, replies, ends_at, session.own_id)
            session.take_replies(piece.replies)
            if not piece.more:
                session.own_id = 0
        elif unread:
            piece = self._slice(session.wording, unread)
        else:
            return 0
        for (room, _), position in zip(unread, piece.positions, strict=True):
            room.readers[session] = position
        self._write(session, piece)
        if ends_at is not None and not piece.more:
            if ends_at > done_id or session.is_busy:
                self._due[session] = None
            else:
                session.close()
        return len(piece.data)

    async def _give_older(self, session: Session, unread: Unread) -> None:
        """Give a session what memory has forgotten, from the store."""
        try:
            entries, positions = await older(self._store, unread, self._clock.now())
        except StoreError:
            if session in self._looking_back:
                self._looking_back.remove(session)
                session.apart = False
                self._give(session, from_memory=True)
                self._slices.clear()  # as at the end of a round, which this is not
                self._ask()
            return
        except Exception as error:
            session.connection.fail(error)  # the others go on
            return
        if session not in self._looking_back:
            return  # it has gone meanwhile
        self._looking_back.remove(session)
        for room, position in positions.items():
            if session in room.readers:
                room.readers[session] = position
        logs = {room.log for room in session.rooms}
        entries = [entry for entry in entries if entry.log in logs]
        if entries and session.replies:
            number = bisect(session.replies, entries[-1].id, key=_id_of)
            entries = list(merge(entries, session.replies[:number], key=_id_of))
            session.take_replies(number)
        data = session.wording(entries)
        if not data or session.connection.write(data):
            self.drained(session)

    def _write(self, session: Session, piece: Slice) -> None:
        if piece.data:
            session.apart = not session.connection.write(piece.data)
        if piece.more and not session.apart:
            self._fall_behind(session)

    def _slice(self, wording: Wording, unread: Unread) -> Slice:
        """The next slice for whoever has this to read; made once a round."""
        piece = self._slices.get((wording, unread))
        if piece is None:
            piece = cut(wording, self._clock.now(), unread)
            self._slices[wording, unread] = piece
        return piece
