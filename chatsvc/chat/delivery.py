"""Delivery: brings every session from its cursor to the heads of its rooms' logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.events import Event, Presence
from chatsvc.chat.log import Entry
from chatsvc.chat.slices import Slice, cut

if TYPE_CHECKING:
    from chatsvc.chat.clock import Clock, Timer
    from chatsvc.chat.history import History
    from chatsvc.chat.rooms import Room
    from chatsvc.chat.sessions import Session
    from chatsvc.chat.slices import Unread
    from chatsvc.chat.wording import Wording

CATCH_UP_BYTES = 1024 * 1024  # what all who are behind are given in one round
REPLY_BYTES = 64 * 1024  # when more than that waits for a session, its input is not read
ROOM_TO_SPEAK = 32 * 1024  # bytes; more than one more line can take in the history


class Delivery:
    """The rounds: one at the end of each turn of the reactor in which something happened.

    In a round each session is given all that is new to it in a single write, worded once for all
    who read the same. Nothing else happens during a round.

    last_id: the id of the newest event.
    """

    def __init__(self, clock: Clock, history: History) -> None:
        self.last_id = 0
        self._clock = clock
        self._history = history
        self._round_timer: Timer | None = None
        self._moved: dict[Room, None] = {}  # rooms in which there is something new
        self._due: dict[Session, None] = {}  # sessions to which there is something to reply
        self._behind: dict[Session, int] = {}  # who had more to read than fits, read up to which id
        self._held: dict[Session, None] = {}  # sessions whose input is not read for now
        self._slices: dict[tuple[Wording, Unread], Slice] = {}  # of the round that runs
        self._presence_room: Room | None = None  # where presence waits to be told, if any does
        self._told_id = 0  # the last id before that
        self._read_id = 0  # the last id that everybody has read who is not stalled
        self._full_id = history.events  # one more event would push out some that are not read
        self._full_total = history.size - ROOM_TO_SPEAK  # bytes of the history of which that holds

    def append(self, room: Room, event: Event) -> None:
        """Put an event into a room's log, to be read by everybody in the room in the next round.

        Presence waits for `tell_presence`, or for something else that happens in the room.
        """
        if not isinstance(event, Presence):
            self._move(room)
        elif self._presence_room is None:
            self._presence_room = room
            self._told_id = self.last_id
        self.last_id += 1
        entry = Entry(self.last_id, room, self._clock.seconds(), event, str(event).encode())
        self._history.add(room.log, entry)
        if self.last_id >= self._full_id:
            self.tell_presence()  # it can wait no longer

    def tell_presence(self) -> None:
        """Let what waits to be told of people's coming and going be read in the next round."""
        if self._presence_room is not None:
            self._move(self._presence_room)

    def tell(self, session: Session, event: Event) -> None:
        """Let one session alone see an event, after all that it reads of up to now."""
        # Under the id of the last event, behind which it is to stand.
        now = self._clock.seconds()
        session.add_reply(Entry(self.last_id, None, now, event, str(event).encode()))
        self._due[session] = None
        self._ask()

    def must_hold(self, session: Session) -> bool:
        """Whether reading on from this session could cost others what they have yet to read."""
        return (
            session.reply_bytes > REPLY_BYTES
            or self.last_id >= self._full_id
            or (self._history.total > self._full_total and self.last_id > self._read_id)
        )

    def hold(self, session: Session) -> None:
        """Let the session's connection resume reading after a round, once it need not be held."""
        self._held[session] = None
        self._ask()

    def drained(self, session: Session) -> None:
        """A connection that was full takes more again."""
        self._fall_behind(session)
        self._ask()

    def end(self, session: Session) -> None:
        """Let a session read what has happened up to now; then close its connection."""
        session.ends_at = self.last_id
        self._held.pop(session, None)
        self._due[session] = None
        self._ask()

    def forget(self, session: Session) -> None:
        """Give a session nothing more."""
        for room in session.user.rooms:
            room.readers.pop(session, None)
        for waiting in (self._due, self._behind, self._held):
            waiting.pop(session, None)

    def _ask(self) -> None:
        if self._round_timer is None:
            self._round_timer = self._clock.callLater(0, self._round)

    def _move(self, room: Room) -> None:
        self._moved[room] = None
        if self._round_timer is None:
            self._round_timer = self._clock.callLater(0, self._round)

    def _set_read_id(self, read_id: int) -> None:
        self._read_id = read_id
        self._full_id = read_id + self._history.events
        read_total = self._history.total_before(self.last_id - read_id)
        self._full_total = read_total + self._history.size - ROOM_TO_SPEAK

    def _fall_behind(self, session: Session) -> None:
        read_id = min(
            (
                entry.id - 1
                for room in session.user.rooms
                for entry in room.log.after(room.readers[session], most=1)
            ),
            default=self.last_id,
        )
        session.apart = True
        self._behind[session] = read_id
        if read_id < self._read_id:
            self._set_read_id(read_id)

    def _round(self) -> None:
        self._round_timer = None
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
        told_id = self.last_id if self._presence_room is None else self._told_id
        self._set_read_id(min((told_id, *self._behind.values())))
        if self._behind:
            self._ask()
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

    def _give(self, session: Session) -> int:
        unread: Unread = tuple(
            [
                (room, position)
                for room in session.user.rooms
                if (position := room.readers[session]) < room.log.head
            ]
        )
        if session.replies or session.ends_at is not None:
            now = self._clock.seconds()
            piece = cut(session.wording, now, unread, session.replies, session.ends_at)
            session.take_replies(piece.replies)
        elif unread:
            piece = self._slice(session.wording, unread)
        else:
            return 0
        for (room, _), position in zip(unread, piece.positions, strict=True):
            room.readers[session] = position
        self._write(session, piece)
        if session.ends_at is not None and not piece.more:
            self.forget(session)
            session.connection.close()
        return len(piece.data)

    def _write(self, session: Session, piece: Slice) -> None:
        session.apart = not session.connection.write(piece.data)
        if piece.more and not session.apart:
            self._fall_behind(session)

    def _slice(self, wording: Wording, unread: Unread) -> Slice:
        """The next slice for whoever has this to read; made once a round."""
        piece = self._slices.get((wording, unread))
        if piece is None:
            piece = cut(wording, self._clock.seconds(), unread)
            self._slices[wording, unread] = piece
        return piece
