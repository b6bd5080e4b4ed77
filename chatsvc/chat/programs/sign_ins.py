"""Sign-ins: browsers that stay logged in to accounts, by cookies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.programs.credentials import Credentials

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.identity.logins import Logins
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.people.connection import Peer
    from chatsvc.chat.presence.arrivals import Arrivals
    from chatsvc.clock import Clock
    from chatsvc.journal import Journal
    from chatsvc.store import Store

MOST_SIGN_INS = 20_000  # the oldest of the account with the most ends first
MOST_OF_ACCOUNT = 20  # the oldest ends first
STAYS_FOR = 30 * 86400.0  # seconds
GOOD_FOR = 86400.0  # seconds, for people who do not want to stay


class SignIn(NamedTuple):
    """A sign-in.

    account: the account's name.
    era: the account's when it was made; see `Account`.
    made_at: in seconds since the epoch.
    until: when it expires, likewise.
    """

    account: str
    era: str
    made_at: float
    until: float


@dataclass(eq=False)
class SignIns:
    """All sign-ins. They end with the account's password, and when it is logged out everywhere.

    Methods that wait for the store raise StoreError, and then change nothing.
    """

    _clock: Clock
    _journal: Journal
    _accounts: Accounts
    _arrivals: Arrivals
    _standing: Standing
    _logins: Logins
    _store: Store
    _all: Credentials[SignIn] = field(init=False)

    def __post_init__(self) -> None:
        self._all = Credentials(self._clock, self._store, "sign-in/", MOST_SIGN_INS, SignIn)

    async def open(self) -> None:
        """Load the sign-ins from the store."""
        await self._all.open()
        await self.forget_old()

    async def make(
        self, peer: Peer, address: str | None, name: str, password: str, stays: bool
    ) -> str:
        """A token for the owner of an account, if the password is right. Raises ChatError.

        address: as `network` returns it; None if unknown.
        stays: whether it lasts for long.
        """
        self._arrivals.check(peer, address)
        account = await self._logins.owner_of(peer, name, password, address)
        self._standing.check_account(account.name)
        now = self._clock.now()
        until = now + (STAYS_FOR if stays else GOOD_FOR)
        # Now, so that a password changed while this waits for the store ends this sign-in, too.
        made = SignIn(account.name, account.era, now, until)
        own = self.of(account)
        if len(own) >= MOST_OF_ACCOUNT:
            await self.end(_oldest(own))
        while self._all.left <= 0:
            await self.end(self._spare())
        token = await self._all.make(made)
        self._journal.write("logged in", address, name=account.name)
        return token

    def _spare(self) -> str:
        """The digest of the one to end if there are too many: the oldest of who has the most."""
        numbers = Counter([each.account for _, each in self._all.items()])
        most = max(numbers.values())
        return _oldest({
            digest: each for digest, each in self._all.items() if numbers[each.account] == most
        })  # fmt: skip

    def owner(self, token: str) -> Account | None:
        """The account of a token; None if it has ended."""
        found = self._all.find(token)
        return None if found is None else self._owner(found[1])

    def digest_of(self, token: str) -> str:
        """The digest of a token; empty if it has ended."""
        found = self._all.find(token)
        return "" if found is None else found[0]

    def _owner(self, sign_in: SignIn) -> Account | None:
        account = self._accounts.find(sign_in.account)
        is_good = sign_in.until > self._clock.now()
        return account if account is not None and account.era == sign_in.era and is_good else None

    def of(self, account: Account) -> dict[str, SignIn]:
        """The sign-ins of an account, by digest."""
        return {
            digest: each
            for digest, each in self._all.items()
            # First by the name, as there may be thousands.
            if each.account == account.name and self._owner(each) is account
        }

    async def sign_out(self, token: str) -> None:
        """End a sign-in by its token, if there is one."""
        found = self._all.find(token)
        if found is not None:
            await self.end(found[0])

    async def end(self, digest: str) -> None:
        """End a sign-in."""
        await self._all.end(digest)

    async def forget_old(self) -> None:
        """Delete the sign-ins that have ended."""
        await self._all.end_old(lambda _, each: self._owner(each) is None)


def _oldest(sign_ins: dict[str, SignIn]) -> str:
    """The digest of the one made first."""
    return min(sign_ins, key=lambda digest: sign_ins[digest].made_at)
