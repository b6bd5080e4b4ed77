"""Commits: the store keeps events before anybody sees them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry
from chatsvc.chat.logs.memory import memory_of
from chatsvc.events.speech import Spoken
from chatsvc.histogram import Histogram
from chatsvc.store import Stored, StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from chatsvc.chat.logs.room import Reader, Room
    from chatsvc.clock import Clock, Spawn
    from chatsvc.events.event import Event
    from chatsvc.store import Store

    Run = tuple[Room, list[Entry]]  # entries that came one after the other in the same room

_WRONG = "something went wrong at the server"  # with the report of the bug, if it is known
_new = tuple.__new__


class Commits:
    """A group commit: events go to the store together, then to the logs of their rooms.

    Events that are appended while a commit runs are committed together after it.

    last_id: the id of the newest event.
    done_id: the id of the newest event that is committed.
    bytes: of memory that the events appended since the last commit take.
    times: how long commits took that the store did not make at once.
    committed: called with each run of entries that may be read now.
    refused: called with each event that could not be kept, its speaker, and the reason.
    done: called when a commit that took time is over, and all its events were handed on.
    """

    def __init__(
        self,
        clock: Clock,
        store: Store,
        spawn: Spawn,
        committed: Callable[[Room, list[Entry]], object],
        refused: Callable[[Entry, Reader, str], object],
        done: Callable[[], object],
    ) -> None:
        self.last_id = 0
        self.done_id = 0
        self.bytes = 0
        self.times = Histogram()
        self._clock = clock
        self._store = store
        self._spawn = spawn
        self._committed = committed
        self._refused = refused
        self._done = done
        self._pending: list[Run] = []
        self._running: list[Run] = []  # those of the running commit
        self._room: Room | None = None  # of the last run
        self._run: list[Entry] = []  # the last run
        self._speakers: dict[int, Reader] = {}  # by the ids of what they said
        self._then: dict[int, Callable[[int], None]] = {}  # by the ids of events
        self._calls: list[tuple[int, Callable[[], object]]] = []  # with the id each waits for

    @property
    def last_at(self) -> float:
        """The time of the newest event."""
        return self._run[-1].at

    def append(
        self,
        room: Room,
        event: Event,
        speaker: Reader | None,
        then: Callable[[int], None] | None = None,
    ) -> int:
        """Append an event, and return the bytes of its line.

        speaker: the reader to tell if it cannot be kept.
        then: called with its id once it was handed on, before anything after it; with 0 if it could
            not be kept.
        """
        self.last_id = entry_id = self.last_id + 1
        line = str(event).encode()
        # Every line that anybody says passes here, and Entry(...) takes twice the time.
        entry = _new(Entry, (entry_id, room.log, self._clock.now(), event, line, ""))
        if room is self._room:
            self._run.append(entry)
        else:
            self._room = room
            self._run = [entry]
            self._pending.append((room, self._run))
        self.bytes += memory_of(line)
        if speaker is not None:
            self._speakers[entry_id] = speaker
        if then is not None:
            self._then[entry_id] = then
        return len(line)

    def skip(self, number: int) -> int:
        """Skip some ids, for other uses, and return the first."""
        first = self.last_id + 1
        self.last_id += number
        if not (self._running or self._pending):
            self.done_id = self.last_id
        return first

    def is_running(self) -> bool:
        """Whether something is being committed."""
        return bool(self._running)

    def after(self, call: Callable[[], object]) -> bool:
        """Make a call once everything up to now is committed; returns whether that was at once."""
        if self.done_id == self.last_id:
            call()
            return True
        self._calls.append((self.last_id, call))
        return False

    def pending(self, room: Room) -> int:
        """The number of a room's events that are not committed."""
        return sum([len(run) for each, run in (*self._running, *self._pending) if each is room])

    def flush(self, is_crowded: bool) -> bool:
        """Commit what was appended, unless a commit runs; returns whether the store takes time.

        is_crowded: whether strangers wait for their turn; then the store has the processor first.
        """
        if self._running or not self._pending:
            return bool(self._running)
        batch, self._pending, self._room = self._pending, [], None
        speakers, self._speakers = self._speakers, {}
        self.bytes = 0
        said = _to_be_kept(batch) if speakers else []
        committing = self._store.append(said) if said else None
        if committing is None:
            self._end(self.last_id, batch, ())
            return False
        self._running = batch
        self._spawn(self._commit(committing, self.last_id, batch, said, speakers))
        if is_crowded:
            self._store.give_way()  # which may well end it
        return True

    async def _commit(
        self,
        committing: Awaitable[None],
        last_id: int,
        batch: list[Run],
        said: list[Stored],
        speakers: dict[int, Reader],
    ) -> None:
        began = self._clock.seconds()
        lost: dict[int, str] | None = None
        try:
            await committing
            lost = {}
        except StoreError as error:
            lost = dict.fromkeys([each.id for each in said], str(error))
        except Exception as error:
            lost = await self._keep_others(said, f"{_WRONG} ({self._spawn.report(error)})")
        finally:
            if lost is None:
                lost = dict.fromkeys([each.id for each in said], _WRONG)
            refused: list[tuple[Entry, Reader, str]] = []
            if lost:
                refused = [
                    (entry, speakers[entry.id], lost[entry.id])
                    for _, run in batch
                    for entry in run
                    if entry.id in lost
                ]
                kept = [
                    (room, [each for each in run if each.id not in lost]) for room, run in batch
                ]
                batch = [(room, run) for room, run in kept if run]
            self.times.note(self._clock.seconds() - began)
            self._end(last_id, batch, refused)
            self._done()

    async def _keep_others(self, said: list[Stored], wrong: str) -> dict[int, str]:
        """Store as much as possible of a batch that has made the store fail.

        A binary search finds the message at fault: nobody is to lose a line because of somebody
        else's.

        wrong: the reason for those that make it fail.

        Returns the ids of the messages that were not kept, with the reasons.
        """
        lost: dict[int, str] = {}
        gone: Counter[str] = Counter()  # by room: how many positions the others move up
        pieces = _halves(said)
        while pieces:
            piece = pieces.pop()
            moved = [each._replace(position=each.position - gone[each.room]) for each in piece]
            why = wrong
            try:
                if len(piece) < len(said):
                    keeping = self._store.append(moved)
                    if keeping is not None:
                        await keeping
                    continue
            except StoreError as error:
                why = str(error)
            except Exception:
                if len(piece) > 1:
                    pieces += _halves(piece)
                    continue
            lost.update(dict.fromkeys([each.id for each in piece], why))
            gone.update([each.room for each in piece])
        return lost

    def _end(
        self, last_id: int, batch: list[Run], refused: Sequence[tuple[Entry, Reader, str]]
    ) -> None:
        self._running = []
        self.done_id = last_id if self._pending else self.last_id  # some may have been skipped
        for room, entries in batch:
            start = 0
            if self._then:
                for number, entry in enumerate(entries, 1):
                    then = self._then.pop(entry.id, None)
                    if then is not None:
                        self._committed(room, entries[start:number])
                        start = number
                        then(entry.id)
            if start < len(entries):
                self._committed(room, entries[start:])
        for entry, speaker, why in refused:
            refused_then = self._then.pop(entry.id, None)
            if refused_then is not None:
                refused_then(0)
            self._refused(entry, speaker, why)
        while self._calls and self._calls[0][0] <= self.done_id:
            self._calls.pop(0)[1]()


def _halves(said: list[Stored]) -> list[list[Stored]]:
    """The later and the earlier half; a single message is not split."""
    middle = len(said) // 2
    return [said[middle:], said[:middle]] if middle else [said]


def _to_be_kept(batch: list[Run]) -> list[Stored]:
    heads: dict[Room, int] = {}
    said: list[Stored] = []
    for room, run in batch:
        head = heads.get(room, room.log.head)
        heads[room] = head + len(run)
        key = room.key
        if key is not None:
            said += [
                _new(
                    Stored,
                    (
                        entry_id, key, position, at, type(event).__name__, event.speaker,
                        event.text, event.nonce, event.account, event.reply_to,
                    ),
                )
                for position, (entry_id, _, at, event, _, _) in enumerate(run, head + 1)
                if isinstance(event, Spoken)
            ]  # fmt: skip
    return said
