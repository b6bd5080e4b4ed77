"""The gate: whether guests may take part, and who may register."""

from __future__ import annotations

import json
import secrets
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING

from chatsvc.clock import ahead
from chatsvc.errors import ChatError
from chatsvc.store import Conflict

if TYPE_CHECKING:
    from chatsvc.clock import Clock
    from chatsvc.store import Store

MOST_CODES = 1000  # that nobody has used yet
CODE_BYTES = 10  # of chance in a code: nobody guesses one
USUAL = 7 * 86400.0  # seconds for which a code may be used
_CODE = "code/"
_LOCKDOWN = "lockdown"


class Gate:
    """Closed for guests, for those without a code, or for all newcomers in an emergency.

    What is written to the store raises StoreError, and then nothing is changed.
    """

    def __init__(self, clock: Clock, store: Store, accounts_only: bool, invite_only: bool) -> None:
        self._clock = clock
        self._store = store
        self._accounts_only = accounts_only
        self._invite_only = invite_only
        self._codes: dict[str, tuple[float, int]] = {}  # until when, and the record's version
        self._locked_until = 0.0
        self._version = 0  # of the record of that

    async def open(self) -> None:
        """Go on with what the store holds."""
        for name, record in (await self._store.records(_CODE)).items():
            until = json.loads(record.value) - ahead(self._clock)
            self._codes[name] = (until, record.version)
        lockdown = (await self._store.records(_LOCKDOWN)).get(_LOCKDOWN)
        if lockdown is not None:
            self._locked_until = json.loads(lockdown.value) - ahead(self._clock)
            self._version = lockdown.version

    @property
    def is_locked(self) -> bool:
        """Whether there are no new guests and accounts just now."""
        return self._locked_until > self._clock.seconds()

    @property
    def takes_guests(self) -> bool:
        """Whether guests take part here at all."""
        return not (self._accounts_only or self._invite_only)

    @property
    def is_closed(self) -> bool:
        """Whether one has to log in to take part."""
        return not self.takes_guests or self.is_locked

    @property
    def how_to_enter(self) -> str:
        """What those are told who have to log in."""
        if self.is_locked:
            return "No new guests come in just now. If you have an account: /login name password"
        code = " code" if self._invite_only else ""
        return (
            "Only people with an account take part here: /login name password. To make one:"
            f" /nick name, then /register password{code}"
        )

    @property
    def takes_codes(self) -> bool:
        """Whether to register takes one."""
        return self._invite_only

    async def lock(self, seconds: float) -> None:
        """Let in no new guests, and no new accounts, for so long; 0 for no longer."""
        until = self._clock.seconds() + seconds
        kept = until + ahead(self._clock) if seconds else 0.0
        await self._store.put(_LOCKDOWN, json.dumps(kept), self._version)
        self._version += 1
        self._locked_until = until

    async def make_code(self, seconds: float) -> str:
        """A new code, with which one person can register within that time. Raises ChatError."""
        if len(self._codes) >= MOST_CODES:
            raise ChatError(f"{MOST_CODES} codes are not used yet, which is the most.")
        code = secrets.token_hex(CODE_BYTES)
        name = _record(code)
        until = self._clock.seconds() + seconds
        self._codes[name] = (until, 0)  # counted at once
        try:
            await self._store.put(name, json.dumps(until + ahead(self._clock)), 0)
        except BaseException:
            del self._codes[name]
            raise
        self._codes[name] = (until, 1)
        return code

    async def own_code(self) -> str:
        """The code of an operator at the server itself, where anybody needs one."""
        return await self.make_code(60.0) if self._invite_only else ""

    async def admit(self, code: str) -> float:
        """Let somebody register, which uses up the code; until when it was good.

        Raises ChatError.
        """
        if self.is_locked:
            raise ChatError("No new accounts are made just now. Try again later.")
        if not self._invite_only:
            return 0.0
        if not code:
            raise ChatError("You need a code to register: /register password code")
        name = _record(code)
        until, version = self._codes.get(name, (-inf, 0))
        if until < self._clock.seconds() or not version:
            raise ChatError("That code is wrong, used, or too old.")
        try:
            await self._store.put(name, None, version)
        except Conflict:
            raise ChatError("That code is wrong, used, or too old.") from None
        self._codes.pop(name, None)
        return until

    async def give_back(self, code: str, until: float) -> None:
        """The one who had the code, which is good until then, could not register."""
        if self._invite_only:
            await self._store.put(_record(code), json.dumps(until + ahead(self._clock)), 0)
            self._codes[_record(code)] = (until, 1)

    async def forget_old(self) -> None:
        """Delete the codes that are too old."""
        now = self._clock.seconds()
        for name, (until, version) in list(self._codes.items()):
            if until < now and version:
                await self._store.put(name, None, version)
                self._codes.pop(name, None)


def _record(code: str) -> str:
    # Who reads the store has no code by that.
    return _CODE + sha256(code.encode()).hexdigest()
