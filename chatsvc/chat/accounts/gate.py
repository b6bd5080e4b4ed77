"""The gate: it decides who may take part, and who may register."""

from __future__ import annotations

import json
import secrets
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.keeping.records import Records
from chatsvc.clock import ahead
from chatsvc.errors import ChatError
from chatsvc.store import Conflict

if TYPE_CHECKING:
    from chatsvc.chat.limits import Limits
    from chatsvc.clock import Clock
    from chatsvc.store import Store

MOST_CODES = 1000  # unused ones
CODE_BYTES = 10  # random bytes in a code, which nobody guesses
GOOD_FOR = 7 * 86400.0  # seconds until a code expires by default
_CODE = "code/"
_LOCKDOWN = "lockdown"


def way_in(code: str) -> str:
    """How a person with a code comes in, in words."""
    return f"/register password {code}, or /join/{code} in a browser"


class Gate:
    """May be closed to guests, to people without a code, or, in an emergency, to all newcomers.

    Methods that write to the store raise StoreError if that fails, and then change nothing.
    """

    def __init__(self, clock: Clock, store: Store, limits: Limits) -> None:
        self._clock = clock
        self._lockdown = Records(store, _LOCKDOWN)
        self._records = Records(store, _CODE)
        self._limits = limits
        self._codes: dict[str, float] = {}  # when each expires, by its hash
        self._locked_until = 0.0

    async def open(self) -> None:
        """Load the lockdown and the codes from the store."""
        for name, value in (await self._records.open()).items():
            self._codes[name] = json.loads(value) - ahead(self._clock)
        lockdown = (await self._lockdown.open()).get("")
        if lockdown is not None:
            self._locked_until = json.loads(lockdown) - ahead(self._clock)

    @property
    def is_locked(self) -> bool:
        """Whether there is a lockdown: no new guests, no new accounts."""
        return self._locked_until > self._clock.seconds()

    @property
    def takes_guests(self) -> bool:
        """Whether guests may take part at all."""
        return not (self._limits.accounts_only or self._limits.invite_only)

    @property
    def is_closed(self) -> bool:
        """Whether newcomers have to log in to take part."""
        return not self.takes_guests or self.is_locked

    @property
    def how_to_enter(self) -> str:
        """The notice for people who have to log in."""
        if self.is_locked:
            return "No new guests come in just now. If you have an account: /login name password"
        code = " code" if self._limits.invite_only else ""
        return (
            "Only people with an account take part here: /login name password. To make one:"
            f" /nick name, then /register password{code}"
        )

    @property
    def takes_codes(self) -> bool:
        """Whether registering needs a code."""
        return self._limits.invite_only

    async def lock(self, seconds: float) -> None:
        """Begin a lockdown of some seconds; 0 ends it."""
        until = self._clock.seconds() + seconds
        kept = until + ahead(self._clock) if seconds else 0.0
        await self._lockdown.put("", json.dumps(kept))
        self._locked_until = until

    async def make_code(self, seconds: float) -> str:
        """A new code, with which one person can register within some seconds. Raises ChatError."""
        if not self.takes_codes:
            raise ChatError("Registering takes no code: this server is not --invite-only.")
        if len(self._codes) >= MOST_CODES:
            raise ChatError(f"{MOST_CODES} codes are not used yet, which is the most.")
        code = secrets.token_hex(CODE_BYTES)
        name = _record(code)
        until = self._clock.seconds() + seconds
        self._codes[name] = until  # counted at once
        try:
            await self._records.put(name, json.dumps(until + ahead(self._clock)))
        except BaseException:
            del self._codes[name]
            raise
        return code

    async def own_code(self) -> str:
        """A code for an operator on the server's own machine, if registering needs one."""
        return await self.make_code(60.0) if self._limits.invite_only else ""

    async def admit(self, code: str) -> float:
        """Use up a code to register, and return when it would have expired.

        Raises ChatError.
        """
        if self.is_locked:
            raise ChatError("No new accounts are made just now. Try again later.")
        if not self._limits.invite_only:
            return 0.0
        if not code:
            raise ChatError("You need a code to register: /register password code")
        name = _record(code)
        until = self._codes.get(name, -inf)
        if until < self._clock.seconds() or name not in self._records:
            raise ChatError("That code is wrong, used, or too old.")
        try:
            await self._records.put(name, None)
        except Conflict:
            raise ChatError("That code is wrong, used, or too old.") from None
        self._codes.pop(name, None)
        return until

    async def give_back(self, code: str, until: float) -> None:
        """Restore a code, with its expiry: the registration failed."""
        if self._limits.invite_only:
            name = _record(code)
            await self._records.put(name, json.dumps(until + ahead(self._clock)))
            self._codes[name] = until

    async def forget_old(self) -> None:
        """Delete expired codes."""
        now = self._clock.seconds()
        for name, until in list(self._codes.items()):
            if until < now and name in self._records:
                await self._records.put(name, None)
                self._codes.pop(name, None)


def _record(code: str) -> str:
    # A hash, so that nobody finds codes by reading the store.
    return sha256(code.encode()).hexdigest()
