"""Cloaks: what is shown of where somebody comes from, in place of the address."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from chatsvc.store import Conflict

if TYPE_CHECKING:
    from chatsvc.store import Store

SECRET_BYTES = 32
DIGITS = 16  # of a cloak, hexadecimal
SUFFIX = ".cloak"
NOWHERE = f"local{SUFFIX}"  # of those of whom no address is known, as over a unix socket
MOST_KNOWN = 10_000  # cloaks that need not be made anew; all are forgotten together
_RECORD = "cloaks"


class Cloaks:
    """Makes the cloak of an address, which is always the same, and tells nothing of it.

    Only who has the secret could try all addresses; the store keeps it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._secret = b""
        self._known: dict[str, str] = {}

    async def open(self) -> None:
        """Have the secret, which is made the first time. Raises StoreError."""
        while not self._secret:
            record = await self._store.record(_RECORD)
            if record is not None:
                self._secret = bytes.fromhex(record.value)
                return
            try:
                await self._store.put(_RECORD, secrets.token_hex(SECRET_BYTES), 0)
            except Conflict:
                continue

    def of(self, address: str | None) -> str:
        """The cloak of an address, as sessions have it; looks like the name of a host."""
        if address is None:
            return NOWHERE
        cloak = self._known.get(address)
        if cloak is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            digest = hmac.digest(self._secret, address.encode(), "sha256").hex()
            cloak = self._known[address] = digest[:DIGITS] + SUFFIX
        return cloak
