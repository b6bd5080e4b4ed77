"""Departures: somebody quits, is lost or is put off the server; a place may be kept for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.events.answers import Dismissed
from chatsvc.events.event import LOBBY
from chatsvc.events.people import Lost, Presence, Quit

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.people.given_names import Names
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.presence.announcements import Announcements
    from chatsvc.chat.presence.notices import Notices
    from chatsvc.chat.presence.seats import Seats
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.clock import Clock
    from chatsvc.journal import Journal

CLOSE_WITHIN = 5.0  # seconds that a session has, after it has left, to read what is owed to it
RESUME_WITHIN = 60.0  # seconds that a place is kept for whoever holds a token, at least


class Departures:
    """Lets people go.

    quitting: each called with a session that leaves by saying so.
    closing: each called with a session that takes no more, before its person may be gone.
    closed: each called with a session whose connection is closed.
    leaving: each called with somebody who is here no longer, before the others are told.
    left: each called with somebody of whom the others were told that.
    removed: each called with somebody who is put off the server, and what that person is told.
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
        grace: float,
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
        self._grace = grace

    def quit(self, session: Session, why: str = "") -> None:
        """Somebody leaves by saying so, and perhaps why."""
        for told in self.quitting:
            told(session)
        self._journal.write("quit", name=session.user.name)
        self._leave(session, Quit(session.user.name, why))

    def lose(self, session: Session) -> None:
        """Somebody will send no more, and has not said so; what is owed is still written."""
        self._leave(session, Lost(session.user.name))

    def withdraw(self, session: Session) -> None:
        """Take back a newcomer, whose connection is to have somebody's place."""
        session.ends_at = self._delivery.last_id
        self._take_out(session, Quit(session.user.name))
        self.gone(session)

    def remove(self, user: User, event: Presence, told: str) -> None:
        """Put somebody off the server.

        event: what the others see of that.
        told: what that person alone is told.
        """
        for session in user.sessions:
            self._announcements.arrive(session)
        if not user.sessions:
            self._notices.tell(user, told, LOBBY)
        for session in user.sessions:
            self._delivery.tell(session, Dismissed(told, LOBBY))
            self.end(session, CLOSE_WITHIN)
        user.sessions = ()
        self.end_grace(user)
        for each in self.removed:
            each(user, told)
        self._leave_for_good(user, event)

    def gone(self, session: Session) -> None:
        """A session's connection is closed, for whatever reason."""
        self.lose(session)
        for told in self.closed:
            told(session)
        session.lift_deadline()
        self._delivery.forget(session)
        self._sessions.remove(session)
        if not self._sessions:
            self.emptied()

    def end(self, session: Session, within: float) -> None:
        """Let a session read what has happened up to now, within some seconds; then close it."""
        session.abort_within(self._clock, within)
        if not session.has_left:
            self._delivery.end(session)

    def begin_grace(self, user: User) -> bool:
        """Keep the place of somebody for a while whose last connection is lost, if it is to be."""
        keep = self._grace if user.account is not None else 0.0
        if user.tokens:
            keep = max(keep, RESUME_WITHIN)
        if keep > 0:
            user.held_until = self._clock.seconds() + keep
            user.grace = self._clock.callLater(keep, self._give_up, user)
            # Accounts are few, and each has one seat. Of guests there is no end.
            other = self._seats.take(user) if user.account is None else None
            if other is not None:
                self.end_grace(other)
                self._give_up(other)
        return keep > 0

    def end_grace(self, user: User) -> None:
        """Somebody is here again, or for good not."""
        if user.grace is not None:
            user.grace.cancel()
            user.grace = None
        self._seats.leave(user)

    def close(self) -> None:
        """End: whoever is gone does not come back."""
        for user in self._users.values():
            if user.grace is not None:
                user.grace.cancel()

    def _leave(self, session: Session, event: Presence) -> None:
        if session.has_left:
            return
        self._announcements.announce()
        for told in self.closing:
            told(session)
        self.end(session, CLOSE_WITHIN)
        self._take_out(session, event)

    def _take_out(self, session: Session, event: Presence) -> None:
        """Take a session away from its person, who may have no other."""
        user = session.user
        if session not in user.sessions:
            return  # another has its place, and may be gone before it
        user.sessions = tuple([each for each in user.sessions if each is not session])
        if session.must_log_in:
            self._names.take_back(user.given_name, user.address)
        elif self._announcements.forget(session):
            self._leave_for_good(user, None)
        elif not user.sessions and not (isinstance(event, Lost) and self.begin_grace(user)):
            self._leave_for_good(user, event)

    def _give_up(self, user: User) -> None:
        """Keep the place of somebody no longer who has not come back."""
        self._leave_for_good(user, Lost(user.name))

    def _leave_for_good(self, user: User, event: Presence | None) -> None:
        """Somebody is not here any more.

        event: what the others see of that; None if they were not told of this person.
        """
        user.heard_from = None
        user.grace = None
        self._seats.leave(user)
        for told in self.leaving:
            told(user)
        if user.account is not None:
            user.account.said = user.said
            self._users.forget_owner(user)
        self._users.remove(user)
        self._names.take_back(user.given_name, user.address)
        if event is not None:
            self._announcements.tell(user, event)
        for told in self.left:
            told(user)
