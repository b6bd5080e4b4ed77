"""Admission: when there is more work than fits into a turn, the least served people go first."""

from __future__ import annotations

from enum import Enum, auto
from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING

from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.clock import Clock

    # Whether the rested go before it; the finish tags of its address and connection, as they were;
    # its number; and the call.
    _Place = tuple[bool, float, float, int, Callable[[], object]]

TURN_WITHIN = 0.0005  # seconds of work in a turn of the reactor; then nothing more is admitted
STRANGERS_WITHIN = 0.00005  # the same, while people talk, for strangers; one goes on in any case
# Nanoseconds of delivery, about, that a turn may cause; it is done after the turn.
TURN_CAUSES = 1_000_000
# Both bounds for those who were heard in a turn and have more: less, as others may have come.
MORE_WITHIN = 0.0001
MORE_CAUSES = 250_000
# Both bounds for the rested, who do not wait for the others.
RESTED_WITHIN = 0.002
RESTED_CAUSE = 4_000_000
# Bytes said in a turn that, with one more line, still fit into one write to each reader: a slice.
SAID = 8 * 1024
READS = 8  # reads of the store that may wait; beyond that, nothing more is admitted
ASK_EVERY = 0.0001  # seconds of a turn after which it is asked again whether there is time for more
TALK = 0.1  # seconds after the beginning of a commit in which people are taken to talk
ADMIT_EVERY = 0.05  # seconds of work after which one is admitted, however much there is to do
EVENT = 34  # bytes that an event counts besides its line: a write has at most 500 events
HANDED_ON = 4_000  # nanoseconds to keep an event, and to hand it on once that is done
# Nanoseconds to deliver a line to a reader who is written to anyway, and bytes that take one more.
DELIVERY, DELIVERED = 20, 4
# Nanoseconds to fill a write to one reader. That may be caused in any case, for each reader of the
# largest room: the writes themselves take longer, so with less in each, all would be told later.
FILLING = SAID // DELIVERED
OUT_OF_DATE = 100  # places in a queue, besides as many as there are calls that wait
ALONE = 50_000  # nanoseconds for a reader that is told something alone


class Rank(Enum):
    """Who is heard before others, if there is more than a turn of the reactor has time for."""

    RESTED = auto()  # people who have sent little lately
    OTHER = auto()
    STRANGER = auto()  # connections without a session, and input that is no line


class Share:
    """The server's time that a connection, an address or a port has had.

    finish: its finish tag: the virtual time, in nanoseconds of work, up to which it was served.
    """

    __slots__ = ("finish",)

    def __init__(self) -> None:
        self.finish = 0.0


class Admission:
    """Start-time fair queueing (Goyal, Vin and Cheng, 1996) of all that is asked for.

    All addresses get the same share of the server's time, and so do the connections of one address.
    What counts is work, not lines: a line to a thousand people costs more than a line to ten.

    schedule_turn: called when somebody waits; has `begin_turn` called in the reactor's next turn.
    is_committing: whether a commit runs, before whose end nothing more can be delivered.
    reads: the number of reads of the store that wait.
    open_until, rested_until: until then, in seconds by the steady clock, `admits` need not be asked
        for anybody, or for the rested.
    caused: nanoseconds, about, that all deliveries caused up to now take.
    behind: nanoseconds, about, that it takes to let the readers that are behind catch up.
    """

    def __init__(
        self,
        clock: Clock,
        schedule_turn: Callable[[], object],
        is_committing: Callable[[], bool],
        reads: Callable[[], int],
    ) -> None:
        self._seconds = clock.seconds
        self._turn = Stint(clock)
        self._schedule_turn = schedule_turn
        self.is_committing = is_committing
        self._reads = reads
        self._virtual_time = 0.0  # the start tag of what was done last
        self._is_begun = False  # whether something was done in this turn
        self._admit_at = 0.0  # when the next is admitted in any case
        self._now = 0.0  # the time of the last charge
        self._talk_until = 0.0
        self.open_until = self.rested_until = 0.0
        self.caused = 0.0  # soon too large for a quick integer
        self.behind = 0
        self._said = 0  # bytes said in this turn, about
        self._flushed = 0.0  # the part of `caused` that was on its way before this turn
        self._widest = 0  # the most readers of what was caused since
        # By call: its rank, the shares of its address and connection, and its number.
        self._waiting: dict[Callable[[], object], tuple[Rank, Share, Share, int]] = {}
        self._rested_waiting = 0  # calls of the rested
        self._number = 0  # of calls that have waited
        # Heaps; to put a crowd in order takes long. Some of the places are out of date.
        self._people: list[_Place] = []
        self._strangers: list[_Place] = []
        self._later: list[Callable[[], object]] | None = None  # come to wait in a turn's calls

    def cause(self, readers: int, size: int) -> None:
        """Count a delivery of some bytes to some readers."""
        self.caused += HANDED_ON + readers * (DELIVERY + size // DELIVERED)
        if readers > self._widest:
            self._widest = readers
        self._said += size + EVENT

    def cause_alone(self) -> None:
        """Count a delivery to one reader alone."""
        self.caused += ALONE

    def note_flushed(self, is_talk: bool) -> None:
        """Note that what was caused up to now is on its way, so that there is room for more.

        is_talk: whether the store takes time for some of it.
        """
        self._flushed = self.caused
        self._said = self._widest = 0
        if is_talk:
            self._talk_until = self._seconds() + TALK

    @property
    def is_talk(self) -> bool:
        """Whether people talk: lines wait for the store, or did so lately."""
        return self.is_committing() or self._seconds() < self._talk_until

    def admits(self, is_rested: bool, now: float | None = None) -> bool:
        """Whether something may be done at once: there is time in this turn, and nobody waits.

        is_rested: whether its sender has sent little lately. The rested go before all others, and
            some of the time is theirs alone.
        now: the time, if something was done that is not charged yet.
        """
        if not self._is_begun:
            self._begin(now)
            self._schedule_turn()
        if now is None:
            now = self._now
        if is_rested:
            if self._rested_waiting or self._is_over_for_rested(now):
                return False
            self.rested_until = now + ASK_EVERY
            return True
        if self._waiting or self._is_over(now):
            return False
        self.open_until = now + ASK_EVERY
        return True

    def charge(self, address: Share, connection: Share, later: float) -> None:
        """Charge the work since the last charge to a connection, and to its address.

        connection: the address itself where there is none.
        later: nanoseconds of work, about, that follow later.
        """
        if not self._is_begun:
            self._begin()
            self._schedule_turn()
        now = self._seconds()
        work = (now - self._now) * 1e9 + later
        self._now = now
        at = self._virtual_time
        if connection.finish < at:
            connection.finish = at
        if address.finish < at:
            address.finish = at
        self._virtual_time = address.finish
        connection.finish += work
        if address is not connection:
            address.finish += work

    def wait(
        self, call: Callable[[], object], address: Share, connection: Share, rank: Rank
    ) -> None:
        """Make a call when it is the turn of these shares; the rested go before all others."""
        self.forget(call)
        self.open_until = 0.0
        if rank is Rank.RESTED:
            self.rested_until = 0.0
            self._rested_waiting += 1
        self._number += 1
        self._waiting[call] = rank, address, connection, self._number
        if self._later is None:
            self._queue(call)
        else:
            self._later.append(call)
        self._schedule_turn()

    def _queue_all(self, calls: list[Callable[[], object]]) -> None:
        for call in calls:
            self._queue(call)

    def _queue(self, call: Callable[[], object]) -> None:
        waited = self._waiting.get(call)
        if waited is not None:
            queue = self._strangers if waited[0] is Rank.STRANGER else self._people
            heappush(queue, self._place_of(call))
            if len(queue) > OUT_OF_DATE + 2 * len(self._waiting):
                queue[:] = filter(self._is_taken, queue)
                heapify(queue)

    def _place_of(self, call: Callable[[], object]) -> _Place:
        rank, address, connection, number = self._waiting[call]
        return rank is not Rank.RESTED, address.finish, connection.finish, number, call

    def _is_taken(self, place: _Place) -> bool:
        """Whether somebody still waits there."""
        *_, number, call = place
        return call in self._waiting and self._waiting[call][3] == number

    def forget(self, call: Callable[[], object]) -> None:
        """Cancel a call of `wait`."""
        waited = self._waiting.pop(call, None)
        if waited is not None and waited[0] is Rank.RESTED:
            self._rested_waiting -= 1

    @property
    def is_crowded(self) -> bool:
        """Whether any but the rested wait for their turn."""
        return len(self._waiting) > self._rested_waiting

    @property
    def waiting(self) -> int:
        """The number of calls that wait for their turn."""
        return len(self._waiting)

    def begin_turn(self) -> bool:
        """Make the calls for which there is time: the rested first, then the least served.

        While people talk, strangers have little of it; those beyond that hold up nobody.

        Returns whether the next turn is to follow at once.
        """
        self._is_begun = False
        self.open_until = self.rested_until = 0.0
        if not self._waiting:
            return False
        self._begin()
        self._later = []
        try:
            self._make_calls()
        finally:
            later, self._later = self._later, None
            self._queue_all(later)
        return bool(self._waiting) and not self.is_committing()

    def _make_calls(self) -> None:
        is_first: bool | None = None  # which is made in any case
        is_restricted = is_shut = False  # for strangers, from the second on, while people talk
        while True:
            queue, place = self._people, self._first_of(self._people)
            stranger = None if is_shut else self._first_of(self._strangers)
            if stranger is not None and (place is None or stranger < place):
                queue, place = self._strangers, stranger
            if place is None:
                if not self._later or self._is_over_for_more():
                    break
                later, self._later = self._later, []
                self._queue_all(later)
                continue
            is_second, *_, call = place
            now = self._seconds()  # some are charged for nothing
            if is_first is None:
                is_first = not is_second or self._now >= self._admit_at
            if not is_first and (self._is_over if is_second else self._is_over_for_rested)(now):
                break
            if place is stranger:
                if is_restricted and self._turn.is_longer(STRANGERS_WITHIN, now):
                    is_shut = True
                    continue
                is_restricted = self.is_talk
            heappop(queue)
            self.forget(call)
            is_first = False
            self._admit_at = self._now + ADMIT_EVERY
            call()

    def _first_of(self, queue: list[_Place]) -> _Place | None:
        """The first place of a heap, once those before it that are out of date are put right."""
        while queue:
            place = queue[0]
            if not self._is_taken(place):
                heappop(queue)
            elif self._waiting[place[4]][1].finish > place[1]:
                heapreplace(queue, self._place_of(place[4]))  # others of its address were admitted
            else:
                return place
        return None

    def _begin(self, now: float | None = None) -> None:
        self._now = self._turn.begin(now)
        self._is_begun = True

    def _is_over_for_rested(self, now: float) -> bool:
        return (
            self._said > 4 * SAID
            or self.caused > self._flushed + self._widest * FILLING + RESTED_CAUSE
            or self._turn.is_longer(RESTED_WITHIN, now)
        )

    def _is_over_for_more(self) -> bool:
        caused = self.caused - self._flushed
        return caused > self._widest * FILLING + MORE_CAUSES or self._turn.is_over(MORE_WITHIN)

    def _is_over(self, now: float) -> bool:
        caused = self.caused - self._flushed
        return (
            self._turn.is_over(TURN_WITHIN, now)
            # With more than two slices, a crowd would fall behind, which takes far longer.
            or (self._said > 4 * SAID and caused > TURN_CAUSES // 4)
            or caused > self._widest * FILLING + TURN_CAUSES
            or self.behind > TURN_CAUSES
            or self._reads() > READS
        )
