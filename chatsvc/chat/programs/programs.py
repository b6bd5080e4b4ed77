"""Programs: which rooms they may read, and where and as whom they may speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.people.user import User
from chatsvc.chat.programs.api_tokens import READ, SPEAK, ApiToken
from chatsvc.errors import ChatError, NoSuchRoom

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.gate import Gate
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.programs.api_tokens import ApiTokens
    from chatsvc.chat.programs.hooks import Hooks
    from chatsvc.chat.programs.speech import Speech
    from chatsvc.chat.rooms.joining import Joining
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms


class NoSuchKey(ChatError):
    """The key of a hook is unknown, or has ended."""

    code = "no-such-key"

    def __init__(self) -> None:
        super().__init__("There is no such hook, or it was revoked.")


class Unauthorized(ChatError):
    """A request needs a token, or has one that is unknown or has ended."""

    code = "unauthorized"


class Voice(NamedTuple):
    """Where a program speaks, and as whom.

    key: the digest of its credential.
    user: the person that it stands for, in checks.
    name: the name under which it speaks.
    account: the name of the account that it speaks as; empty for a hook.
    """

    key: str
    room: NamedRoom
    user: User
    name: str
    account: str


@dataclass(eq=False)
class Programs:
    """Knows what programs may do. All its questions raise ChatError as the answer no.

    hooks: keys to speak in a room.
    tokens: tokens to read and speak as an account.
    speech: says what programs send.
    """

    _gate: Gate
    _users: Users
    _rooms: Rooms
    _standing: Standing
    _joining: Joining
    hooks: Hooks
    tokens: ApiTokens
    speech: Speech

    def __post_init__(self) -> None:
        self._users.maker_of = self.hooks.maker_of

    async def open(self) -> None:
        """Load the credentials from the store. Raises StoreError."""
        await self.hooks.open()
        await self.tokens.open()

    async def forget_old(self) -> None:
        """Delete credentials that have ended. Raises StoreError."""
        await self.hooks.forget_old()
        await self.tokens.forget_old()

    def hook(self, key: str, address: str | None) -> Voice:
        """The voice of a hook."""
        found = self.hooks.find(key)
        if found is None:
            raise NoSuchKey
        digest, hook, room, account = found
        if address is not None:
            self._standing.check_address(address)
        user = stand_in(hook.name, account, None)
        self._check(room, user)
        self.speech.check(room, user)
        return Voice(digest, room, user, hook.name, "")

    def speaks(self, token: str, room: str, address: str | None) -> Voice:
        """The voice of a token in a room of that name."""
        digest, found, account = self._found(token)
        if SPEAK not in found.scopes:
            raise ChatError("That token is only for reading.")
        where, user = self._in(room, found, account, address)
        self.speech.check(where, user)
        return Voice(digest, where, user, account.name, account.name)

    def reads(self, token: str, room: str, address: str | None) -> NamedRoom:
        """The room of that name, which a program may read.

        token: empty for none; then it may read what any guest could.
        """
        if token:
            _, found, account = self._found(token)
            if READ not in found.scopes:
                raise ChatError("That token is only for speaking.")
            return self._in(room, found, account, address)[0]
        if self._gate.is_closed:
            raise Unauthorized("Only those with an account take part here: send a token of yours.")
        return self.public(room, None, address)

    def public(self, name: str, account: Account | None, address: str | None) -> NamedRoom:
        """The public room of that name, which the owner of an account, or any guest, may read."""
        if account is None and self._gate.is_closed:
            raise Unauthorized("Only those with an account take part here.")
        room = self._rooms.get(name)
        if room is None or room.privacy != "public":
            raise NoSuchRoom(name)
        user = stand_in("guest" if account is None else account.name, account, address)
        self._check(room, user)
        self._joining.check_invited(room, user, "")
        return room

    def _found(self, token: str) -> tuple[str, ApiToken, Account]:
        if not token:
            raise Unauthorized("That needs a token. To make one, type /token in the chat.")
        found = self.tokens.find(token)
        if found is None:
            raise Unauthorized("There is no such token, or it has ended.")
        return found

    def _in(
        self, name: str, token: ApiToken, account: Account, address: str | None
    ) -> tuple[NamedRoom, User]:
        """A room where the owner of an account may be, and a stand-in for the owner."""
        room = self._rooms.get(name)
        if room is None or not token.is_for(room):
            raise NoSuchRoom(name)
        user = stand_in(account.name, account, address)
        self._check(room, user)
        owner = self._users.owner(account)
        is_in = room.key in account.cursors or (owner is not None and owner in room.occupants)
        if not is_in:
            try:
                self._joining.check_invited(room, owner or user, "")
            except ChatError:
                if room.privacy == "public":
                    raise
                raise NoSuchRoom(name) from None
        return room, user

    def _check(self, room: NamedRoom, user: User) -> None:
        """Check that a person is banned neither from a room nor from the server."""
        if user.address is not None:
            self._standing.check_address(user.address)
        self._standing.check_person(user)
        self._standing.check_ban(room, user)


def stand_in(name: str, account: Account | None, address: str | None) -> User:
    """A person for whom the checks are made as if here."""
    user = User(name, 0, address)
    user.account = account
    return user
