"""Commits: what happens is kept by the store before anybody sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.events import Spoken
from chatsvc.chat.history import ENTRY_BYTES
from chatsvc.chat.log import Entry
from chatsvc.store import Stored, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from chatsvc.chat.clock import Clock
    from chatsvc.chat.events import Event
    from chatsvc.chat.room import Room
    from chatsvc.chat.sessions import Session
    from chatsvc.store import Store

    # Runs a coroutine, at once as far as that does not wait; logs what it raises.
    Spawn = Callable[[Coroutine[object, object, None]], object]


class Commits:
    """What has happened and is not committed; in its order it goes to the store, then to the rooms.

    While a commit runs, more may be appended; that is committed together when it is over.

    last_id: the id of the newest event.
    done_id: the id of the newest event that is committed.
    bytes: what the events that are not committed take.
    committed: called with what may be read now, and with each event that could not be kept,
        whoever said it, and why.
    """

    def __init__(
        self,
        clock: Clock,
        store: Store,
        spawn: Spawn,
        committed: Callable[[list[Entry], Sequence[tuple[Entry, Session, str]]], None],
    ) -> None:
        self.last_id = 0
        self.done_id = 0
        self.bytes = 0
        self._clock = clock
        self._store = store
        self._spawn = spawn
        self._committed = committed
        self._pending: list[Entry] = []
        self._speakers: dict[int, Session] = {}  # by the ids of what they said
        self._is_running = False

    def append(self, room: Room, event: Event, speaker: Session | None) -> None:
        """Put an event behind the others.

        speaker: who is told if it cannot be kept.
        """
        self.last_id = entry_id = self.last_id + 1
        line = str(event).encode()
        self._pending.append(Entry(entry_id, room, self._clock.seconds(), event, line))
        self.bytes += len(line) + ENTRY_BYTES
        if speaker is not None:
            self._speakers[entry_id] = speaker

    def flush(self) -> None:
        """Commit what there is, unless a commit runs."""
        if self._is_running or not self._pending:
            return
        batch, self._pending = self._pending, []
        speakers, self._speakers = self._speakers, {}
        self.bytes = 0
        said = _to_be_kept(batch) if speakers else []
        if said:
            self._is_running = True
            self._spawn(self._commit(batch, said, speakers))
        else:
            self.done_id = batch[-1].id
            self._committed(batch, ())

    async def _commit(
        self, batch: list[Entry], said: list[Stored], speakers: dict[int, Session]
    ) -> None:
        last_id = batch[-1].id
        refused: list[tuple[Entry, Session, str]] = []
        why = "something went wrong at the server"
        try:
            await self._store.append(said)
            why = ""
        except StoreError as error:
            why = str(error)
        finally:
            # A mistake in the store is logged, and nothing stops because of it.
            if why:
                lost = {stored.id for stored in said}
                refused = [(entry, speakers[entry.id], why) for entry in batch if entry.id in lost]
                batch = [entry for entry in batch if entry.id not in lost]
            self._is_running = False
            self.done_id = last_id
            self._committed(batch, refused)


def _to_be_kept(batch: list[Entry]) -> list[Stored]:
    heads: dict[Room, int] = {}
    said = []
    last: Room | None = None
    head, key = 0, None
    for entry_id, room, at, event, _ in batch:
        if room is not last:
            assert room is not None
            if last is not None:
                heads[last] = head
            head = heads.get(room, room.log.head)
            last, key = room, room.key
        head += 1
        if isinstance(event, Spoken) and key is not None:
            kind = type(event).__name__
            said.append(Stored(entry_id, key, head, at, kind, event.speaker, event.text))
    return said
