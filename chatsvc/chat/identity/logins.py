"""How people come to go by their own names: registering, logging in and out."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.accounts import CODE_FOR
from chatsvc.chat.accounts.ignored import Ignored
from chatsvc.chat.people.ignoring import keys_of
from chatsvc.chat.people.nicks import checked
from chatsvc.errors import SHOWN, ChatError
from chatsvc.events.answers import Notice
from chatsvc.events.people import LoggedIn, LoggedOut
from chatsvc.store import StoreError
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.spans import words

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.accounts.ignored import Keys
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.delivery.room import Connection
    from chatsvc.chat.people.session import Session
    from chatsvc.chat.people.user import User


class Logins:
    """Brings people and accounts together.

    All of it raises ChatError, and what waits for the store raises StoreError as well.
    """

    def __init__(
        self, chat: Chat, accounts: Accounts, operators: frozenset[str], in_plaintext: bool
    ) -> None:
        self._chat = chat
        self._accounts = accounts
        self._operators = operators
        self._in_plaintext = in_plaintext

    def choose_name(self, user: User, name: str) -> None:
        """Let somebody choose a name that is nobody's own; from outside, to register with."""
        if user.account is not None:
            raise ChatError(f"You are logged in as {user.name}. To go by another name, /logout.")
        self._chat.standing.check_words(user)
        if self._accounts.owner_of(name) is not None:
            raise ChatError(
                f'The name "{name}" belongs to somebody, or looks like one that does.'
                f" If it is yours: /login {name} password"
            )
        session = user.sessions[0]
        holder = self._chat.users.holder_of(name, but=user)
        if holder is not None and holder.seat is not None:
            seconds = max(1, ceil(holder.held_until - self._chat.clock.seconds()))
            raise ChatError(
                f'The name "{holder.name}" is taken by somebody who has lost the connection:'
                f" it is free in at most {seconds} seconds."
            )
        if session.is_outside:
            if holder is not None:
                raise ChatError(f'The name "{name}" is taken, or looks like one that is.')
            user.name = checked(name)
            session.tell(f"You can register as {user.name}.")
        else:
            self._chat.renaming.rename(user, name)

    async def register(self, session: Session, password: str, code: str) -> None:
        """Make somebody's name an account.

        code: where one has to be invited, what proves it.
        """
        self._check_private(session.connection)
        user = session.user
        if user.account is not None:
            raise ChatError(f"The name {user.name} is yours already.")
        if user.name == user.given:
            raise ChatError("Choose a name first, which is to be yours: /nick name")
        if skeleton(user.name) in self._operators:
            if not session.connection.is_local:
                # Else whoever comes first would be the operator.
                why = f"The name {user.name} is an operator's: register it at the server."
                raise ChatError(why)
            code = code or await self._chat.gate.own_code()
        await self._chat.waiting.forget(user.name)  # of whoever had that name before
        account = await self._accounts.register(
            user.name, password, session.address, self._chat.gate, code
        )
        self._chat.journal.write("registered", session.address, name=account.name)
        if user.sessions and user.name == account.name:
            user = self._become(session, account)
            self._chat.rooms.come_back(user, account)
            await self._chat.tenure.settle(session)
        session.tell(
            f"The name {account.name} is yours. From elsewhere, type /login {account.name}"
            " and your password."
        )

    async def log_in(self, session: Session, name: str, password: str) -> None:
        """Let somebody have their own name, whoever else holds it."""
        self._check_private(session.connection)
        if session.user.account is not None:
            raise ChatError(f"You are logged in as {session.user.name}. First /logout.")
        account = await self._accounts.log_in(name, password, session.address)
        await self.come(session, account)

    async def owner_of(
        self, connection: Connection, name: str, password: str, address: str | None
    ) -> Account:
        """The account whose owner somebody is who is not let in yet, if the password is right."""
        self._check_private(connection)
        return await self._accounts.log_in(name, password, address)

    async def come(self, session: Session, account: Account) -> None:
        """Let somebody be the owner of an account who has shown to be that."""
        chat = self._chat
        if session.has_left:
            return
        chat.arrivals.check(session.connection, session.address)
        chat.standing.check_account(account.name)
        chat.rooms.check_places(session.user, account)
        owner = chat.users.owner(account)
        if owner is None:
            owner = self._become(session, account)
            chat.rooms.come_back(owner, account)
        else:
            if session.is_outside:
                chat.arrivals.open_to(session)
            was_away = not owner.sessions
            guest, known_by = session.user, keys_of(session.user)
            chat.renaming.merge(session, owner)
            self._go_on_ignoring(guest, known_by, owner)
            chat.departures.leave_seat(owner)
            if was_away:
                chat.rooms.come_back(owner, account)
        chat.journal.write("logged in", session.address, name=account.name)
        chat.moderation.put_out_where_banned(owner)
        if session.has_left:
            return
        rooms = tuple([room.name for room in chat.rooms.of(owner)])
        session.answer(LoggedIn(account.name, rooms))
        chat.resumption.tell_untold(session)
        try:
            await chat.handover.show(owner, newcomer=session)
            if await chat.recall.has_missed(chat.rooms.of(owner), account):
                session.tell("To see what was said while you were away, type /since.")
        except StoreError as error:
            session.tell(f"What was said while you were away cannot be told now, as {error}.")
        for other in owner.sessions:
            if other is not session:
                chat.delivery.tell(other, Notice("You have logged in from elsewhere, too."))
        await chat.tenure.settle(session)

    def _become(self, session: Session, account: Account) -> User:
        """Let somebody be the owner of an account, whoever else has its name."""
        chat = self._chat
        if session.is_outside:
            chat.arrivals.open_to(session)
        user = session.user
        known_by = keys_of(user)
        if user.name != account.name:
            self._make_way(account, user)
            chat.renaming.rename(user, account.name)
        chat.announcements.arrive(session)
        chat.announcements.announce()
        chat.users.own(user, account)
        self._go_on_ignoring(user, known_by, user)
        chat.resumption.adopt(user)
        chat.resumption.note(user)
        return user

    def _go_on_ignoring(self, guest: User, known_by: Keys, owner: User) -> None:
        """Let the owner of an account ignore, and be ignored, as before the login."""
        self._follow(known_by, owner)
        owner.ignored.take_in(guest.ignored_as_guest)
        owner.ignored.spare(keys_of(owner))
        for each in owner.sessions:
            self._chat.users.show(each, each.plainly)

    def _follow(self, known_by: Keys, user: User) -> None:
        """Whoever ignores somebody goes on to, by what that person is known by from now on."""
        lists = [each.ignored_as_guest for each in self._chat.users.in_any_order()]
        lists += [each.ignored for each in self._accounts]
        for ignored in lists:
            if ignored.people:  # as most have none, which is sooner seen so
                ignored.follow(known_by, keys_of(user), user)

    def come_in(self, account: Account, address: str | None) -> User:
        """Let the owner of an account be here again who was gone, and reads on."""
        chat = self._chat
        user = chat.arrivals.newcomer(address)
        self._make_way(account, user)
        chat.users.add(user)
        chat.users.rename(user, account.name)
        chat.users.own(user, account)
        user.said = account.said
        chat.announcements.tell_joined(user)
        chat.rooms.come_back(user, account, reads_on=True)
        return user

    def _make_way(self, account: Account, owner: User) -> None:
        """Let nobody else have the name of an account any more, whose owner comes."""
        while (holder := self._chat.users.holder_of(account.name, but=owner)) is not None:
            self._chat.renaming.rename(holder, holder.given)
            self._chat.notices.tell(
                holder, f"The name {account.name} is somebody's own, who has come."
            )

    def log_out(self, session: Session) -> None:
        """Let somebody be a guest again."""
        user = session.user
        account = user.account
        if account is None:
            raise ChatError("You are not logged in.")
        self._chat.read_markers.note(session)
        self._chat.handover.left(session)
        self._chat.resumption.take(session)
        if self._chat.gate.is_closed:
            session.tell("Guests cannot take part here. Goodbye.")
            self._chat.departures.quit(session)
            return
        known_by = keys_of(user)
        if len(user.sessions) > 1:
            self._chat.renaming.split(session)
        else:
            self._chat.resumption.forget(user)
            self._chat.users.disown(user)
            self._chat.renaming.rename(user, user.given)
            self._chat.rooms.put_out_uninvited(user)
        if account.ignored:
            session.user.ignored_as_guest = Ignored()
            session.user.ignored_as_guest.take_in(account.ignored)
        self._chat.users.show(session, session.plainly)
        self._follow(known_by, session.user)
        rooms = tuple([room.name for room in self._chat.rooms.of(session.user)])
        session.answer(LoggedOut(session.user.name, rooms))

    async def unregister(self, session: Session, password: str) -> None:
        """Delete somebody's account."""
        self._check_private(session.connection)
        user = session.user
        if user.account is None:
            raise ChatError("You are not logged in.")
        account = user.account
        await self._accounts.unregister(account, password, session.address)
        self._chat.journal.write("unregistered", session.address, name=account.name)
        self._log_out_all(account, f"The name {account.name} is not yours any more.")
        try:
            await self._forget(session, account.name)
        finally:
            await self._chat.tenure.settle(session)

    async def make_code(self, session: Session, name: str) -> None:
        """Make a code with which the owner of an account can set another password."""
        account = self._account_of_other(session, name)
        code = await self._accounts.make_code(account)
        await self._chat.moderation.note(session, "reset", account)
        session.tell(
            f"For the owner of {account.name}, once, within {words(CODE_FOR)}:"
            f" /setpass {account.name} {code} and a new password"
        )

    async def set_password(self, session: Session, name: str, code: str, new: str) -> None:
        """Let somebody who has a code set the password of an account, and log in."""
        self._check_private(session.connection)
        if session.user.account is not None:
            raise ChatError(f"You are logged in as {session.user.name}. First /logout.")
        account = await self._accounts.set_password(name, code, new, session.address)
        self._chat.journal.write("password changed", session.address, name=account.name)
        self._log_out_all(account, f"{account.name} has another password now: log in with that.")
        session.tell("You have another password now.")
        await self.come(session, account)

    async def remove(self, session: Session, name: str) -> None:
        """Delete the account of somebody else."""
        account = self._account_of_other(session, name)
        moderation = self._chat.moderation
        act = await moderation.note(session, "remove", account)
        try:
            await self._accounts.remove(account)
        except BaseException:
            await self._chat.acts.fail(act)
            raise
        self._log_out_all(
            account, f"An operator has removed your account: {account.name} is not yours any more."
        )
        try:
            await self._forget(session, account.name)
        finally:
            await self._chat.tenure.forget_accounts()

    def _account_of_other(self, session: Session, name: str) -> Account:
        """An account to which an operator may do something. Raises ChatError."""
        account = self._accounts.find(name)
        if account is None:
            raise ChatError(f'There is no account "{name[:SHOWN]}".')
        if account is session.user.account:
            raise ChatError("That is your own: see /passwd and /unregister.")
        if skeleton(account.name) in self._operators and not session.connection.is_local:
            raise ChatError(f"{account.name} is an operator: do that at the server itself.")
        return account

    async def log_out_everywhere(self, session: Session) -> None:
        """Let somebody be a guest again on all connections, and end all tokens."""
        account = session.user.account
        if account is None:
            raise ChatError("You are not logged in.")
        await self._accounts.end_era(account)
        self._log_out_all(account, f"You are logged out as {account.name} everywhere.")

    def _log_out_others(self, session: Session, account: Account, told: str) -> None:
        """Let whoever else goes by the name of an account be a guest; the session gets a new token.

        Whoever knew the old one would come back by it.
        """
        for each in session.user.sessions:
            if each is not session:
                each.tell(told)
                self.log_out(each)
        self._chat.resumption.renew(session)
        self._chat.resumption.end_of(account, but=session)

    def _log_out_all(self, account: Account, told: str) -> None:
        """Let whoever goes by the name of an account be a guest, here or not."""
        self._chat.resumption.end_of(account)
        user = self._chat.users.owner(account)
        if user is None:
            return
        for each in user.sessions:
            each.tell(told)
            self.log_out(each)
        if user.seat is not None:  # the connection is lost
            known_by = keys_of(user)
            self._chat.users.disown(user)
            self._chat.renaming.rename(user, user.given)
            self._chat.rooms.put_out_uninvited(user)
            self._follow(known_by, user)

    async def forget(self, session: Session, name: str) -> None:
        """Delete what is kept of somebody, besides what was said and the account."""
        is_own = skeleton(name) == skeleton(session.user.name)
        if not is_own and not self._chat.standing.is_operator(session.user):
            raise ChatError("Only operators may do that for others.")
        await self._forget(session, session.user.name if is_own else name)
        if is_own and session.user.given != session.user.name:
            await self._forget(session, session.user.given)

    async def _forget(self, session: Session, name: str) -> None:
        user = session.user
        is_guest = user.account is None and skeleton(name) in map(skeleton, (user.name, user.given))
        # Others may have gone by the name of a guest.
        own = {user.address or "", session.address or ""} if is_guest else None
        visits = await self._chat.addresses.forget(name, own)
        account = self._accounts.find(name)
        messages = 0
        if account is not None or visits:
            messages = await self._chat.waiting.forget(account.name if account else name)
        if account is not None:
            account.cursors.clear()
            account.missed.clear()
            owner = self._chat.users.owner(account)
            if owner is not None:  # from now on it is kept again
                for room in self._chat.rooms.of(owner):
                    account.enter(room.place, self._chat.delivery.head_of(room))
            await self._accounts.keep()
        session.tell(
            f"Deleted of {name[:SHOWN]}: {visits} visits with their addresses,"
            f" {messages} messages that waited{', how far was read' if account else ''}."
        )

    async def change_password(self, session: Session, password: str, new: str) -> None:
        """Give somebody another password."""
        self._check_private(session.connection)
        account = session.user.account
        if account is None:
            raise ChatError("You are not logged in.")
        await self._accounts.change_password(account, password, new, session.address)
        self._chat.journal.write("password changed", session.address, name=account.name)
        told = f"{account.name} has another password now: log in with that."
        if session.user.account is account:
            self._log_out_others(session, account, told)
        else:  # it is logged out meanwhile
            self._log_out_all(account, told)
        session.tell("You have another password now.")

    def _check_private(self, connection: Connection) -> None:
        if not (self._in_plaintext or connection.is_private):
            raise ChatError("Others could read your password on its way here. Connect with TLS.")
