"""Departures: quitting, lost connections, removals, and the grace period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.accounts.recent_nonces import NO_NONCES
from chatsvc.chat.people.connection import CLOSED
from chatsvc.chat.people.user import Ending, Grace
from chatsvc.events.answers import Dismissed
from chatsvc.events.event import LOBBY
from chatsvc.events.people import Lost, Presence, Quit

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.recent_nonces import RecentNonces
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.people.given_names import Names
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.presence.announcements import Announcements
    from chatsvc.chat.presence.notices import Notices
    from chatsvc.chat.presence.seats import Seats
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.clock import Clock
    from chatsvc.journal import Journal

CLOSE_WITHIN = 5.0  # seconds for a session that has left to read the rest
MOST_WITH_NONCES = 1000  # accounts whose nonces are kept after the owner left; each takes 3 KB
_QUIT = Ending("quit")
_REMOVED = Ending("ended", "removed from the server")
RESUME_WITHIN = 60.0  # seconds for which the place of a token is kept at least


class Departures:
    """Handles the end of sessions, and the departure of people.

    quitting: each called with a session that quits.
    closing: each called with a session whose input has ended, before its person may leave.
    closed: each called with a session whose connection is closed.
    leaving: each called with a person who leaves, before that is announced.
    left: each called with a person who has left, after that was announced.
    removed: each called with a person removed from the server, and the notice to that person.
    emptied: called when the last connection is closed.
    """

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        users: Users,
        sessions: Sessions,
        seats: Seats,
        names: Names,
        notices: Notices,
        announcements: Announcements,
        delivery: Delivery,
        limits: Limits,
    ) -> None:
        self.quitting: list[Callable[[Session], object]] = []
        self.closing: list[Callable[[Session], object]] = []
        self.closed: list[Callable[[Session], object]] = []
        self.leaving: list[Callable[[User], object]] = []
        self.left: list[Callable[[User], object]] = []
        self.removed: list[Callable[[User, str], object]] = []
        self.emptied: Callable[[], object] = lambda: None
        self._clock = clock
        self._journal = journal
        self._users = users
        self._sessions = sessions
        self._seats = seats
        self._names = names
        self._notices = notices
        self._announcements = announcements
        self._delivery = delivery
        self._limits = limits
        self._with_nonces: dict[Account, None] = {}  # in the order in which their owners left

    def quit(self, session: Session, why: str = "") -> None:
        """Handle a /quit, perhaps with a reason."""
        for hook in self.quitting:
            hook(session)
        if not session.has_left:
            session.ending = _QUIT
        self._leave(session, Quit(session.user.name, why))

    def lose(self, session: Session) -> None:
        """Handle the end of a session's input without /quit; the rest is still written to it."""
        self._leave(session, Lost(session.user.name))

    def withdraw(self, session: Session) -> None:
        """Withdraw a newcomer whose connection resumes another place."""
        session.ends_at = self._delivery.last_id
        self._take_out(session, Quit(session.user.name))
        self.gone(session)

    def remove(self, user: User, event: Presence, notice: str) -> None:
        """Remove a person from the server.

        event: what the others see.
        notice: to that person.
        """
        for session in user.sessions:
            self._announcements.arrive(session)
        if not user.sessions:
            self._notices.tell(user, notice, LOBBY)
        for session in user.sessions:
            self._delivery.tell(session, Dismissed(notice, LOBBY))
            session.ending = _REMOVED
            self.end(session, CLOSE_WITHIN)
            user.remove_session(session)
        self.end_grace(user)
        for each in self.removed:
            each(user, notice)
        self._leave_for_good(user, event)

    def gone(self, session: Session) -> None:
        """Handle the end of a session's connection, for whatever reason."""
        self.lose(session)
        for hook in self.closed:
            hook(session)
        session.connection.stop_waiting()
        self._delivery.forget(session)
        session.connection = CLOSED[session.connection.is_delivered]
        self._sessions.remove(session)
        if not self._sessions:
            self.emptied()

    def end(self, session: Session, within: float) -> None:
        """Close a session once it has read everything up to now, or after some seconds."""
        session.connection.cut_off_in(within)
        if not session.has_left:
            self._delivery.close_when_read(session)

    def begin_grace(self, user: User) -> bool:
        """Begin the grace period of somebody whose connections are lost, if there is one."""
        keep = self._limits.grace if user.account is not None else 0.0
        if user.tokens:
            keep = max(keep, RESUME_WITHIN)
        if keep > 0:
            timer = self._clock.callLater(keep, self._give_up, user)
            user.grace = Grace(timer, self._clock.seconds() + keep)
            # Accounts are few; guests are without number, and need a seat.
            other = self._seats.take(user) if user.account is None else None
            if other is not None:
                self.end_grace(other)
                self._give_up(other)
        return keep > 0

    def end_grace(self, user: User) -> None:
        """End the grace period of a person who is back, or gone for good."""
        if user.grace is not None:
            user.grace.timer.cancel()
            user.grace = None
        self._seats.leave(user)

    def close(self) -> None:
        """Stop: nobody can come back any longer, and nobody is told who comes and goes."""
        self._announcements.close()
        for user in self._users.values():
            if user.grace is not None:
                user.grace.timer.cancel()

    def _leave(self, session: Session, event: Presence) -> None:
        if session.has_left:
            return
        self._announcements.announce()
        for hook in self.closing:
            hook(session)
        self.end(session, CLOSE_WITHIN)
        self._take_out(session, event)

    def _take_out(self, session: Session, event: Presence) -> None:
        """Take a session from its person, who leaves with the last one."""
        user = session.user
        if session not in user.sessions:
            return  # another session has its place, and may have ended before it
        user.remove_session(session)
        if session.must_log_in:
            self._names.take_back(user.given_name, user.address)
        elif self._announcements.forget(session):
            self._leave_for_good(user, None)
        elif not user.sessions and not (isinstance(event, Lost) and self.begin_grace(user)):
            self._leave_for_good(user, event)

    def _give_up(self, user: User) -> None:
        """Give up the place of a person whose grace period is over."""
        self._leave_for_good(user, Lost(user.name))

    def _keep_nonces(self, account: Account, nonces: RecentNonces) -> None:
        """Keep the nonces of an account's owner who leaves; the one gone longest loses theirs."""
        account.nonces = nonces
        self._with_nonces.pop(account, None)
        if nonces:
            self._with_nonces[account] = None
            if len(self._with_nonces) > MOST_WITH_NONCES:
                oldest = next(iter(self._with_nonces))
                del self._with_nonces[oldest]
                oldest.nonces = NO_NONCES

    def _leave_for_good(self, user: User, event: Presence | None) -> None:
        """Remove a person who is gone.

        event: what the others see; None if the person was never announced.
        """
        user.forget_correspondents()
        user.grace = None
        self._seats.leave(user)
        for hook in self.leaving:
            hook(user)
        if user.account is not None:
            self._keep_nonces(user.account, user.nonces)
            self._users.forget_owner(user)
        self._users.remove(user)
        self._names.take_back(user.given_name, user.address)
        if event is not None:
            self._announcements.tell(user, event)
        for hook in self.left:
            hook(user)
