"""Registration: making, changing and deleting accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.accounts import CODE_FOR
from chatsvc.errors import SHOWN, ChatError
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.spans import words

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.accounts.gate import Gate
    from chatsvc.chat.direct.conversations import Conversations
    from chatsvc.chat.identity.forgetting import Forgetting
    from chatsvc.chat.identity.logins import Logins
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.moderation.acts import Acts
    from chatsvc.chat.moderation.moderation import Moderation
    from chatsvc.chat.moderation.tenure import Tenure
    from chatsvc.chat.people.user import Session
    from chatsvc.chat.rooms.joining import Joining
    from chatsvc.journal import Journal


@dataclass(eq=False)
class Registration:
    """Makes, changes and deletes accounts.

    All methods raise ChatError; those that wait for the store also StoreError.
    """

    _journal: Journal
    _accounts: Accounts
    _gate: Gate
    _joining: Joining
    _conversations: Conversations
    _acts: Acts
    _moderation: Moderation
    _tenure: Tenure
    _logins: Logins
    _forgetting: Forgetting
    _limits: Limits

    async def register(self, session: Session, password: str, code: str) -> None:
        """Make a person's name an account.

        code: the invitation code, on an invite-only server.
        """
        self._logins.check_private(session.connection)
        user = session.user
        if user.account is not None:
            raise ChatError(f"The name {user.name} is yours already.")
        if user.name == user.given_name:
            raise ChatError("Choose a name first: /nick name")
        is_operator = skeleton(user.name) in self._limits.operators
        if is_operator:
            if not session.connection.is_local:
                # Otherwise the first person to come would become the operator.
                why = f"The name {user.name} is an operator's: register it at the server."
                raise ChatError(why)
            code = code or await self._gate.own_code()
        await self._conversations.forget(user.name)  # of an earlier account with that name
        account = await self._accounts.register(
            user.name, password, session.address, self._gate, code, is_operator
        )
        self._journal.write("registered", session.address, name=account.name)
        if user.sessions and user.name == account.name:
            user = self._logins.become(session, account)
            self._joining.come_back(user, account)
            await self._tenure.settle(session)
        session.tell(
            f"The name {account.name} is yours. From elsewhere, type /login {account.name}"
            " and your password."
        )

    async def unregister(self, session: Session, password: str) -> None:
        """Delete somebody's account."""
        self._logins.check_private(session.connection)
        user = session.user
        if user.account is None:
            raise ChatError("You are not logged in.")
        account = user.account
        await self._accounts.unregister(account, password, session.address)
        self._journal.write("unregistered", session.address, name=account.name)
        await self._logins.log_out_all(account, f"The name {account.name} is not yours any more.")
        try:
            await self._forgetting.delete(session, account.name)
        finally:
            await self._tenure.settle(session)

    async def make_code(self, session: Session, name: str) -> str:
        """Make a code for an account's owner to set another password with, and return it."""
        account = self._account_of_other(session, name)
        code = await self._accounts.make_code(account)
        await self._moderation.note(session, "reset", account)
        session.tell(
            f"For the owner of {account.name}, once, within {words(CODE_FOR)}:"
            f" /setpass {account.name} {code} and a new password"
        )
        return code

    async def set_password(self, session: Session, name: str, code: str, new: str) -> None:
        """Set the password of an account with a code, and log in."""
        self._logins.check_private(session.connection)
        if session.user.account is not None:
            raise ChatError(f"You are logged in as {session.user.name}. First /logout.")
        account = await self._accounts.set_password(name, code, new, session.address)
        self._journal.write("password changed", session.address, name=account.name)
        await self._logins.log_out_all(
            account, f"{account.name} has another password now: log in with that."
        )
        session.tell("Your password has been changed.")
        await self._logins.come(session, account, account.era)

    async def remove(self, session: Session, name: str) -> None:
        """Delete somebody else's account."""
        account = self._account_of_other(session, name)
        moderation = self._moderation
        act = await moderation.note(session, "remove", account)
        try:
            await self._accounts.remove(account)
        except BaseException:
            await self._acts.fail(act)
            raise
        await self._logins.log_out_all(
            account, f"An operator has removed your account: {account.name} is not yours any more."
        )
        try:
            await self._forgetting.delete(session, account.name)
        finally:
            await self._tenure.forget_accounts()

    def _account_of_other(self, session: Session, name: str) -> Account:
        """An account that the operator may change. Raises ChatError."""
        account = self._accounts.find(name)
        if account is None:
            raise ChatError(f'There is no account "{name[:SHOWN]}".')
        if account is session.user.account:
            raise ChatError("That is your own: see /passwd and /unregister.")
        if skeleton(account.name) in self._limits.operators and not session.connection.is_local:
            raise ChatError(f"{account.name} is an operator: do that at the server itself.")
        return account

    async def change_password(self, session: Session, password: str, new: str) -> None:
        """Change somebody's password."""
        self._logins.check_private(session.connection)
        account = session.user.account
        if account is None:
            raise ChatError("You are not logged in.")
        await self._accounts.change_password(account, password, new, session.address)
        self._journal.write("password changed", session.address, name=account.name)
        notice = f"{account.name} has another password now: log in with that."
        if session.user.account is account:
            await self._logins.log_out_others(session, account, notice)
        else:  # it has logged out meanwhile
            await self._logins.log_out_all(account, notice)
        session.tell(
            "Your password has been changed. Your other connections are logged out, and your tokens"
            " have ended: see /sessions."
        )
