"""Cloaks: the host names that are shown in place of addresses."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from chatsvc.store import Conflict

if TYPE_CHECKING:
    from chatsvc.store import Store

SECRET_BYTES = 32
DIGITS = 16  # hexadecimal digits of a cloak
SUFFIX = ".cloak"
NOWHERE = f"local{SUFFIX}"  # without an address, as over a unix socket
MOST_KNOWN = 10_000  # cached cloaks; all are dropped together
_SECRET_RECORD = "cloaks"  # its name in the store


class Cloaks:
    """Makes the cloak of an address: always the same, and revealing nothing about it.

    Only somebody with the secret, which the store keeps, could try all addresses.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._secret = b""
        self._known: dict[str, str] = {}

    async def open(self) -> None:
        """Load the secret, or make it the first time. Raises StoreError."""
        while not self._secret:
            record = await self._store.record(_SECRET_RECORD)
            if record is not None:
                self._secret = bytes.fromhex(record.value)
                return
            try:
                await self._store.put(_SECRET_RECORD, secrets.token_hex(SECRET_BYTES), 0)
            except Conflict:
                continue

    def of(self, address: str | None) -> str:
        """The cloak of a session's address, which looks like a host name."""
        if address is None:
            return NOWHERE
        cloak = self._known.get(address)
        if cloak is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            digest = hmac.digest(self._secret, address.encode(), "sha256").hex()
            cloak = self._known[address] = digest[:DIGITS] + SUFFIX
        return cloak
