"""Logging in and out."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from chatsvc.chat.people.ignoring import keys_of
from chatsvc.chat.people.nicks import checked
from chatsvc.errors import ChatError
from chatsvc.events.answers import Notice
from chatsvc.events.people import MISSED, Identified, LoggedIn, LoggedOut
from chatsvc.store import StoreError
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.accounts.gate import Gate
    from chatsvc.chat.accounts.ignored import Keys
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.handover import Handover
    from chatsvc.chat.history.read_markers import ReadMarkers
    from chatsvc.chat.history.recall import Recall
    from chatsvc.chat.identity.certificates import Certificates
    from chatsvc.chat.identity.renaming import Renaming
    from chatsvc.chat.identity.tokens import Tokens
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.moderation.moderation import Moderation
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.moderation.tenure import Tenure
    from chatsvc.chat.people.connection import Peer
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.presence.announcements import Announcements
    from chatsvc.chat.presence.arrivals import Arrivals
    from chatsvc.chat.presence.departures import Departures
    from chatsvc.chat.presence.notices import Notices
    from chatsvc.chat.rooms.joining import Joining
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.clock import Clock, Spawn, Turns
    from chatsvc.journal import Journal

MOST_SESSIONS = 100  # of one account, to which more could not log in
LOGGED_OUT_AT_ONCE = 2  # sessions logged out before others have their turn
LISTS_AT_ONCE = 500  # of ignored people, looked at before others have their turn


@dataclass(eq=False)
class Logins:
    """Logs people in to accounts, and out.

    All methods raise ChatError; those that wait for the store also StoreError.
    """

    _clock: Clock
    _spawn: Spawn
    _turns: Turns
    _journal: Journal
    _delivery: Delivery
    _accounts: Accounts
    _gate: Gate
    _users: Users
    _notices: Notices
    _announcements: Announcements
    _arrivals: Arrivals
    _departures: Departures
    _rooms: Rooms
    _joining: Joining
    _handover: Handover
    _recall: Recall
    _read_markers: ReadMarkers
    _standing: Standing
    _moderation: Moderation
    _tenure: Tenure
    _tokens: Tokens
    _renaming: Renaming
    _certificates: Certificates
    _limits: Limits

    def choose_name(self, user: User, name: str) -> None:
        """Rename a person to a name without an account; before the login, for registering."""
        if user.account is not None:
            raise ChatError(f"You are logged in as {user.name}. To go by another name, /logout.")
        self._standing.check_words(user)
        if self._accounts.like(name) is not None:
            raise ChatError(
                f'The name "{name}" belongs to somebody, or looks like one that does.'
                f" If it is yours: /login {name} password"
            )
        session = user.sessions[0]
        holder = self._users.holder_of(name, but=user)
        if holder is not None and holder.grace is not None:
            seconds = max(1, ceil(holder.grace.until - self._clock.seconds()))
            raise ChatError(
                f'The name "{holder.name}" is taken by somebody who has lost the connection:'
                f" it is free in at most {counted(seconds, 'second')}."
            )
        if session.must_log_in:
            if holder is not None:
                raise ChatError(f'The name "{name}" is taken, or looks like one that is.')
            user.name = checked(name)
            session.tell(f"You can register as {user.name}.")
        else:
            self._renaming.rename(user, name)

    async def log_in(self, session: Session, name: str, password: str) -> None:
        """Log a session in with a password; if that is empty, with its certificate."""
        if session.user.account is not None:
            raise ChatError(f"You are logged in as {session.user.name}. First /logout.")
        if not password and session.connection.fingerprint:
            account = self._certificates.owner(session.connection, name)
        else:
            account = await self.owner_of(session.connection, name, password, session.address)
        await self.come(session, account, account.era)

    async def owner_of(self, peer: Peer, name: str, password: str, address: str | None) -> Account:
        """The account for a peer, perhaps not let in yet, if the password is right."""
        self.check_private(peer)
        return await self._accounts.log_in(name, password, address)

    async def come(
        self, session: Session, account: Account, era: str, *, keeps_name: bool = False
    ) -> None:
        """Log in a session that has proved to be the account's owner's.

        era: the account's at that time; a new password ends what the old one has proved.
        keeps_name: whether a chosen name is kept, unless the owner is here already.
        """
        await self._turns.go_on()
        if session.has_left:
            return
        self._arrivals.check(session.connection, session.address)
        self._standing.check_account(account.name)
        if account.era != era or self._accounts.find(account.name) is not account:
            raise ChatError(f"{account.name} has another password now, or is gone. Log in again.")
        self._joining.check_rooms(session.user, account)
        owner = self._users.owner(account)
        self.check_sessions(account)
        if owner is None:
            owner = self.become(session, account, keeps_name=keeps_name)
            self._joining.come_back(owner, account)
        else:
            if session.must_log_in:
                self._arrivals.open_to(session)
            was_away = not owner.sessions
            guest, known_by = session.user, keys_of(session.user)
            self._renaming.merge(session, owner)
            self._go_on_ignoring(guest, known_by, owner)
            self._departures.end_grace(owner)
            if was_away:
                self._joining.come_back(owner, account)
        self._journal.write("logged in", session.address, name=account.name)
        self._moderation.put_out_where_banned(owner)
        if session.has_left:
            return
        rooms = tuple([room.name for room in self._rooms.of(owner)])
        session.answer(LoggedIn(account.name, rooms))
        for each in session.user.take_missed_notices():
            if not each.is_told:
                self._delivery.tell(session, each.event)
        await self._turns.go_on()
        try:
            await self._handover.show(owner, newcomer=session)
            if await self._recall.has_missed(self._rooms.of(owner), account):
                session.tell(MISSED)
        except StoreError as error:
            session.tell(f"The messages that you missed cannot be shown now, as {error}.")
        for other in owner.sessions:
            if other is not session:
                self._delivery.tell(other, Notice("You have logged in from elsewhere, too."))
        await self._tenure.settle(session)

    def check_sessions(self, account: Account) -> None:
        """Check that an account may have one more connection. Raises ChatError."""
        owner = self._users.owner(account)
        if owner is not None and len(owner.sessions) >= MOST_SESSIONS:
            many = f"{account.name} has {MOST_SESSIONS} connections, which is the most"
            raise ChatError(f"{many}. On one of them, /sessions end others ends the others.")

    def become(self, session: Session, account: Account, *, keeps_name: bool = False) -> User:
        """Make a session's person the owner of an account, and return that person.

        If somebody else has the account's name, they give it up.

        keeps_name: whether a chosen name is kept.
        """
        if session.must_log_in:
            self._arrivals.open_to(session)
        user = session.user
        known_by = keys_of(user)
        if user.name == user.given_name or not keeps_name:
            self._make_way(account, user)
            self._renaming.rename(user, account.name, account.name)
        self._announcements.arrive(session)
        self._announcements.announce()
        self._users.own(user, account)
        self._announcements.watch(user, Identified(user.name))
        self._go_on_ignoring(user, known_by, user)
        self._tokens.share_with_account(user)
        self._tokens.note(user)
        return user

    def _go_on_ignoring(self, guest: User, known_by: Keys, owner: User) -> None:
        """Carry over to the owner whom the guest ignores, and who ignores the guest."""
        self._follow(known_by, owner, owner)
        owner.ignore_all(guest.as_guest.ignored)
        owner.ignored.spare((*known_by, *keys_of(owner)))
        for each in owner.sessions:
            self._users.show(each, each.unfiltered)

    def _follow(self, known_by: Keys, user: User, named: User | Account) -> None:
        """Keep a person ignored by others when the person's keys change.

        named: the person or account whose name is listed.
        """
        self._spawn(self._follow_in_all(known_by, keys_of(user), named, user.sessions))

    async def _follow_in_all(
        self, known_by: Keys, new: Keys, named: User | Account, sessions: Sequence[Session]
    ) -> None:
        """Do so in all lists; none of the person's lines is taken before."""
        holding = self._delivery.holding
        holding.shut.update(sessions)
        try:
            async for each in self._turns.slowly(tuple(self._users.lists), LISTS_AT_ONCE):
                each.follow(known_by, new, named)
        finally:
            holding.open(sessions)
            self._delivery.schedule_round()

    def come_in(self, account: Account, address: str | None) -> User:
        """Bring back the owner of an account, who had left and reads on."""
        user = self._arrivals.newcomer(address)
        self._make_way(account, user)
        self._users.add(user)
        self._users.rename(user, account.name)
        self._users.own(user, account)
        user.nonces = account.nonces
        self._announcements.tell_joined(user)
        self._joining.come_back(user, account, reads_on=True)
        return user

    def _make_way(self, account: Account, owner: User) -> None:
        """Take the account's name from anybody else who has it, for its owner."""
        while (holder := self._users.holder_of(account.name, but=owner)) is not None:
            self._renaming.rename(holder, holder.given_name)
            self._notices.tell(holder, f"The owner of the name {account.name} has logged in.")

    def log_out(self, session: Session) -> None:
        """Log a session out; it becomes a guest's."""
        user = session.user
        account = user.account
        if account is None:
            raise ChatError("You are not logged in.")
        self._read_markers.note(session)
        self._handover.left(session)
        self._tokens.revoke(session)
        if self._gate.is_closed:
            session.tell("Guests cannot take part here. Goodbye.")
            self._departures.quit(session)
            return
        known_by = keys_of(user)
        if len(user.sessions) > 1:
            self._renaming.split(session)
        else:
            self._tokens.forget(user)
            self._renaming.disown(user)
            self._joining.put_out_uninvited(user)
        if account.ignored:
            session.user.keep_ignoring(account.ignored)
        self._users.show(session, session.unfiltered)
        self._still_ignored(known_by, session.user, account)
        rooms = tuple([room.name for room in self._rooms.of(session.user)])
        session.answer(LoggedOut(session.user.name, rooms))

    def _still_ignored(self, known_by: Keys, guest: User, account: Account) -> None:
        """Keep a person ignored by others after a logout."""
        is_there = self._accounts.find(account.name) is account
        self._follow(known_by, guest, account if is_there else guest)

    async def log_out_everywhere(self, session: Session) -> None:
        """Log out all of a person's sessions, and revoke all tokens."""
        account = session.user.account
        if account is None:
            raise ChatError("You are not logged in.")
        await self._accounts.end_era(account)
        await self.log_out_all(account, f"You are logged out as {account.name} everywhere.")

    async def log_out_others(self, session: Session, account: Account, notice: str) -> None:
        """Log out an account's other sessions, and replace this one's token.

        Others may know the old token, and could resume with it.
        """
        self._tokens.renew(session)
        self._tokens.end_of(account, but=session)
        others = [each for each in session.user.sessions if each is not session]
        await self._log_out_each(account, others, notice)

    async def log_out_all(self, account: Account, notice: str) -> None:
        """Log out all of an account's sessions, lost ones included."""
        self._tokens.end_of(account)
        user = self._users.owner(account)
        if user is None:
            return
        await self._log_out_each(account, user.sessions, notice)
        if user.account is account and user.grace is not None:  # all connections are lost
            known_by = keys_of(user)
            self._renaming.disown(user)
            self._joining.put_out_uninvited(user)
            self._still_ignored(known_by, user, account)

    async def _log_out_each(
        self, account: Account, sessions: Sequence[Session], notice: str
    ) -> None:
        """Log out some of an account's sessions; none of their lines is taken before."""
        holding, left = self._delivery.holding, dict.fromkeys(sessions)
        holding.shut.update(sessions)
        try:
            async for each in self._turns.slowly(sessions, LOGGED_OUT_AT_ONCE):
                holding.open([each])
                del left[each]
                if each.user.account is account and not each.has_left:
                    each.tell(notice)
                    self.log_out(each)
        finally:
            holding.open(left)

    def check_private(self, peer: Peer) -> None:
        """Check that a password may come from this peer. Raises ChatError."""
        if not (self._limits.plaintext_passwords or peer.is_private):
            raise ChatError("Others could read your password on its way here. Connect with TLS.")
