"""API tokens: programs read and speak with them as an account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.accounts.allowance import share
from chatsvc.chat.programs.credentials import Credentials
from chatsvc.errors import SHOWN, ChatError
from chatsvc.text.names import LONGEST, check_characters, folded
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.people.user import Session
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.clock import Clock
    from chatsvc.journal import Journal
    from chatsvc.store import Store

MOST_TOKENS = 10_000
MOST_OF_ACCOUNT = 20
MOST_ROOMS = 20  # of one token
READ, SPEAK = SCOPES = ("read", "speak")


class ApiToken(NamedTuple):
    """An API token.

    name: the name that its owner gave it.
    account: the name of the owner's account.
    era: the account's when it was made; see `Account`.
    scopes: those of SCOPES that it has.
    rooms: the keys of its rooms; empty if it is for all.
    made_at: in seconds since the epoch.
    """

    name: str
    account: str
    era: str
    scopes: Sequence[str]
    rooms: Sequence[str]
    made_at: float

    def is_for(self, room: NamedRoom) -> bool:
        """Whether it may be used in a room."""
        return not self.rooms or room.key in self.rooms


class ApiTokens:
    """All API tokens. They end with the account's password, and when it is logged out everywhere.

    Methods that wait for the store raise StoreError, and then change nothing.
    """

    def __init__(
        self, clock: Clock, journal: Journal, accounts: Accounts, rooms: Rooms, store: Store
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._accounts = accounts
        self._rooms = rooms
        self._all = Credentials(clock, store, "api-token/", MOST_TOKENS, ApiToken)

    async def open(self) -> None:
        """Load the tokens from the store."""
        await self._all.open()
        await self.forget_old()

    def find(self, token: str) -> tuple[str, ApiToken, Account] | None:
        """The digest of a token, with its facts and its account; None if it has ended."""
        found = self._all.find(token)
        account = None if found is None else self._owner(found[1])
        return None if found is None or account is None else (*found, account)

    def _owner(self, token: ApiToken) -> Account | None:
        account = self._accounts.find(token.account)
        return account if account is not None and account.era == token.era else None

    async def add(self, session: Session, name: str, words: Sequence[str]) -> None:
        """Make a token, and tell the session. Raises ChatError.

        words: rooms and scopes; without rooms, it is for all, without scopes, for both.
        """
        account = _account(session)
        if len(name) > LONGEST:
            raise ChatError(f"The name of a token has at most {LONGEST} characters.")
        check_characters(name)
        if self.of(account, name):
            raise ChatError(f"You have a token {name} already.")
        own = len(self.of(account))
        if own >= share(self._all.left, MOST_OF_ACCOUNT):
            raise ChatError(f"You have {counted(own, 'token')}, which is the most just now.")
        rooms = {word: None for word in words if word[:1] == "#"}
        if len(rooms) > MOST_ROOMS:
            raise ChatError(f"A token is for at most {MOST_ROOMS} rooms, or for all.")
        scopes = list(dict.fromkeys([word.casefold() for word in words if word[:1] != "#"]))
        for word in scopes:
            if word not in SCOPES:
                raise ChatError(f'"{word[:SHOWN]}" is no room, and not {" or ".join(SCOPES)}.')
        found = [self._rooms.entered(room, session.user) for room in rooms]
        made = ApiToken(
            name, account.name, account.era, scopes or SCOPES,
            [room.key for room in found], self._clock.now(),
        )  # fmt: skip
        token = await self._all.make(made)
        self._journal.write("token added", session.address, name=account.name, token=name)
        session.tell(f"{self._words(made)}: {token} is the token, which is not shown again.")

    def tell(self, session: Session) -> None:
        """List the tokens of a session's account. Raises ChatError."""
        own = self.of(_account(session)).values()
        for token in own:
            session.tell(self._words(token))
        if not own:
            session.tell("You have no tokens for programs.")

    def _words(self, token: ApiToken) -> str:
        rooms = ", ".join(map(self._rooms.name_of, token.rooms)) or "all rooms"
        return f"{token.name} may {' and '.join(token.scopes)} in {rooms}"

    async def revoke(self, session: Session, name: str) -> None:
        """End a token. Raises ChatError."""
        account = _account(session)
        found = self.of(account, name)
        if not found:
            raise ChatError(f'You have no token "{name[:SHOWN]}".')
        for digest, token in found.items():
            await self.end(session, digest, token)
        session.tell(f"The token {name} is revoked.")

    async def end(self, session: Session, digest: str, token: ApiToken) -> None:
        """End a token of a session's account."""
        await self._all.end(digest)
        self._accounts.tell_revoked()
        facts = {"name": token.account, "token": token.name}
        self._journal.write("token revoked", session.address, **facts)

    def of(self, account: Account, name: str = "") -> dict[str, ApiToken]:
        """The tokens of an account, by digest; only the one with a name, if that is given."""
        return {
            digest: token
            for digest, token in self._all.items()
            # First by the name, as there may be thousands.
            if token.account == account.name
            and self._owner(token) is account
            and (not name or folded(token.name) == folded(name))
        }

    async def forget_old(self) -> None:
        """Delete the tokens that have ended."""
        await self._all.end_old(lambda _, token: self._owner(token) is None)


def _account(session: Session) -> Account:
    if session.user.account is None:
        raise ChatError("Tokens are for those who have logged in.")
    return session.user.account
