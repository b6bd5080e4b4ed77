"""Client certificates of TLS, which log people in without a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.errors import SHOWN, ChatError
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.people.connection import Connection
    from chatsvc.chat.people.user import Session
    from chatsvc.journal import Journal

MOST_CERTIFICATES = 10  # of one account


@dataclass(eq=False)
class Certificates:
    """Adds certificates to accounts, and finds a certificate's account.

    A certificate is known by its fingerprint, the SHA-256 in hexadecimal. All methods raise
    ChatError; those that wait for the store also StoreError.
    """

    _journal: Journal
    _accounts: Accounts

    def owner(self, connection: Connection, name: str = "") -> Account:
        """The account of a connection's certificate.

        name: the name that it has to have; empty for any.
        """
        account = self._owner(connection.fingerprint)
        if account is None or (name and folded(name) != folded(account.name)):
            raise ChatError("That is not the name of the account that has your certificate.")
        return account

    async def add(self, session: Session) -> None:
        """Add the certificate of a session's connection to the account."""
        account, own = self._account(session), session.connection.fingerprint
        if not own:
            raise ChatError("Your connection has no certificate: connect with TLS and one.")
        other = self._owner(own)
        if other is not None:
            whose = "this account" if other is account else "another account"
            raise ChatError(f"That certificate belongs to {whose} already.")
        if len(account.certificates) >= MOST_CERTIFICATES:
            raise ChatError(f"An account has at most {MOST_CERTIFICATES} certificates.")
        account.certificates += (own,)
        try:
            await self._accounts.store(account)
        except BaseException:  # others may have changed them meanwhile
            account.certificates = _without(own, account)
            raise
        self._journal.write("certificate added", session.address, name=account.name)
        session.tell(f"{account.name} can log in with this certificate from now on: {own}")

    async def remove(self, session: Session, fingerprint: str) -> None:
        """Remove a certificate from the account."""
        account = self._account(session)
        wanted = fingerprint.replace(":", "").lower() or session.connection.fingerprint
        if wanted not in account.certificates:
            raise ChatError(f'{account.name} has no certificate "{fingerprint[:SHOWN]}".')
        before = account.certificates
        left = account.certificates = _without(wanted, account)
        try:
            await self._accounts.store(account)
        except BaseException:
            if account.certificates is left:
                account.certificates = before
            raise
        self._journal.write("certificate removed", session.address, name=account.name)
        session.tell(f"That certificate logs nobody in any more: {wanted}")

    def tell(self, session: Session) -> None:
        """List the certificates of the account for a session."""
        account = self._account(session)
        for each in account.certificates:
            here = " (this connection's)" if each == session.connection.fingerprint else ""
            session.tell(f"{each}{here}")
        if not account.certificates:
            session.tell(f"{account.name} has no certificates.")

    def _owner(self, fingerprint: str) -> Account | None:
        """The account with a certificate, if any."""
        accounts = (each for each in self._accounts if fingerprint in each.certificates)
        return next(accounts, None)

    def _account(self, session: Session) -> Account:
        if session.user.account is None:
            raise ChatError("You have to log in for that.")
        return session.user.account


def _without(fingerprint: str, account: Account) -> tuple[str, ...]:
    return tuple([each for each in account.certificates if each != fingerprint])
