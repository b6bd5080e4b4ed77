"""Visits: who came from which address lately, for operators only."""

from __future__ import annotations

import json
from array import array
from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.chat.keeping.records import Records
from chatsvc.store import Conflict, StoreError
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import LONGEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

    from chatsvc.clock import Clock, Turns
    from chatsvc.store import Store

PAGE = 100  # visits in one record
MOST_PAGES = 1000  # the oldest are deleted first
MOST_NEW = 20_000  # visits that wait for the store; the oldest are forgotten first

Visit = tuple[float, str, str]  # time, name and address


class _Columns:
    """Visits, oldest first, in columns: as tuples they would take four times the memory."""

    def __init__(self) -> None:
        self._times = array("d")
        self._names: list[str] = []
        self._addresses: list[str] = []

    def __len__(self) -> int:
        return len(self._times)

    def add(self, at: float, name: str, address: str) -> None:
        """Append a visit."""
        self._times.append(at)
        self._names.append(name)
        self._addresses.append(address)

    def take(self, number: int) -> list[Visit]:
        """Remove the oldest visits, and return them.

        number: how many.
        """
        columns = self._times, self._names, self._addresses
        visits = list(zip(*[column[:number] for column in columns], strict=True))
        for column in columns:
            del column[:number]
        return visits

    def put_back(self, visits: list[Visit]) -> None:
        """Put visits back that were taken."""
        self._times[:0] = array("d", [at for at, _, _ in visits])
        self._names[:0] = [name for _, name, _ in visits]
        self._addresses[:0] = [address for _, _, address in visits]


class Visits:
    """The visits of the last `seconds`, in records of one page each.

    seconds: how long visits are kept.

    Methods that wait for the store raise StoreError.
    """

    def __init__(self, clock: Clock, store: Store, turns: Turns, seconds: float) -> None:
        self._clock = clock
        self._records = Records(store, "seen/")
        self._turns = turns
        self._seconds = seconds
        self._new = _Columns()
        self._pages: dict[str, float] = {}  # the time of each page's newest visit
        self._number = 0

    async def open(self) -> None:
        """Load the pages from the store."""
        for page, value in sorted((await self._records.open()).items()):
            self._pages[page] = _visits(value)[-1][0]
            self._number = int(page)

    def note(self, name: str, address: str | None) -> None:
        """Note an arrival, or a change of name."""
        if address is not None and self._seconds > 0:
            self._new.add(self._clock.now(), name, address)
            if len(self._new) > MOST_NEW:
                self._new.take(MOST_NEW // 10)

    async def of(self, name: str) -> dict[str, float]:
        """The addresses of a name, each with the time of its last visit."""
        found: dict[str, float] = {}
        async for at, _, address in self.all_of(name):
            found[address] = max(at, found.get(address, 0.0))
        return found

    async def all_of(self, name: str) -> AsyncIterator[Visit]:
        """The visits under a name, oldest first."""
        await self.keep()
        look = skeleton(name[:LONGEST])
        async for page in self._turns.slowly(list(self._pages), 1):
            record = await self._records.get(page)
            for visit in _visits(record.value) if record is not None else ():
                if skeleton(visit[1]) == look:
                    yield visit

    async def forget(self, name: str, addresses: Collection[str] | None = None) -> int:
        """Delete the visits under a name, and return their number.

        addresses: only from these; None for all.
        """
        look = skeleton(name[:LONGEST])

        def kept(visit: Visit) -> Visit | None:
            is_kept = addresses is not None and visit[2] not in addresses
            return visit if is_kept or skeleton(visit[1]) != look else None

        return await self._change(kept)

    async def rename(self, name: str, new: str) -> None:
        """Move the visits under a name to another name."""
        look = skeleton(name[:LONGEST])
        await self._change(
            lambda visit: (visit[0], new, visit[2]) if skeleton(visit[1]) == look else visit
        )

    async def _change(self, change: Callable[[Visit], Visit | None]) -> int:
        """Change or delete visits, and return how many were deleted."""
        await self.keep()
        number = 0
        async for page in self._turns.slowly(list(self._pages), 1):
            number += await self._change_page(page, change)
        return number

    async def _change_page(self, page: str, change: Callable[[Visit], Visit | None]) -> int:
        while True:
            record = await self._records.get(page)
            visits = _visits(record.value) if record is not None else []
            changed = [visit for visit in map(change, visits) if visit is not None]
            try:
                if record is not None and changed != visits:
                    await self._put(page, changed, record.version)
            except Conflict:
                continue  # another call has changed it meanwhile
            return len(visits) - len(changed)

    async def keep(self) -> None:
        """Store the new visits, and delete the old ones."""
        is_first = True
        while len(self._new):
            if not is_first:
                await self._turns.pause()
            is_first = False
            visits = self._new.take(PAGE)
            self._number += 1
            try:
                await self._put(f"{self._number:012}", visits)
            except StoreError:
                self._new.put_back(visits)
                raise
        before = self._clock.now() - self._seconds
        for page, newest in list(self._pages.items()):
            if newest < before or len(self._pages) > MOST_PAGES:
                with suppress(Conflict):  # the next time
                    await self._put(page, [])

    async def _put(self, page: str, visits: list[Visit], version: int | None = None) -> None:
        value = json.dumps(visits, ensure_ascii=False) if visits else None
        await self._records.put(page, value, version)
        if visits:
            self._pages[page] = visits[-1][0]
        else:
            self._pages.pop(page, None)


def _visits(text: str) -> list[Visit]:
    return [(at, name, address) for at, name, address in json.loads(text)]
