"""Tenure: roles and ownership end with their people, acts with their rooms."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from chatsvc.chat.people.keys import guest_key
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.moderation.acts import Acts
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Turns

ROOMS_AT_ONCE = 10  # checked before others have their turn
ROLES = ("op", "voice")  # those that can be given


class Tenure:
    """Ends the roles and the ownership of people who are gone."""

    def __init__(
        self,
        turns: Turns,
        accounts: Accounts,
        users: Users,
        rooms: Rooms,
        settings: Settings,
        acts: Acts,
        standing: Standing,
    ) -> None:
        self._turns = turns
        self._accounts = accounts
        self._users = users
        self._rooms = rooms
        self._settings = settings
        self._acts = acts
        self._standing = standing
        self._guests: set[str] = set()  # the keys of guests with a role

    def give(self, user: User) -> None:
        """Note that a guest has a role until leaving."""
        self._guests.add(guest_key(user))
        if self._users.get(user.name) is not user:  # the guest has left meanwhile
            self.gone(user)

    async def open(self) -> None:
        """End the roles and ownership of accounts that were deleted. Raises StoreError."""
        await self._acts.open()
        await self.forget_accounts(len(self._rooms))  # nobody is here yet
        self._refresh_flags()

    def gone(self, user: User) -> None:
        """End the roles of a guest who has left."""
        key = guest_key(user)
        if key not in self._guests:
            return
        self._guests.remove(key)
        for room in self._rooms.values():
            for kind in ROLES:
                for act in list(self._acts.against(room.key, kind, [key])):
                    self._acts.end(act)

    async def settle(self, session: Session) -> None:
        """Apply the effects of a login, or of a new or deleted account."""
        user = session.user
        with suppress(StoreError):  # it took effect, but may not outlive a restart
            if user.account is None:
                await self.forget_accounts()
            else:
                await self._settings.claim(user)

    async def forget_accounts(self, at_once: int = ROOMS_AT_ONCE) -> None:
        """End the roles and ownership of deleted accounts. Raises StoreError.

        at_once: rooms checked before others have their turn.
        """
        find = cache(self._accounts.find)
        rooms = list(self._rooms.values())
        gone = [room for room in rooms if room.owner_account and find(room.owner_account) is None]
        for room in gone:
            room.owner_account = ""  # at once: the name may soon be somebody else's
        async for room in self._turns.slowly(gone, at_once):
            heir = self._heir(room)
            owner = self._users.owner(heir) if heir is not None else None
            await self._settings.disown(room, heir, owner)
        async for room in self._turns.slowly(rooms, at_once):
            for act in self._acts.in_force(room.key, *ROLES):
                if act.keys[0].startswith("account ") and find(act.name) is None:
                    await self._acts.undo(act, "server", "the account is no more")

    def _heir(self, room: NamedRoom) -> Account | None:
        """The account that inherits a persistent room of a deleted account."""
        moderators = self._acts.in_force(room.key, "op") if room.is_persistent else []
        found = [
            self._accounts.find(act.name)
            for act in moderators
            if act.keys[0].startswith("account ")
        ]
        may_own = self._settings.may_own
        return next((each for each in found if each and may_own(room, each)), None)

    async def forget_old(self) -> None:
        """Forget the acts of ended rooms. Raises StoreError."""
        rooms = list(self._rooms.values())
        async for room in self._turns.slowly(rooms, ROOMS_AT_ONCE):
            self._standing.refresh_flags(room)
        room_keys = {room.key for room in self._rooms.values()}
        await self._acts.forget_all_but(room_keys, self._turns)

    def _refresh_flags(self) -> None:
        for room in self._rooms.values():
            self._standing.refresh_flags(room)
