"""Arrivals: connections are let in, under given names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.user import Session, User
from chatsvc.errors import Closing
from chatsvc.events.answers import Notice
from chatsvc.events.event import LOBBY
from chatsvc.events.people import Welcomed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.accounts.gate import Gate
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.keeping.counters import Counter
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.chat.people.connection import Connection, Peer
    from chatsvc.chat.people.given_names import Names
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.presence.announcements import Announcements
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.events.event import Event

LOG_IN_WITHIN = 120.0  # seconds for a newcomer to log in, where that is required


class Arrivals:
    """Lets connections in.

    may_enter: each called first with the address of a connection; raises ChatError to refuse it.
    opened: each called with a session that had to log in, and takes part now.
    is_open: whether the server has started.
    is_over: whether the server is shutting down, and lets nobody in.
    motd: the lines of the motd.
    """

    def __init__(
        self,
        users: Users,
        sessions: Sessions,
        names: Names,
        numbers: Counter,
        gate: Gate,
        announcements: Announcements,
        lobby: Room,
        delivery: Delivery,
        motd: Sequence[str],
    ) -> None:
        self.may_enter: list[Callable[[str], object]] = []
        self.opened: list[Callable[[Session], object]] = []
        self.is_open = False
        self.is_over = False
        self._users = users
        self._sessions = sessions
        self._names = names
        self._numbers = numbers
        self._gate = gate
        self._announcements = announcements
        self._lobby = lobby
        self._delivery = delivery
        self.motd = motd
        self._count = 0

    def enter(self, connection: Connection, address: str | None, wording: Wording) -> Session:
        """Let a new connection in under a given name, and announce it.

        address: of the connection, as `network` returns it; None if unknown.

        Raises Full, Crowded or Closing; or another ChatError if the address is banned.
        """
        self.check(connection, address)
        self._sessions.check_space(address)
        session = self.connect(connection, address, wording)
        user = self.guest(session)
        if self._gate.is_closed:
            session.must_log_in = True
            connection.cut_off_in(LOG_IN_WITHIN)
        else:
            self._users.add(user)
            self._announcements.greet(session)
        self._delivery.greet(session, self.greeting(session))
        return session

    def greeting(self, session: Session) -> list[Event]:
        """The first events for a newcomer."""
        if session.must_log_in:
            welcome = Welcomed(session.user.name, len(self._users), ())
            return [welcome, *map(Notice, self.motd), Notice(self._gate.how_to_enter)]
        welcome = Welcomed(session.user.name, len(self._users) - 1, (LOBBY,))
        return [welcome, *map(Notice, self.motd)]

    def check(self, peer: Peer, address: str | None) -> None:
        """Check that a peer with an address may be let in. Raises ChatError."""
        if self.is_over:
            raise Closing
        if address is not None and not peer.is_local:
            for check in self.may_enter:
                check(address)

    def connect(self, connection: Connection, address: str | None, wording: Wording) -> Session:
        """A new session, which has no user yet."""
        session = Session(connection, wording, address, self._lobby, self._delivery)
        self._sessions.add(session)
        return session

    def open_to(self, session: Session) -> None:
        """Let a session take part that had to log in first, and has done so."""
        session.must_log_in = False
        session.connection.stop_waiting()
        session.user.name = session.user.given_name
        self._users.add(session.user)
        self._announcements.announce_at_once(session)
        for hook in self.opened:
            hook(session)

    def guest(self, session: Session) -> User:
        """A new person with a given name for a session; not among the users yet."""
        user = self.newcomer(session.address)
        user.add_session(session)
        return user

    def newcomer(self, address: str | None) -> User:
        """A new person with a given name; not among the users yet."""
        self._count += 1
        user = User(self._names.give(address), self._count, address)
        self._numbers.reserve_beyond(self._names.given)
        return user

    def restore(self, given: str, address: str | None) -> User:
        """A person from before a restart, with the same given name."""
        self._count += 1
        user = User(given, self._count, address)
        self._users.add(user)
        return user
