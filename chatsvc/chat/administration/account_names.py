"""Account names: an account gets a new name, and keeps everything stored under the old one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.ignored import account_keys
from chatsvc.chat.people.keys import account_key
from chatsvc.chat.people.nicks import checked
from chatsvc.errors import SHOWN, ChatError
from chatsvc.text.lookalikes import skeleton

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.direct.conversations import Conversations
    from chatsvc.chat.direct.inboxes import Inboxes
    from chatsvc.chat.identity.logins import Logins
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.moderation.acts import Acts
    from chatsvc.chat.moderation.moderation import Moderation
    from chatsvc.chat.people.user import Session
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.people.visits import Visits
    from chatsvc.chat.programs.hooks import Hooks
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Turns

LISTS_AT_ONCE = 500  # lists of ignored people checked before others have their turn


@dataclass(eq=False)
class AccountNames:
    """Renames accounts.

    The account is copied, then everything moves to the copy, then the old one is removed. If the
    store fails in between, both are there, and the same call again goes on.
    """

    _turns: Turns
    _limits: Limits
    _accounts: Accounts
    _users: Users
    _visits: Visits
    _rooms: Rooms
    _settings: Settings
    _acts: Acts
    _moderation: Moderation
    _conversations: Conversations
    _inboxes: Inboxes
    _hooks: Hooks
    _logins: Logins

    async def rename(self, session: Session, name: str, new: str) -> Account:
        """Rename an account, and log its owner out. Raises ChatError or StoreError.

        Tokens and sign-ins end. What was said before has the old name.
        """
        account = self._accounts.find(name)
        if account is None:
            raise ChatError(f'There is no account "{name[:SHOWN]}".')
        new, old = checked(new), account.name
        copy = self._checked(account, new)
        if copy is None:
            await self._conversations.forget(new)  # of an earlier account with that name
            copy = account.copy(new)
        await self._accounts.add(copy)
        await self._moderation.note(session, "rename", account)
        notice = f"Your account is called {new} now: /login {new}"
        await self._logins.log_out_all(account, notice)
        for room in list(self._rooms.values()):
            while room.is_changing:
                await self._turns.pause()
            if room.owner_account == old:
                await self._settings.change(room, owner_account=new)
        await self._acts.rename(account_key(old), account_key(new), new)
        await self._hooks.rename(old, new)
        await self._follow(copy, old)
        await self._inboxes.rename(old, new)
        await self._visits.rename(old, new)
        await self._accounts.remove(account)
        await self._logins.log_out_all(account, notice)  # people who have logged in meanwhile
        await self._accounts.end_era(copy)
        return copy

    def _checked(self, account: Account, new: str) -> Account | None:
        """Check a new name, and return the copy, if there is one from the last time."""
        for each in (account.name, new):
            if skeleton(each) in self._limits.operators:
                raise ChatError(f"{each} is an operator's name: change the settings first.")
        if self._accounts.like(new) is account:
            raise ChatError(f"{new} looks like {account.name}: that would be the same name.")
        copy = self._accounts.like(new)
        holder = self._users.holder_of(new)
        own = [account] if copy is None else [account, copy]
        is_taken = copy is not None and copy.era != account.era
        if is_taken or (holder is not None and holder.account not in own):
            raise ChatError(f'The name "{new}" is taken, or looks like one that is.')
        return copy

    async def _follow(self, copy: Account, old: str) -> None:
        """Let the people who ignore the owner go on ignoring them."""
        keys, new = account_keys(old), account_keys(copy.name)
        async for user in self._turns.slowly(list(self._users.in_any_order()), LISTS_AT_ONCE):
            user.as_guest.ignored.follow(keys, new, copy)
        async for each in self._turns.slowly(list(self._accounts), LISTS_AT_ONCE):
            if each.ignored.people:
                each.ignored.follow(keys, new, copy)
                await self._accounts.keep_one(each)
