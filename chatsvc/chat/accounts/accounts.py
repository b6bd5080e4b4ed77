"""All accounts: registration, passwords, codes, and their records."""

from __future__ import annotations

import secrets
from contextlib import suppress
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.account import NO_CODE, Account, new_era
from chatsvc.chat.accounts.allowance import share
from chatsvc.chat.accounts.attempts import REMEMBERED, Attempts
from chatsvc.chat.accounts.passwords import NO_BLANKS, check_new
from chatsvc.chat.keeping.records import Records
from chatsvc.clock import ahead
from chatsvc.errors import ChatError
from chatsvc.journal import NO_JOURNAL
from chatsvc.store import Conflict, StoreError
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import folded
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chatsvc.chat.accounts.gate import Gate
    from chatsvc.chat.accounts.passwords import Passwords
    from chatsvc.clock import Clock, Turns
    from chatsvc.journal import Journal
    from chatsvc.store import Store

MOST_ACCOUNTS = 10_000
ATTEMPTS = 10  # wrong passwords in a burst, from one address or for one name
ATTEMPTS_A_SECOND = 1 / 30  # in the long run
CODE_BYTES = 10  # random bytes in a code
AT_ONCE = 20  # accounts checked for changes before others have their turn
CODE_FOR = 86400.0  # seconds until a code expires
_WRONG = "That name or that password is wrong."
_CHANGED = "The password was changed just now. Try again."


class Accounts:
    """All accounts, found by name in any case and by look-alikes.

    removed: called with each account that is removed.
    revoked: each called when tokens of an account have ended.
    """

    def __init__(
        self, clock: Clock, store: Store, passwords: Passwords, journal: Journal = NO_JOURNAL
    ) -> None:
        self.removed: Callable[[Account], object] = lambda account: None
        self.revoked: list[Callable[[], object]] = []
        self._clock = clock
        self._records = Records(store, "account/")
        self._journal = journal
        self._passwords = passwords
        self._attempts = Attempts(clock, ATTEMPTS, ATTEMPTS_A_SECOND)
        self._by_look: dict[str, Account] = {}
        self._known: dict[str, None] = {}  # pairs of a name and an address whose password was right

    def __len__(self) -> int:
        return len(self._by_look)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_look.values())

    async def open(self) -> dict[str, int]:
        """Load the accounts from the store. Raises StoreError.

        Returns the greatest read marker of each room, by its key. It may be beyond the last
        position in the store, as presence has positions, too. Those positions must not be used
        again, or new messages would count as read.
        """
        read: dict[str, int] = {}
        to_steady = -ahead(self._clock)
        for value in (await self._records.open()).values():
            account = Account.of(value, to_steady)
            for key, position in account.cursors.items():
                read[key] = max(position, read.get(key, 0))
            self._by_look[skeleton(account.name)] = account
        self._passwords.start()
        return read

    def close(self) -> None:
        """Stop; nobody can log in any longer."""
        self._passwords.stop()

    def like(self, name: str) -> Account | None:
        """The account of that name, or of a look-alike."""
        return self._by_look.get(skeleton(name))

    def find(self, name: str) -> Account | None:
        """The account of that name, in any case."""
        account = self.like(name)
        is_it = account is not None and account.hashed and folded(account.name) == folded(name)
        return account if is_it else None

    def _is_there(self, account: Account) -> bool:
        return self._by_look.get(skeleton(account.name)) is account

    async def register(
        self,
        name: str,
        password: str,
        address: str | None,
        gate: Gate,
        code: str,
        is_operator: bool,
    ) -> Account:
        """Create an account, if the gate allows it with this code. Raises ChatError, StoreError.

        is_operator: whether it is an operator's name, for which there is always space.
        """
        if code and (" " in code or not gate.takes_codes):
            raise ChatError(NO_BLANKS)  # the rest is no code, but part of a password with blanks
        check_new(password)
        if self.like(name) is not None:
            raise ChatError(f'The name "{name}" belongs to somebody, or looks like one that does.')
        if len(self) >= MOST_ACCOUNTS and not is_operator:
            raise ChatError("No more accounts can be made.")
        if address is not None:
            if not is_operator:
                self._check_share(address)
            self._attempts.take(f"registration {address}")
        account = self._by_look[skeleton(name)] = Account(name)  # reserves the name meanwhile
        account.made_from = address
        try:
            hashed = await self._passwords.hash(password)
            account.scram = await self._passwords.scram_keys(password)
            until = await gate.admit(code)
            try:
                account.hashed = hashed
                await self.store(account)
            except BaseException:
                await gate.give_back(code, until)
                raise
        except BaseException:
            account.hashed = ""
            del self._by_look[skeleton(name)]
            raise
        return account

    def _check_share(self, address: str) -> None:
        """Check that one more account may be made from an address. Raises ChatError."""
        made = [each.made_from for each in self].count(address)
        if made >= share(MOST_ACCOUNTS - len(self), MOST_ACCOUNTS):
            were = counted(made, "account was", "accounts were")
            raise ChatError(f"{were} made from your address, which is the most just now.")

    async def log_in(self, name: str, password: str, address: str | None) -> Account:
        """The account of that name, if the password is right. Raises ChatError or StoreError.

        An unknown name takes as long, and has the same error.
        """
        account = self.find(name)
        await self._check(account, name, password, address)
        if account is None or self.find(name) is not account:  # it may be gone meanwhile
            raise ChatError(_WRONG)
        before, era = account.hashed, account.era
        if self._passwords.is_outdated(before):
            hashed = await self._passwords.hash(password)
            if account.hashed == before and self.find(name) is account:
                account.hashed = hashed
                with suppress(StoreError):  # it is tried again at the next login
                    await self.store(account)
            if account.era != era:
                raise ChatError(_CHANGED)
        if not account.scram:
            await self._make_scram(account, password)
        return account

    async def _make_scram(self, account: Account, password: str) -> None:
        """Make the SCRAM keys of an account that is older than SCRAM here."""
        hashed = account.hashed
        keys = await self._passwords.scram_keys(password)
        if account.hashed == hashed and self._is_there(account):
            account.scram = keys
            with suppress(StoreError):  # it is tried again at the next login
                await self.store(account)

    def begin_scram(self, name: str, address: str | None) -> Account | None:
        """The account of that name, if it has keys for SCRAM.

        Raises ChatError if there were too many attempts.
        """
        self._take_attempt(_sources(name, address), address)
        account = self.find(name)
        return account if account is not None and account.scram else None

    def end_scram(self, account: Account | None, name: str, address: str | None) -> None:
        """Note the end of an attempt; the account is None if the password was wrong."""
        if account is None:
            self._note_wrong(None, address)
        else:
            self._attempts.give_back(*_sources(name, address))

    async def add(self, account: Account) -> None:
        """Add an account, whose name is free, or store it again. Raises StoreError."""
        self._by_look[skeleton(account.name)] = account
        await self.store(account)

    async def change_password(
        self, account: Account, password: str, new: str, address: str | None
    ) -> None:
        """Change the password of an account. Raises ChatError or StoreError."""
        check_new(new)
        await self._check(account, account.name, password, address)
        before = account.hashed
        hashed = await self._passwords.hash(new)
        scram = await self._passwords.scram_keys(new)
        if account.hashed != before:
            raise ChatError(_CHANGED)
        await self._set_password(account, hashed, scram)

    async def _set_password(self, account: Account, hashed: str, scram: str) -> None:
        """Replace the password, which ends all sessions, tokens and certificates."""
        before = account.hashed, account.scram, account.code, account.era, account.certificates
        account.hashed, account.scram = hashed, scram
        account.code, account.era, account.certificates = NO_CODE, new_era(), ()
        try:
            await self.store(account)
        except BaseException:
            account.hashed, account.scram, account.code, account.era, account.certificates = before
            raise
        self.tell_revoked()

    async def end_era(self, account: Account) -> None:
        """Void all sessions and tokens of an account, in the store. Raises StoreError."""
        before, account.era = account.era, new_era()
        try:
            await self.store(account)
        except BaseException:
            account.era = before
            raise
        self.tell_revoked()

    async def make_code(self, account: Account) -> str:
        """A code with which the owner of an account can set another password, within a day.

        It replaces the last code. Raises StoreError.
        """
        code = secrets.token_hex(CODE_BYTES)
        until = self._clock.seconds() + CODE_FOR
        before = account.code
        account.code = (_digest(code), until, until + ahead(self._clock))
        try:
            await self.store(account)
        except BaseException:
            account.code = before
            raise
        return code

    async def set_password(self, name: str, code: str, new: str, address: str | None) -> Account:
        """Set the password of an account with a code, which is used up.

        Raises ChatError or StoreError.
        """
        check_new(new)
        sources = [f"name {skeleton(name)}"]
        if address is not None:
            sources.append(f"address {address}")
        self._take_attempt(sources, address)
        account = self.find(name)
        kept = account.code if account is not None else NO_CODE
        is_right = compare_digest(kept[0], _digest(code)) and kept[1] > self._clock.seconds()
        if account is None or not is_right:
            self._note_wrong(account, address)
            raise ChatError("That name or that code is wrong, or the code is used or too old.")
        self._attempts.give_back(*sources)
        hashed = await self._passwords.hash(new)
        scram = await self._passwords.scram_keys(new)
        if account.code != kept or self.find(name) is not account:
            raise ChatError("That code was used just now.")
        await self._set_password(account, hashed, scram)
        return account

    async def unregister(self, account: Account, password: str, address: str | None) -> None:
        """Delete an account. Raises ChatError or StoreError."""
        await self._check(account, account.name, password, address)
        await self.remove(account)

    async def remove(self, account: Account) -> None:
        """The same, without the password."""
        if self.find(account.name) is not account:
            raise ChatError("It is gone already.")
        await self._records.keep(account.name, lambda: None)
        del self._by_look[skeleton(account.name)]
        self.removed(account)
        self.tell_revoked()

    def tell_revoked(self) -> None:
        """Tell that tokens of an account have ended."""
        for each in self.revoked:
            each()

    async def keep(self, turns: Turns | None = None) -> None:
        """Store all accounts that have changed, such as their read markers.

        turns: gives others their turn after a few accounts; None when the server ends.
        """
        accounts = list(self._by_look.values())
        if turns is None:
            for account in accounts:
                await self.keep_one(account)
            return
        async for account in turns.slowly(accounts, AT_ONCE):
            await self.keep_one(account)

    async def keep_one(self, account: Account) -> None:
        """The same for one account."""
        if account.is_being_kept:
            return  # the call in progress stores these changes, too
        account.is_being_kept = True
        try:
            while account.kept and account.record != account.kept and self._is_there(account):
                await self.store(account)
        finally:
            account.is_being_kept = False

    async def try_to_keep(self, account: Account) -> None:
        """The same; a failure is retried with all the others."""
        with suppress(StoreError):
            await self.keep_one(account)

    async def _check(
        self, account: Account | None, name: str, password: str, address: str | None
    ) -> None:
        sources = [f"name {skeleton(name)}"]
        is_doubtful = False
        if address is not None:
            known = f"{sources[0]} {address}"
            if known in self._known:  # so that nobody can lock the owner out there
                sources = [known]
            sources.append(f"address {address}")
            is_doubtful = self._attempts.is_doubtful(sources[-1])
        self._take_attempt(sources, address)
        hashed = account.hashed if account is not None else None
        try:
            is_right = await self._passwords.is_right(password, hashed, is_doubtful)
        except BaseException:
            self._attempts.give_back(*sources)
            raise
        if not is_right:
            self._note_wrong(account, address)
            raise ChatError(_WRONG)
        self._attempts.give_back(*sources)
        if account is not None and account.hashed != hashed:
            raise ChatError(_CHANGED)
        if address is not None:
            self._known.pop(known, None)
            self._known[known] = None
            if len(self._known) > REMEMBERED:
                del self._known[next(iter(self._known))]

    def _take_attempt(self, sources: Sequence[str], address: str | None) -> None:
        try:
            self._attempts.take(*sources)
        except ChatError:
            self._journal.write("too many passwords", address)
            raise

    def _note_wrong(self, account: Account | None, address: str | None) -> None:
        # An unknown name may be a password typed in the wrong place.
        whom = account.name if account is not None else "a name that nobody has"
        self._journal.write("wrong password", address, name=whom)

    async def store(self, account: Account) -> None:
        """Store an account as it is now. Raises StoreError; Conflict if it is removed meanwhile."""

        def record() -> str:
            if not self._is_there(account):
                raise Conflict  # it was removed meanwhile
            return account.record

        account.kept = await self._records.keep(account.name, record)


def _digest(code: str) -> str:
    # Codes are too long to guess even from their hash: a fast hash will do.
    return sha256(code.encode()).hexdigest()


def _sources(name: str, address: str | None) -> list[str]:
    """The sources for which attempts are counted."""
    return [f"name {skeleton(name)}", *([f"address {address}"] if address is not None else [])]
