"""Records of one kind in the store, with their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from chatsvc.store import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.store import Record, Store

Value = TypeVar("Value", bound="str | None")


class Records:
    """The records of one kind, by name.

    kind: the prefix of their names in the store, or the full name of a single record.

    Methods that wait for the store raise StoreError.
    """

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind
        self._versions: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._versions

    async def open(self) -> dict[str, str]:
        """Load all records: their values, by name."""
        values = {}
        for full_name, record in (await self._store.records(self._kind)).items():
            name = full_name.removeprefix(self._kind)
            values[name] = record.value
            self._versions[name] = record.version
        return values

    async def get(self, name: str) -> Record | None:
        """A record as the store has it."""
        return await self._store.record(self._kind + name)

    async def put(self, name: str, value: str | None, version: int | None = None) -> None:
        """Create, change or (with None) delete a record.

        version: the version that was read and is changed; by default the newest known.

        Raises Conflict if somebody has changed it meanwhile.
        """
        if version is None:
            version = self._versions.get(name, 0)
        await self._store.put(self._kind + name, value, version)
        if value is None:
            self._versions.pop(name, None)
        else:
            self._versions[name] = version + 1

    async def keep(self, name: str, value: Callable[[], Value]) -> Value:
        """Create, change or delete a record, even if another call stores it meanwhile.

        value: returns its current value; None to delete it.

        Returns the value stored.
        """
        while True:
            version = self._versions.get(name, 0)
            newest = value()
            try:
                if version or newest is not None:
                    await self.put(name, newest)
            except Conflict:
                if self._versions.get(name, 0) == version:
                    raise  # somebody else has changed it
                continue
            return newest
