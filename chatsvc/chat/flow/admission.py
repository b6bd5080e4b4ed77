"""Admission: when more is asked for than fits into a turn, whoever has had least goes first."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TURN_WITHIN = 0.002  # seconds of work in a turn of the reactor; then nothing more is admitted
# Nanoseconds that it takes to deliver what a turn may cause, about: that is done after the turn.
TURN_CAUSES = 2_000_000
# The same for the rested, who are not kept waiting for the others.
RESTED_WITHIN = 0.02
RESTED_CAUSE = 16_000_000
# The same where that is more than each reader is given in one write: the rest takes other turns.
TURN_CAUSES_IN_PIECES = 1_000_000
# Bytes said in a turn; with one more line, each reader is given them in one write: a slice.
SAID = 8 * 1024
READS = 8  # of the store that may wait; more are not asked for meanwhile
ANYWAY_EVERY = 0.05  # seconds of work; so often one is admitted however much there is to do
EVENT = 34  # bytes as which each event counts besides its line: a write has no more than 500
DELIVERY = 100  # nanoseconds for each line and reader, and one more for each byte
ALONE = 50_000  # nanoseconds for each reader that is told something alone


class Share:
    """What a connection, an address or a port has had of the server's time.

    had: up to which point of the admission's own time, which goes by nanoseconds of work.
    """

    __slots__ = ("had",)

    def __init__(self) -> None:
        self.had = 0.0


class Admission:
    """Start-time fair queueing (Goyal, Vin and Cheng, 1996) of all that is asked for.

    Addresses share the server's time alike, and so do the connections of each of them. The measure
    is the work that was done, not the lines that came: those who speak to a thousand people have
    more of it than those who speak to ten.

    seconds: the time.
    busy: seconds for which this thread has worked. A machine that has other things to do does not
        make turns shorter. To ask takes long: it is done once a turn, and when that seems over.
    ask: called when somebody waits, to have `begin_turn` called in the next turn of the reactor.
    is_committing: whether what was said is being committed, before which no more can be delivered.
    reads: the number of reads of the store that wait.
    caused: nanoseconds that all deliveries take that were asked for up to now, about.
    behind: nanoseconds that it takes to give what they have to read to those who are behind, about.
    """

    def __init__(
        self,
        seconds: Callable[[], float],
        busy: Callable[[], float],
        ask: Callable[[], object],
        is_committing: Callable[[], bool],
        reads: Callable[[], int],
    ) -> None:
        self._seconds = seconds
        self._busy = busy
        self._ask = ask
        self._is_committing = is_committing
        self._reads = reads
        self._at = 0.0  # the point of that time from which on those have more who have waited
        self._turn_ends = 0.0  # 0 until something is done in this turn
        self._busy_before = 0.0  # the turn
        self._anyway_at = 0.0  # when somebody is admitted in any case
        self._now = 0.0  # when something was charged last
        self.caused = 0
        self.behind = 0
        self._said = 0  # bytes that were said in this turn, about
        self._flushed = 0  # of those, what was on its way before this turn
        # By the calls to be made: whether it is for others than the rested, and the shares.
        self._waiting: dict[Callable[[], object], tuple[bool, Share, Share]] = {}
        self._rested = 0  # who wait

    def cause(self, readers: int, size: int) -> None:
        """Something is to be delivered, of so many bytes, to so many readers."""
        self.caused += readers * (DELIVERY + size)
        self._said += size + EVENT

    def cause_alone(self) -> None:
        """One reader is to be told something that the others are not."""
        self.caused += ALONE

    def note_flushed(self) -> None:
        """What was caused up to now goes its way: more may be."""
        self._flushed = self.caused
        self._said = 0

    def admits(self, is_rested: bool) -> bool:
        """Whether something may be done at once, as there is time in this turn and nobody waits.

        is_rested: whether those for whom it is done have sent little of late. They are before all
            others, and some of the time is for them alone.
        """
        if not self._turn_ends:
            self._begin()
            self._ask()
        if not is_rested:
            return not (self._waiting or self._is_over())
        return not (
            self._rested
            or self._is_late(RESTED_WITHIN)
            or self.caused - self._flushed > RESTED_CAUSE
            or self._said > 4 * SAID
        )

    def charge(self, whole: Share, part: Share, later: float) -> None:
        """Something was done. What it took is measured.

        later: nanoseconds that it takes later on, about.
        whole: of the address.
        part: of the connection, in that; the same where there is none.
        """
        if not self._turn_ends:
            self._begin()
            self._ask()
        now = self._seconds()
        work = (now - self._now) * 1e9 + later
        self._now = now
        at = self._at
        part.had = max(part.had, at) + work
        if whole is not part:
            self._at = max(whole.had, at)
            whole.had = self._at + work
        else:
            self._at = max(at, part.had - work)

    def wait(self, call: Callable[[], object], whole: Share, part: Share, is_rested: bool) -> None:
        """Make a call when it is the turn of whoever has these shares.

        is_rested: as in `admits`.
        """
        self.forget(call)
        self._waiting[call] = not is_rested, whole, part
        self._rested += is_rested
        self._ask()

    def forget(self, call: Callable[[], object]) -> None:
        """Make it no more, if it was to be made."""
        waited = self._waiting.pop(call, None)
        if waited is not None:
            self._rested -= not waited[0]

    def begin_turn(self) -> bool:
        """Make the calls for which there is time: of the rested first, and who have had least.

        Whether the next turn is to follow at once.
        """
        self._turn_ends = 0.0
        if not self._waiting:
            return False
        self._begin()
        queue = [
            (is_tired, whole.had, part.had, number, call)
            for number, (call, (is_tired, whole, part)) in enumerate(self._waiting.items())
        ]
        heapify(queue)
        is_first = not queue[0][0] or self._now >= self._anyway_at  # and goes on in any case
        while queue and (is_first or not self._is_over()):
            is_tired, had, _, number, call = heappop(queue)
            if call not in self._waiting:
                continue
            _, whole, part = self._waiting[call]
            if whole.had > had and queue and (is_tired, whole.had) > queue[0][:2]:
                # Others of its address were admitted before it.
                heappush(queue, (is_tired, whole.had, part.had, number, call))
                continue
            self.forget(call)
            is_first = False
            self._anyway_at = self._now + ANYWAY_EVERY
            call()
        return bool(self._waiting) and not self._is_committing()

    def _begin(self) -> None:
        self._now = self._seconds()
        self._turn_ends = self._now + TURN_WITHIN
        self._busy_before = self._busy()

    def _is_late(self, within: float) -> bool:
        """Whether this thread has worked for more than so many seconds in this turn."""
        if self._now <= self._turn_ends - TURN_WITHIN + within:
            return False
        worked = self._busy() - self._busy_before
        self._turn_ends = self._now - worked + TURN_WITHIN
        return worked > within

    def _is_over(self) -> bool:
        caused = self.caused - self._flushed
        return (
            self._is_late(TURN_WITHIN)
            or caused > TURN_CAUSES
            or (caused > TURN_CAUSES_IN_PIECES and self._said > SAID)
            or self.behind > TURN_CAUSES
            or self._reads() > READS
        )
