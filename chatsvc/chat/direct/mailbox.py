"""Direct messages to people who are not here: they wait until those come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatsvc.errors import ChatError
from chatsvc.store import VALUE_BYTES, Conflict, Record

if TYPE_CHECKING:
    from collections.abc import Collection

    from chatsvc.clock import Clock
    from chatsvc.store import Store

MOST = 100  # messages that wait for one person
MOST_FROM_ONE = 20  # of those
KEPT_FOR = 30 * 86400.0  # seconds
_RECORD = "waiting/"

Message = tuple[float, str, str]  # when it was said, by whom, and what


class Waiting:
    """Keeps direct messages to accounts whose owners are not here, in the store.

    All of it raises StoreError.
    """

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store
        self._oldest: dict[str, float] = {}  # by the names of those for whom something waits

    async def open(self) -> None:
        """Look for whom something waits."""
        for name, record in (await self._store.records(_RECORD)).items():
            self._oldest[name.removeprefix(_RECORD)] = _messages(record)[0][0]

    async def leave(self, speaker: str, name: str, text: str) -> None:
        """Have a message wait for somebody. Raises ChatError when too many do."""
        while True:
            record = await self._record(name)
            messages = self._fresh(record)
            if len(messages) >= MOST:
                raise ChatError(f"{MOST} messages wait for {name}, which is the most.")
            if sum([each[1] == speaker for each in messages]) >= MOST_FROM_ONE:
                raise ChatError(f"{MOST_FROM_ONE} messages of yours wait for {name}: the most.")
            messages.append((self._clock.now(), speaker, text))
            value = json.dumps(messages)
            if len(value) > VALUE_BYTES:
                raise ChatError(f"Too much waits for {name}.")
            try:
                await self._store.put(_RECORD + name, value, record.version)
            except Conflict:
                continue  # somebody else has written meanwhile
            self._oldest[name] = messages[0][0]
            return

    async def messages(self, name: str) -> list[Message]:
        """What waits for somebody, oldest first."""
        return _messages(await self._record(name)) if name in self._oldest else []

    async def delete(self, name: str, read: Collection[int]) -> None:
        """Delete some of what waits for somebody, by the hashes of the messages."""
        while name in self._oldest:
            record = await self._record(name)
            left = [each for each in _messages(record) if hash(each) not in read]
            if not left:
                await self._delete(name, record)
                return
            try:
                await self._store.put(_RECORD + name, json.dumps(left), record.version)
            except Conflict:
                continue  # there is more by now
            self._oldest[name] = left[0][0]
            return

    async def forget(self, name: str) -> int:
        """Delete what waits for somebody; how many messages that were."""
        number = 0
        while name in self._oldest:
            record = await self._record(name)
            number = len(_messages(record))
            await self._delete(name, record)
        return number

    async def forget_old(self) -> None:
        """Delete what has waited for too long."""
        before = self._clock.now() - KEPT_FOR
        for name in [name for name, oldest in self._oldest.items() if oldest < before]:
            record = await self._record(name)
            messages = self._fresh(record)
            if not messages:
                await self._delete(name, record)
                continue
            try:
                await self._store.put(_RECORD + name, json.dumps(messages), record.version)
            except Conflict:
                continue  # the next time
            self._oldest[name] = messages[0][0]

    async def _delete(self, name: str, record: Record) -> None:
        """Delete what waits for somebody, unless there is more by now."""
        try:
            await self._store.put(_RECORD + name, None, record.version)
        except Conflict:
            return
        self._oldest.pop(name, None)

    async def _record(self, name: str) -> Record:
        return await self._store.record(_RECORD + name) or Record("[]", 0)

    def _fresh(self, record: Record) -> list[Message]:
        before = self._clock.now() - KEPT_FOR
        return [each for each in _messages(record) if each[0] >= before]


def _messages(record: Record) -> list[Message]:
    return [(at, speaker, text) for at, speaker, text in json.loads(record.value)]
