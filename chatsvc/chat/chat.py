"""The chat: who is here, and what they say to each other."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.delivery import Delivery
from chatsvc.chat.errors import Closing, Crowded, Full, NoSuchUser
from chatsvc.chat.events import (
    MANY_JOINS,
    CrowdJoined,
    Joined,
    Lost,
    Notice,
    Presence,
    Quit,
    Renamed,
    Said,
    Welcomed,
)
from chatsvc.chat.history import History
from chatsvc.chat.names import Names
from chatsvc.chat.numbers import Numbers
from chatsvc.chat.pairs import Pair, Pairs
from chatsvc.chat.recall import Recall
from chatsvc.chat.rooms import Rooms
from chatsvc.chat.sessions import Connection, Session
from chatsvc.chat.users import MOST_FORMER, User, Users
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.clock import Clock, Timer
    from chatsvc.chat.commits import Spawn
    from chatsvc.chat.wording import Wording
    from chatsvc.store import Store

CLOSE_WITHIN = 5.0  # seconds that a session has, after it has left, to read what is owed to it
SHUT_DOWN_WITHIN = 4.0  # seconds that all have, when the server goes down
TIDY_EVERY = 60.0  # seconds; how often it is looked for what is kept for long enough
PRESENCE_DELAY = 0.1  # seconds that a joined, quit or lost may wait, to be told with others
PRESENCE_SHARE = 50e-6  # the same for each person, if that is more: a send takes about 4e-6


@dataclass(frozen=True)
class Limits:
    """How much of everything there may be.

    users: connections at once.
    per_address: connections at once from one address.
    history: events that the logs keep in memory.
    history_bytes: bytes that those may take.
    backlog: lines of what was said last that somebody is shown who joins a room.
    keep: seconds for which what is said is kept.
    """

    users: int = 10_000
    per_address: float = inf
    history: int = 10_000
    history_bytes: int = 16 * 2**20
    backlog: int = 20
    keep: float = inf


class Chat:
    """Everybody who is connected, through whichever door.

    users: those who are here, by name.
    rooms: the rooms, by name.
    lobby: the room in which everyone is.
    recall: what was said earlier.
    motd: the lines with which everyone is greeted.
    clock: the time, for whatever happens here.
    spawn: runs what has to wait for the store.
    """

    def __init__(
        self,
        clock: Clock,
        store: Store,
        spawn: Spawn,
        limits: Limits = Limits(),
        motd: Sequence[str] = (),
    ) -> None:
        self.users = Users()
        self.delivery = Delivery(clock, History(limits.history, limits.history_bytes), store, spawn)
        self.rooms = Rooms(clock, self.delivery, store, spawn, limits.backlog)
        self.lobby = self.rooms.lobby
        self.recall = Recall(clock, store)
        self.motd = motd
        self.clock = clock
        self.spawn = spawn
        self._store = store
        self._limits = limits
        self._names = Names()
        self._numbers = Numbers(store)
        self._pairs = Pairs()
        self._sessions: set[Session] = set()  # those too that have left and still read
        self._addresses: Counter[str | None] = Counter()  # how many sessions each address has
        self._newcomers: list[Session] = []  # who was let in, and is yet to be announced
        self._announcement: Timer | None = None  # runs while there is presence to be told
        self._tidying: Timer | None = None
        self._is_tidying = False
        self._arrivals = 0
        self._closed: Callable[[], None] | None = None  # set once the server goes down

    async def open(self) -> None:
        """Go on with what the store holds, before anybody enters. Raises StoreError."""
        kept = await self._store.open()
        self.delivery.go_on_after(kept.last_id)
        self._names.given = await self._numbers.open()
        await self.rooms.open(kept.heads)
        self._tidying = self.clock.callLater(TIDY_EVERY, self._tidy)

    def enter(self, connection: Connection, address: str | None, wording: Wording) -> Session:
        """Let a new connection in under a name of its own, and tell the others.

        address: what stands for where it comes from; None when that cannot be told.

        Raises Full, Crowded or Closing.
        """
        if self._closed is not None:
            raise Closing
        if len(self._sessions) >= self._limits.users:
            raise Full
        if address is not None and self._addresses[address] >= self._limits.per_address:
            raise Crowded
        session = Session(self, connection, wording)
        self._arrivals += 1
        user = User(self._names.give(address), self._arrivals, address)
        session.user = user
        user.sessions = (session,)
        if self._numbers.are_short(self._names.given):
            self.spawn(self._numbers.reserve(self._names.given))
        self._sessions.add(session)
        self._addresses[address] += 1
        self.delivery.tell(session, Welcomed(user.name, len(self.users)))
        for line in self.motd:
            self.delivery.tell(session, Notice(line))
        self.users.add(user)
        self._newcomers.append(session)
        self._announce_soon()
        return session

    def announce(self) -> None:
        """Put into the lobby's log who has come since the last time, and let those read it.

        When presence is told, or before anything else happens. Of a crowd nobody is told one by
        one: everybody would have something else to read.
        """
        if not self._newcomers:
            return
        newcomers, self._newcomers = self._newcomers, []
        if len(newcomers) > MANY_JOINS:
            event = CrowdJoined(newcomers[0].user.name, len(newcomers) - 1)
            admit = partial(self._admit, newcomers, 1)
            self.delivery.append(self.lobby, event, then=admit)
        else:
            for session in newcomers:
                admit = partial(self._admit, [session], 0)
                self.delivery.append(self.lobby, Joined(session.user.name), then=admit)

    def _admit(self, sessions: Sequence[Session], unread: int, entry_id: int) -> None:
        shown = self.rooms.shown_to_newcomers(self.lobby)
        for session in sessions:
            if session in self._sessions:
                self.lobby.admit(session, unread)
                if shown:
                    self.delivery.tell_behind(session, entry_id, shown)

    def _announce_soon(self) -> None:
        if self._announcement is None:
            delay = max(PRESENCE_DELAY, PRESENCE_SHARE * len(self.users))
            self._announcement = self.clock.callLater(delay, self._tell_presence)

    def _tell_presence(self) -> None:
        self._announcement = None
        self.announce()
        self.delivery.tell_presence()

    def dm(self, session: Session, other: User, text: str) -> None:
        """Say something to one person, whom nobody else overhears.

        Raises NoSuchUser when that person has gone, or ChatError when too many such messages wait
        to be read.
        """
        if not other.sessions:
            raise NoSuchUser(other.name)
        speaker = session.user
        pair = self._pairs.between(speaker, other)
        pair.awaited += 1
        self.delivery.append(pair, Said(speaker.name, text), then=partial(self._heard, pair))
        if speaker not in other.ignored:
            other.heard_from = speaker
        if other.away is not None:
            session.tell(f"{other.name} is away: {other.away}")

    def _heard(self, pair: Pair, _: int) -> None:
        pair.awaited -= 1
        for user in pair.people:
            if not user.sessions:
                self._pairs.clear(user)

    def rename(self, user: User, name: str) -> None:
        """Let somebody choose a name, and tell everyone. Raises ChatError."""
        old = user.name
        self.users.rename(user, name)
        if user.name != old:
            user.former = (*user.former[1 - MOST_FORMER :], old)
            self.delivery.append(self.lobby, Renamed(old, user.name))
            self._announce_soon()

    def quit(self, session: Session) -> None:
        """Somebody leaves by saying so."""
        self._leave(session, Quit(session.user.name))

    def lose(self, session: Session) -> None:
        """Somebody will send no more, and has not said so; what is owed is still written."""
        self._leave(session, Lost(session.user.name))

    def gone(self, session: Session) -> None:
        """A session's connection is closed, for whatever reason."""
        self.lose(session)
        if session.deadline is not None:
            session.deadline.cancel()
        self.delivery.forget(session)
        self._pairs.clear(session.user)
        self._sessions.remove(session)
        address = session.user.address
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
        if self._closed is not None and not self._sessions:
            self.spawn(self._close(self._closed))

    def shut_down(self, closed: Callable[[], None]) -> None:
        """Tell everyone that the server goes down, and close all connections.

        closed: called when that is done, within 4 seconds if connections can be aborted.
        """
        self._closed = closed
        self.announce()
        self.delivery.append(self.lobby, Notice(str(Closing())))
        for session in self._sessions:
            self._end(session, SHUT_DOWN_WITHIN)
        if not self._sessions:
            self.spawn(self._close(closed))

    async def _close(self, closed: Callable[[], None]) -> None:
        for timer in (self._tidying, self._announcement):
            if timer is not None:
                timer.cancel()
        self._tidying = self._announcement = None
        try:
            with suppress(StoreError):  # then some numbers are left out
                await self._numbers.close(self._names.given)
            await self._store.close()
        finally:
            closed()

    def _tidy(self) -> None:
        self._tidying = self.clock.callLater(TIDY_EVERY, self._tidy)
        if not self._is_tidying:
            self.spawn(self._forget_old())

    async def _forget_old(self) -> None:
        self._is_tidying = True
        try:
            with suppress(StoreError):  # it is tried again
                await self.rooms.forget_old(self._limits.keep)
        finally:
            self._is_tidying = False

    def _leave(self, session: Session, event: Presence) -> None:
        if session.has_left:
            return
        self.announce()
        user = session.user
        user.sessions = tuple([each for each in user.sessions if each is not session])
        if user.sessions:
            self._end(session, CLOSE_WITHIN)
            return
        user.heard_from = None
        self.users.remove(user)
        self._names.take_back(user.given, user.address)
        self._end(session, CLOSE_WITHIN)
        self.delivery.append(self.lobby, event)
        self.rooms.gone(user)
        self._announce_soon()

    def _end(self, session: Session, within: float) -> None:
        if session.deadline is not None:
            session.deadline.cancel()
        session.deadline = self.clock.callLater(within, self._expire, session)
        if not session.has_left:
            self.delivery.end(session)

    def _expire(self, session: Session) -> None:
        session.deadline = None
        session.connection.abort()
