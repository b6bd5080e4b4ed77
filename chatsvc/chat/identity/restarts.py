"""Snapshots of people in the store, so that tokens work after a restart."""

from __future__ import annotations

import json
from math import inf
from typing import TYPE_CHECKING, Any

from chatsvc.chat.keeping.records import Records
from chatsvc.clock import Turns
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chatsvc.chat.people.user import User
    from chatsvc.clock import Clock, Spawn
    from chatsvc.store import Store

AT_ONCE = 5  # records stored before others have their turn
MOST_SNAPSHOTS = 20_000  # records; other kinds have to fit into the store, too
RESTORED_WITHIN = 86400.0  # seconds of downtime, after which nobody is restored


class Snapshots:
    """Stores where each person is, in a record under the person's given name.

    Records go to the store one at a time, so that messages never wait for many of them. A record
    that waits has the latest changes.

    facts: returns what to store about a person, as JSON values; None for nothing.
    before: first stores what the record depends on.
    """

    def __init__(
        self,
        clock: Clock,
        store: Store,
        spawn: Spawn,
        facts: Callable[[User], dict[str, Any] | None],
        before: Callable[[User], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._turns = Turns(clock)  # its own, so that costly commands delay nobody who resumes
        self._spawn = spawn
        self._facts = facts
        self._before = before
        self._records = Records(store, "place/")
        self._alive = Records(store, "alive")
        self._kept: dict[str, str] = {}  # stored values, by given name
        self._due: dict[User, list[Callable[[], object]]] = {}  # people to store, with callbacks
        self._failed: dict[User, None] = {}  # people whose record could not be stored
        self._is_keeping = False

    def __len__(self) -> int:
        return len(self._kept)

    async def open(self) -> dict[str, dict[str, Any]]:
        """Load the records, by given name; none after a long downtime. Raises StoreError."""
        now = self._clock.now()
        ended_at = float((await self._alive.open()).get("", now))
        self._kept = await self._records.open()
        await self.note_alive()
        if now - ended_at > RESTORED_WITHIN:
            for given in list(self._kept):
                await self._records.put(given, None)
            self._kept.clear()
        return {given: json.loads(value) for given, value in self._kept.items()}

    def keep(self, user: User, then: Callable[[], object] | None = None) -> None:
        """Store a snapshot of a person soon.

        then: called when that is done, or has failed.
        """
        calls = self._due.setdefault(user, [])
        if then is not None:
            calls.append(then)
        if not self._is_keeping:
            self._spawn(self._keep_all())

    def keep_failed(self) -> None:
        """Retry the snapshots that could not be stored."""
        failed, self._failed = self._failed, {}
        for user in failed:
            self.keep(user)

    async def close(self) -> None:
        """Store the snapshots that are due, before the store is closed. Raises StoreError."""
        self.keep_failed()
        await self._keep_all(inf)  # others have nothing to do any more
        await self.note_alive()

    async def note_alive(self) -> None:
        """Store the time, as a sign that the server runs. Raises StoreError."""
        await self._alive.keep("", lambda: str(self._clock.now()))

    async def _keep_all(self, at_once: float = AT_ONCE) -> None:
        self._is_keeping = True
        kept = 0
        try:
            while self._due:
                kept += 1
                if kept % at_once == 0:
                    await self._turns.pause()
                user = next(iter(self._due))
                calls = self._due.pop(user)
                try:
                    await self._keep(user)
                except StoreError:
                    self._failed[user] = None
                for call in calls:
                    call()
        finally:
            self._is_keeping = False

    async def _keep(self, user: User) -> None:
        if self._facts(user) is not None:
            await self._before(user)
        facts = self._facts(user)
        value = self._kept.get(user.given_name)
        if facts is None:
            if value is not None:
                await self._records.put(user.given_name, None)
                del self._kept[user.given_name]
            return
        now = json.dumps(facts)
        if now != value and (value is not None or len(self._kept) < MOST_SNAPSHOTS):
            await self._records.put(user.given_name, now)
            self._kept[user.given_name] = now
