"""Snapshots: values that take several turns, or the store, to find out before a reading."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatsvc.clock import Turns
from chatsvc.door.shared import Shared
from chatsvc.metrics import process
from chatsvc.store import StoreError, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatsvc.chat.chat import Chat
    from chatsvc.door.entrance import Entrance
    from chatsvc.metrics.process import Process
    from chatsvc.store import Store

GOOD_FOR = 1.0  # seconds for which a snapshot is reused
USAGE_WITHIN = 1.0  # seconds for the store to report its usage, which is left out after that
AT_ONCE = 500  # connections counted before others have their turn


@dataclass(frozen=True, slots=True)
class Watched:
    """The sources of the metrics.

    entrance: the state that all doors share.
    journal: the number of events of each kind that were written into the journal.
    certificate_ends: when the first certificate expires, in seconds since the epoch; None without
        TLS.
    """

    chat: Chat
    store: Store
    entrance: Entrance
    journal: Mapping[str, int]
    certificate_ends: Callable[[], float | None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The values that were found out, and their sources.

    started_at: when the process began, in seconds since the epoch; None if unknown.
    connections: the number of connections of each kind; see `Channel.kind`.
    stalled: the number of connections that take no more for now.
    reply_bytes: the bytes of memory that replies to all of them take.
    usage: how much the store uses; None if it has no disk, or does not say.
    texts: the metrics as they were shown, by their media type.
    """

    watched: Watched
    started_at: float | None
    process: Process
    connections: Mapping[str, int]
    stalled: int
    reply_bytes: int
    usage: Usage | None
    texts: dict[str, bytes] = field(default_factory=dict)


class Snapshots:
    """Takes snapshots, one at a time for all who ask."""

    def __init__(self, watched: Watched) -> None:
        clock, spawn = watched.chat.clock, watched.chat.spawn
        self._watched = watched
        self._turns = Turns(clock)
        self._started_at = process.started_at()
        self._usage = Shared(clock, spawn, watched.store.usage, GOOD_FOR)
        self._shared = Shared(clock, spawn, self._take, GOOD_FOR)

    async def get(self, within: float) -> Snapshot:
        """One of the last second. Raises TimeoutError after some seconds."""
        return await self._shared.get(within)

    async def _take(self) -> Snapshot:
        usage: Usage | None = None
        with suppress(StoreError, TimeoutError):
            usage = await self._usage.get(USAGE_WITHIN)
        connections: Counter[str] = Counter()
        stalled = reply_bytes = 0
        async for session in self._turns.slowly(list(self._watched.chat.sessions), AT_ONCE):
            connections[session.connection.kind] += 1
            stalled += session.is_lagging
            reply_bytes += session.reply_bytes
        taken = await process.look(self._turns)
        return Snapshot(
            self._watched, self._started_at, taken, connections, stalled, reply_bytes, usage
        )
