"""Records of one kind in the store, and the version of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from chatsvc.store import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.store import Record, Store

Value = TypeVar("Value", bound="str | None")


class Records:
    """Keeps records, by name, and knows which there are.

    kind: what their names in the store begin with; or the whole name, if there is but one.

    What waits for the store raises StoreError.
    """

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind
        self._versions: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._versions

    async def open(self) -> dict[str, str]:
        """The values of all that the store holds, by name."""
        values = {}
        for full_name, record in (await self._store.records(self._kind)).items():
            name = full_name.removeprefix(self._kind)
            values[name] = record.value
            self._versions[name] = record.version
        return values

    async def get(self, name: str) -> Record | None:
        """One of them as the store holds it."""
        return await self._store.record(self._kind + name)

    async def put(self, name: str, value: str | None, version: int | None = None) -> None:
        """Make, change or (with None) delete one.

        version: that which was read, and is changed; if it is not said, the newest.

        Raises Conflict when that has been changed meanwhile.
        """
        if version is None:
            version = self._versions.get(name, 0)
        await self._store.put(self._kind + name, value, version)
        if value is None:
            self._versions.pop(name, None)
        else:
            self._versions[name] = version + 1

    async def keep(self, name: str, value: Callable[[], Value]) -> Value:
        """Make, change or delete one, though it may be kept for another reason meanwhile.

        value: gives what it is to be by then; None if it is to be deleted.

        Returns what it is.
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
