"""The credentials of programs: secrets, whose digests alone are kept."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, ItemsView
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from chatsvc.chat.keeping.records import Records
from chatsvc.clock import Turns
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    from chatsvc.clock import Clock
    from chatsvc.store import Store

SECRET_BYTES = 24  # random bytes in a secret, which nobody guesses
LONGEST = 100  # characters of what may be a secret
AT_ONCE = 100  # credentials checked before others have their turn

Facts = TypeVar("Facts", bound="tuple[Any, ...]")


class Credentials(Generic[Facts]):
    """The credentials of one kind, each with its facts, by digest; they outlive a restart.

    most: how many there may be in all.
    facts: makes the facts of a stored value.

    Methods that wait for the store raise StoreError, and then change nothing.
    """

    def __init__(
        self, clock: Clock, store: Store, kind: str, most: int, facts: Callable[..., Facts]
    ) -> None:
        self._turns = Turns(clock)
        self._records = Records(store, kind)
        self._most = most
        self._facts = facts
        self._all: dict[str, Facts] = {}

    def items(self) -> ItemsView[str, Facts]:
        """All digests, with their facts."""
        return self._all.items()

    @property
    def left(self) -> int:
        """How many more there may be."""
        return self._most - len(self._all)

    async def open(self) -> None:
        """Load them from the store."""
        for digest, value in (await self._records.open()).items():
            self._all[digest] = self._facts(*json.loads(value))

    def find(self, secret: str) -> tuple[str, Facts] | None:
        """The digest and the facts of a secret; None if there is no such credential."""
        digest = sha256(secret[:LONGEST].encode()).hexdigest()
        return (digest, self._all[digest]) if digest in self._all else None

    async def make(self, facts: Facts) -> str:
        """Make a credential, and return its secret. Raises ChatError if there are too many."""
        if self.left <= 0:
            raise ChatError("No more of these can be made on this server.")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        digest = sha256(secret.encode()).hexdigest()
        self._all[digest] = facts  # counted at once
        try:
            await self._records.put(digest, json.dumps(facts))
        except BaseException:
            self._all.pop(digest, None)
            raise
        if digest not in self._all:  # ended meanwhile
            await self._records.put(digest, None)
        return secret

    async def change(self, digest: str, facts: Facts) -> None:
        """Change the facts of a credential."""
        await self._records.put(digest, json.dumps(facts))
        self._all[digest] = facts

    async def end(self, digest: str) -> None:
        """End a credential."""
        await self._records.keep(digest, lambda: None)
        self._all.pop(digest, None)

    async def end_old(self, is_over: Callable[[str, Facts], bool]) -> None:
        """End those that are over, by their digests and facts."""
        async for digest in self._turns.slowly(list(self._all), AT_ONCE):
            facts = self._all.get(digest)  # which may have changed meanwhile
            if facts is not None and is_over(digest, facts):
                await self.end(digest)
