"""Announcements of arrivals and departures in the lobby, in batches."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from typing import TYPE_CHECKING, Any

from chatsvc.chat.logs.log import Entry
from chatsvc.events.people import MANY_JOINS, Away, CrowdJoined, Joined, Merged, Presence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.people.given_names import Names
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.people.visits import Visits
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.clock import Clock, Timer
    from chatsvc.events.event import Event
    from chatsvc.journal import Journal

GREET_WITHIN = 5.0  # seconds for a newcomer to finish a request to resume
PRESENCE_DELAY = 0.1  # seconds that presence may wait for more, at least
PRESENCE_SHARE = 50e-6  # seconds for each person here, if that is more: a send takes about 4e-6
MOST_SILENT = 40  # newcomers announced in one turn who have said nothing; each takes 15e-6 s
MOST_NUMBERED = 200  # newest announcements whose order of arrival is known; 100 bytes each


class Announcements:
    """Announces arrivals and departures in the lobby.

    watchers: each called with a person whose presence changes (comes, goes, another name, another
        account, away), and the event.
    backlog: returns a room's backlog up to an id, as replies that follow the event with that id.
    """

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        users: Users,
        sessions: Sessions,
        names: Names,
        visits: Visits,
        lobby: Room,
        delivery: Delivery,
    ) -> None:
        self.watchers: list[Callable[[User, Presence], object]] = []
        self.backlog: Callable[[Any, int], Sequence[Entry]] = lambda room, last_id: ()
        self._clock = clock
        self._journal = journal
        self._users = users
        self._sessions = sessions
        self._names = names
        self._visits = visits
        self._lobby = lobby
        self._delivery = delivery
        # Newcomers who have said nothing yet, and since when. Their first request may be to resume;
        # then there is nobody to announce.
        self._greeting: dict[Session, float] = {}
        self._newcomers: list[Session] = []  # those who have spoken and are not announced yet
        # The numbers of the people announced last, who may have left again, by the event's id.
        self._numbers: dict[int, int] = {}
        self._timer: Timer | None = None  # runs while presence waits

    def greet(self, session: Session) -> None:
        """Announce a newcomer once it has said something, or after a while."""
        self._greeting[session] = self._clock.seconds()
        self._tell_soon()

    def arrive(self, session: Session) -> None:
        """Announce a newcomer who does not resume, before anything else happens."""
        if self.forget(session):
            self._await(session)

    def announce_at_once(self, session: Session) -> None:
        """Announce a newcomer who had to log in first."""
        self._await(session)
        self._tell_soon()
        self.announce()

    def knows(self, session: Session) -> bool:
        """Whether a session is announced, or will be before anything else happens.

        A session whose place another connection has taken is not.
        """
        return session not in self._greeting and session in session.user.sessions

    def forget(self, session: Session) -> bool:
        """Stop waiting to announce a newcomer, and return whether it was waiting."""
        return self._greeting.pop(session, None) is not None

    def announce(self) -> None:
        """Append the pending arrivals to the lobby's log, and let the newcomers read it.

        This happens when presence is due, or before anything else. A crowd is announced in one
        line, the same for everybody.
        """
        if not self._newcomers:
            return
        newcomers, self._newcomers = self._newcomers, []
        self._delivery.first = None
        for session in newcomers:
            name = session.user.given_name
            self._names.announced(name)
            self._visits.note(name, session.address)
            self._journal.write("joined", session.address, name=name)
            self.watch(session.user, _joined(session.user))
        if len(newcomers) > MANY_JOINS:
            event = CrowdJoined(newcomers[0].user.name, len(newcomers) - 1)
            admit = partial(self._admit, newcomers, True)
            self._delivery.append(self._lobby, event, then=admit)
        else:
            for session in newcomers:
                self._append_joined(session.user, partial(self._admit, [session], False))

    def is_silent(self, session: Session) -> bool:
        """Whether a newcomer is not announced yet, and may still resume."""
        return session in self._greeting

    def tell(self, user: User, event: Presence) -> None:
        """Announce a change in a person's presence soon."""
        self._delivery.append(self._lobby, event)
        self.watch(user, event)
        self._tell_soon()

    def set_away(self, user: User, why: str) -> None:
        """Mark a person as away, with the reason; empty for back."""
        user.away = why or None
        self.watch(user, Away(user.name, why))

    def tell_merged(self, event: Merged, then: Callable[[int], None]) -> None:
        """Announce that two people are one now.

        then: called with the event's id when it is in the lobby's log.
        """
        self._delivery.append(self._lobby, event, then=then)
        self._tell_soon()

    def tell_joined(self, user: User) -> None:
        """Announce a person who is among the users already."""
        self._names.announced(user.given_name)
        self._append_joined(user)
        self.watch(user, _joined(user))
        self._tell_soon()

    def tell_all(self, event: Event) -> None:
        """Tell everybody, even those who do not read the lobby yet."""
        self._delivery.append(self._lobby, event)
        for session in self._greeting:
            self._delivery.tell(session, event)

    def close(self) -> None:
        """Stop; pending presence is dropped."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def watch(self, user: User, event: Presence) -> None:
        """Call the watchers."""
        for watcher in self.watchers:
            watcher(user, event)

    def _await(self, session: Session) -> None:
        self._newcomers.append(session)
        self._delivery.first = self.announce

    def _append_joined(self, user: User, then: Callable[[int], None] | None = None) -> None:
        self._delivery.append(self._lobby, _joined(user), then=then)
        self._numbers[self._delivery.last_id] = user.number
        if len(self._numbers) > MOST_NUMBERED:
            del self._numbers[next(iter(self._numbers))]

    def _admit(self, sessions: Sequence[Session], is_crowd: bool, entry_id: int) -> None:
        """Let newcomers read the lobby from the point at which they came.

        entry_id: of the event that announces them, which they read only if they are a crowd.
        """
        lobby = self._lobby
        backlogs: dict[int, Sequence[Entry]] = {}  # by the id that they end with
        joined: dict[int, tuple[int, Sequence[int]]] = {}  # likewise
        for session in sessions:
            if session not in self._sessions or session in lobby.readers:
                continue
            if session.came_at not in joined:
                joined[session.came_at] = self._joined_after(session.came_at)
            position, numbers = joined[session.came_at]
            # The newcomer's welcome has counted those who arrived before.
            position += bisect_left(numbers, session.user.number)
            unread = lobby.log.head - position
            if unread <= 1:
                unread = int(is_crowd)
            elif not is_crowd:
                session.unseen = (entry_id,)
            lobby.add_reader(session, unread)
            last_id, session.came_at = session.came_at, 0  # nobody asks again; 32 bytes less
            if last_id not in backlogs:
                backlogs[last_id] = self.backlog(lobby, last_id)
            self._delivery.tell_newcomer(session, backlogs[last_id])

    def _joined_after(self, last_id: int) -> tuple[int, Sequence[int]]:
        """The position in the lobby after an id, and the people announced there one by one.

        For each, the highest number of a person up to there, in the order of arrival.
        """
        position = self._lobby.log.position_of(last_id)
        numbers: list[int] = []
        highest = 0
        for entry in self._lobby.log.after(position, MANY_JOINS):
            if not isinstance(entry.event, Joined):
                break
            number = self._numbers.get(entry.id)
            if number is None:  # it is forgotten; most are still here, under that name
                user = self._users.get(entry.event.name)
                number = user.number if user is not None else 0
            highest = max(highest, number)
            numbers.append(highest)
        return position, numbers

    def _tell_soon(self) -> None:
        if self._timer is None:
            delay = max(PRESENCE_DELAY, PRESENCE_SHARE * len(self._users))
            self._timer = self._clock.callLater(delay, self._tell_presence)

    def _tell_presence(self) -> None:
        self._timer = None
        now = self._clock.seconds()
        silent: list[Session] = []
        are_more = False
        for session, since in self._greeting.items():
            if since + PRESENCE_DELAY > now:
                break
            if len(silent) == MOST_SILENT:
                are_more = True
                break
            if since + GREET_WITHIN <= now or not session.connection.is_greeting:
                silent.append(session)
        for session in silent:
            self.arrive(session)
        self.announce()
        if are_more:  # everybody here is told of all of them at once, when the last are announced
            self._timer = self._clock.callLater(0, self._tell_presence)
            return
        if self._greeting:
            self._tell_soon()
        self._delivery.tell_presence()


def _joined(user: User) -> Joined:
    return Joined(user.name, user.account_name)
