"""Announcements: the lobby is told of who comes and goes, of many at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry
from chatsvc.events.people import MANY_JOINS, Away, CrowdJoined, Joined, Presence, Renamed

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

GREET_WITHIN = 5.0  # seconds that a newcomer has for what it has begun to say first
PRESENCE_DELAY = 0.1  # seconds that a joined, quit or lost may wait, to be told with others
PRESENCE_SHARE = 50e-6  # the same for each person, if that is more: a send takes about 4e-6


class Announcements:
    """Tells the lobby who has come and who has gone.

    watchers: each called with somebody who comes or goes, has another name or account, or is away,
        and with what has happened.
    backlog: what a newcomer is shown of what was said in the lobby up to an id.
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
        self.backlog: Callable[[int], Sequence[Event]] = lambda last_id: ()
        self._clock = clock
        self._journal = journal
        self._users = users
        self._sessions = sessions
        self._names = names
        self._visits = visits
        self._lobby = lobby
        self._delivery = delivery
        # Who was let in, and has said nothing yet: since when. It may come back by what it says
        # first, and then there is nobody to be announced.
        self._greeting: dict[Session, float] = {}
        self._newcomers: list[Session] = []  # who has said something, and is yet to be announced
        self._timer: Timer | None = None  # runs while there is presence to be told

    def greet(self, session: Session) -> None:
        """A newcomer was let in, and is announced once it has said something, or after a while."""
        self._greeting[session] = self._clock.seconds()
        self._tell_soon()

    def arrive(self, session: Session) -> None:
        """A newcomer does not come back, but is new: let it be announced before anything else."""
        if self.forget(session):
            self._await(session)

    def announce_at_once(self, session: Session) -> None:
        """Announce a newcomer who has had to log in first."""
        self._await(session)
        self._tell_soon()
        self.announce()

    def knows(self, session: Session) -> bool:
        """Whether others are told that it is here, now or before anything else happens.

        They are not told of one whose place another connection has by now.
        """
        return session not in self._greeting and session in session.user.sessions

    def forget(self, session: Session) -> bool:
        """Do not announce a newcomer after a while; whether that was to be."""
        return self._greeting.pop(session, None) is not None

    def announce(self) -> None:
        """Put into the lobby's log who has come since the last time, and let those read it.

        When presence is told, or before anything else happens. Of a crowd nobody is told one by
        one: everybody would have something else to read.
        """
        if not self._newcomers:
            return
        newcomers, self._newcomers = self._newcomers, []
        self._delivery.first = None
        for session in newcomers:
            name = session.user.given_name
            self._names.told(name)
            self._visits.note(name, session.address)
            self._journal.write("joined", session.address, name=name)
            self.watch(session.user, Joined(session.user.name))
        if len(newcomers) > MANY_JOINS:
            event = CrowdJoined(newcomers[0].user.name, len(newcomers) - 1)
            admit = partial(self._admit, newcomers, True)
            self._delivery.append(self._lobby, event, then=admit)
        else:
            for session in newcomers:
                admit = partial(self._admit, [session], False)
                self._delivery.append(self._lobby, Joined(session.user.name), then=admit)

    def is_silent(self, session: Session) -> bool:
        """Whether nobody was told of a newcomer, who may yet come back."""
        return session in self._greeting

    def tell(self, user: User, event: Presence) -> None:
        """Tell the lobby something of somebody, soon."""
        self._delivery.append(self._lobby, event)
        self.watch(user, event)
        self._tell_soon()

    def set_away(self, user: User, why: str) -> None:
        """Let those who ask know that somebody is away, and why; or is back, if that is empty."""
        user.away = why or None
        self.watch(user, Away(user.name, why))

    def tell_merged(self, event: Renamed, then: Callable[[int], None]) -> None:
        """Tell the lobby that two people are one.

        then: called with the event's id when it is in the lobby's log.
        """
        self._delivery.append(self._lobby, event, then=then)
        self._tell_soon()

    def tell_joined(self, user: User) -> None:
        """Tell the lobby of somebody who is one of the users, and came otherwise than most."""
        self._names.told(user.given_name)
        self.tell(user, Joined(user.name))

    def tell_all(self, event: Event) -> None:
        """Tell everybody, those too who do not read the lobby yet."""
        self._delivery.append(self._lobby, event)
        for session in self._greeting:
            self._delivery.tell(session, event)

    def close(self) -> None:
        """End; what waits to be told is told no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def watch(self, user: User, event: Presence) -> None:
        """Tell those of it who watch somebody."""
        for watcher in self.watchers:
            watcher(user, event)

    def _await(self, session: Session) -> None:
        self._newcomers.append(session)
        self._delivery.first = self.announce

    def _admit(self, sessions: Sequence[Session], is_crowd: bool, entry_id: int) -> None:
        """Let newcomers read what has happened in the lobby since they came.

        entry_id: of the event by which they are announced, which only a crowd reads itself.
        """
        lobby = self._lobby
        shown: dict[int, list[Entry]] = {}  # by the id behind which it is
        for session in sessions:
            if session not in self._sessions or session in lobby.readers:
                continue
            unread = lobby.log.head - self._position_of(session)
            if unread <= 1:
                unread = int(is_crowd)
            elif not is_crowd:
                session.unseen = (entry_id,)
            lobby.admit(session, unread)
            behind = session.came_at
            if behind not in shown:
                now = self._clock.now()
                shown[behind] = [Entry.told(behind, now, each) for each in self.backlog(behind)]
            self._delivery.tell_newcomer(session, shown[behind])

    def _position_of(self, session: Session) -> int:
        """The position in the lobby behind which a newcomer knows nothing."""
        log = self._lobby.log
        position = log.position_of(session.came_at)
        for entry in log.after(position, MANY_JOINS):
            if not isinstance(entry.event, Joined):
                break
            other = self._users.get(entry.event.name)
            if other is not None and other.number >= session.user.number:
                break
            position += 1  # the welcome has counted that one
        return position

    def _tell_soon(self) -> None:
        if self._timer is None:
            delay = max(PRESENCE_DELAY, PRESENCE_SHARE * len(self._users))
            self._timer = self._clock.callLater(delay, self._tell_presence)

    def _tell_presence(self) -> None:
        self._timer = None
        now = self._clock.seconds()
        silent = []
        for session, since in self._greeting.items():
            if since + PRESENCE_DELAY > now:
                break
            if since + GREET_WITHIN <= now or not session.connection.is_greeting:
                silent.append(session)
        for session in silent:
            self.arrive(session)
        self.announce()
        if self._greeting:
            self._tell_soon()
        self._delivery.tell_presence()
