"""The chat: who is here, and what they say to each other."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.accounts import Accounts
from chatsvc.chat.accounts.gate import Gate
from chatsvc.chat.delivery.delivery import Delivery
from chatsvc.chat.delivery.room import Connection, Reader
from chatsvc.chat.direct.direct import Directs
from chatsvc.chat.direct.handover import Handover
from chatsvc.chat.direct.mailbox import Waiting
from chatsvc.chat.direct.pairs import Pairs
from chatsvc.chat.history.archive import StoreArchive
from chatsvc.chat.history.nonces import Nonces
from chatsvc.chat.history.recall import Recall
from chatsvc.chat.identity.logins import Logins
from chatsvc.chat.identity.resuming import RESUME_WITHIN, Resumption
from chatsvc.chat.identity.seats import Seats
from chatsvc.chat.keeping.counters import Numbers
from chatsvc.chat.limits import Limits
from chatsvc.chat.logs.log import Entry
from chatsvc.chat.logs.memory import Memory
from chatsvc.chat.moderation.acts import Acts
from chatsvc.chat.moderation.moderation import Moderation
from chatsvc.chat.moderation.standing import Standing
from chatsvc.chat.people import ignoring
from chatsvc.chat.people.cloaks import Cloaks
from chatsvc.chat.people.given_names import RESERVED, Names
from chatsvc.chat.people.notices import Notices
from chatsvc.chat.people.session import Session
from chatsvc.chat.people.user import MOST_FORMER, User
from chatsvc.chat.people.users import Users
from chatsvc.chat.people.visits import Addresses
from chatsvc.chat.rooms.rooms import Rooms
from chatsvc.clock import Turns, ahead
from chatsvc.errors import ChatError, Closing, Crowded, Full
from chatsvc.events.answers import Dismissed, Notice
from chatsvc.events.people import (
    MANY_JOINS,
    CrowdJoined,
    Joined,
    Lost,
    Presence,
    Quit,
    Renamed,
    Welcomed,
)
from chatsvc.journal import NO_JOURNAL
from chatsvc.store import StoreError
from chatsvc.text.lookalikes import skeleton

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.passwords import Passwords
    from chatsvc.chat.logs.log import Wording
    from chatsvc.clock import Clock, Spawn, Timer
    from chatsvc.events.event import Event
    from chatsvc.journal import Journal
    from chatsvc.store import Store

CLOSE_WITHIN = 5.0  # seconds that a session has, after it has left, to read what is owed to it
GREET_WITHIN = 5.0  # seconds that a newcomer has for what it has begun to say first
SHUT_DOWN_WITHIN = 4.0  # seconds that all have, when the server goes down
SET_BY = 60.0  # seconds by which the system's clock does not go wrong by itself
PUT_RIGHT_WITHIN = 3600.0  # seconds that there are to put it right before something is deleted
TIDY_EVERY = 60.0  # seconds; how often it is looked for what is kept for long enough
LOG_IN_WITHIN = 120.0  # seconds that a newcomer has for that where one has to
# Ids that the store is asked for together. Half of them are left when it is asked for more: at
# 100,000 events a second enough for half a second, in which it has the time for some commits.
IDS_RESERVED = 100_000
SESSIONS_AT_ONCE = 500  # of which it is noted in one go how far they have read
PRESENCE_DELAY = 0.1  # seconds that a joined, quit or lost may wait, to be told with others
PRESENCE_SHARE = 50e-6  # the same for each person, if that is more: a send takes about 4e-6


class Chat:
    """Everybody who is connected, through whichever door.

    users: those who are here, by name.
    seats: of those who have lost the connection.
    rooms: the rooms, by name.
    lobby: the room in which everyone is.
    recall: what was said earlier.
    nonces: what was said with one.
    notices: what one person is told.
    accounts: the names that are somebody's own.
    logins: how people come to have them.
    standing: what people are, and what they are kept from.
    moderation: how order is kept.
    sessions: all connections, those too that have left and still read.
    pairs: the rooms of two.
    direct: what is said in those, or waits for somebody.
    waiting: what was said to people only who are not here.
    handover: how they are told that when they come.
    resumption: how a lost connection's place is had on another.
    addresses: from where people came.
    cloaks: what is shown of that.
    watchers: called with everybody of whom others are told that they come, go, or have another
        name, and with what is told.
    gate: whether guests may take part.
    motd: the lines with which everyone is greeted.
    turns: how what takes long is done.
    journal: what those who run the server can look up.
    clock: the time, for whatever happens here.
    spawn: runs what has to wait for the store.
    """

    def __init__(
        self,
        clock: Clock,
        store: Store,
        spawn: Spawn,
        passwords: Passwords,
        limits: Limits = Limits(),
        motd: Sequence[str] = (),
        journal: Journal = NO_JOURNAL,
    ) -> None:
        self.clock = clock
        self.journal = journal
        self.spawn = spawn
        self.turns = Turns(clock)
        self.users = Users()
        # After a restart all may be waited for who were here, and all for whom the server waited.
        self.seats = Seats(2 * limits.users)
        memory = Memory(limits.history, limits.history_bytes)
        self._ids = Numbers(store, spawn, "ids", IDS_RESERVED)
        archive = StoreArchive(clock, store) if store.keeps_more else None
        self.delivery = Delivery(clock, memory, store, archive, spawn, self._ids.look_at)
        self.delivery.finished = self._finished
        self.delivery.owed.given_up = self._given_up
        self.accounts = Accounts(clock, store, passwords, journal)
        self.logins = Logins(self, self.accounts, limits.operators, limits.plaintext_passwords)
        acts = Acts(clock, store, journal)
        self.notices = Notices(self.delivery)
        self.standing = Standing(self, acts, clock, limits.operators)
        self.moderation = Moderation(self, self.standing, acts, clock)
        self.resumption = Resumption(self, store)
        self.rooms = Rooms(
            clock,
            self.turns,
            self.delivery,
            store,
            spawn,
            self.standing,
            self.accounts,
            self.notices,
            limits.backlog,
            self.resumption.note,
        )
        self.lobby = self.rooms.lobby
        self.recall = Recall(clock, store, self.turns, self.users)
        self.nonces = Nonces(self.delivery, self.recall)
        self.delivery.refused = self.nonces.forget
        self.waiting = Waiting(clock, store)
        self.pairs = Pairs()
        self.direct = Directs(self, self.pairs, self.waiting)
        self.notices.lasting = self.direct.notify
        self.handover = Handover(self, self.waiting)
        self.addresses = Addresses(clock, store, self.turns, limits.keep_addresses)
        self.cloaks = Cloaks(store)
        self.watchers: list[Callable[[User, Presence], object]] = []
        self.gate = Gate(clock, store, limits.accounts_only, limits.invite_only)
        self.motd = motd
        self._store = store
        self._limits = limits
        self._names = Names(clock)
        self._numbers = Numbers(store, spawn, "numbers", RESERVED)
        self.sessions: set[Session] = set()
        self._addresses: Counter[str | None] = Counter()  # how many sessions each address has
        # Who was let in, and has said nothing yet: since when. It may come back by what it says
        # first, and then there is nobody to be announced.
        self._greeting: dict[Session, float] = {}
        self._newcomers: list[Session] = []  # who has said something, and is yet to be announced
        self._announcement: Timer | None = None  # runs while there is presence to be told
        self._tidying: Timer | None = None
        self._is_tidying = False
        self._ahead = 0.0  # the system's clock, of that which waits, when it was last looked at
        self._set_at = -inf  # when that was seen to have changed
        self._arrivals = 0
        self._closed: Callable[[], None] | None = None  # set once the server goes down

    async def open(self) -> None:
        """Go on with what the store holds, before anybody enters. Raises StoreError."""
        kept = await self._store.open()
        self.delivery.go_on_after(await self._ids.open(kept.last_id))
        self._names.given = await self._numbers.open()
        await self.rooms.open(kept.last_id, kept.heads, await self.accounts.open())
        await self.moderation.open()
        await self.waiting.open()
        await self.gate.open()
        await self.addresses.open()
        await self.cloaks.open()
        await self.resumption.open()
        self._tidying = self.clock.callLater(TIDY_EVERY, self._tidy)

    def enter(self, connection: Connection, address: str | None, wording: Wording) -> Session:
        """Let a new connection in under a name of its own, and tell the others.

        address: what stands for where it comes from; None when that cannot be told.

        Raises Full, Crowded or Closing; or another ChatError when the address is banned.
        """
        self.check_door(connection, address)
        self.check_space(address)
        session = self.connect(connection, address, wording)
        user = self._guest(session)
        if self.gate.is_closed:
            session.is_outside = True
            session.deadline = self.clock.callLater(LOG_IN_WITHIN, self._expire, session)
        else:
            self.users.add(user)
            self._greeting[session] = self.clock.seconds()
            self._announce_soon()
        self.delivery.greet(session, self.greeting(session))
        return session

    def greeting(self, session: Session) -> list[Event]:
        """What a newcomer is told first."""
        if session.is_outside:
            welcome = Welcomed(session.user.name, len(self.users), ())
            return [welcome, *map(Notice, self.motd), Notice(self.gate.how_to_enter)]
        welcome = Welcomed(session.user.name, len(self.users) - 1, (self.lobby.name,))
        return [welcome, *map(Notice, self.motd)]

    def arrive(self, session: Session) -> None:
        """A newcomer does not come back, but is new: let it be announced before anything else."""
        if self._greeting.pop(session, None) is not None:
            self._await_announcement(session)

    def _await_announcement(self, session: Session) -> None:
        self._newcomers.append(session)
        self.delivery.first = self.announce

    def knows(self, session: Session) -> bool:
        """Whether others are told that it is here, now or before anything else happens.

        They are not told of one whose place another connection has by now.
        """
        return session not in self._greeting and session in session.user.sessions

    def withdraw(self, session: Session) -> None:
        """Take back a newcomer, whose connection is to have somebody's place."""
        session.ends_at = self.delivery.last_id
        self._take_out(session, Quit(session.user.name))
        self.gone(session)

    def check_door(
        self,
        connection: Connection,
        address: str | None,
        user: User | None = None,
        account: Account | None = None,
    ) -> None:
        """See whether somebody may be let in, for the first time or again. Raises ChatError.

        user: who comes back, whose place was kept; None if nobody's was.
        account: whose owner somebody has shown to be; None if none's.
        """
        if self._closed is not None:
            raise Closing
        if address is not None and not connection.is_local:
            self.standing.check_address(address)
        if account is not None:
            self.standing.check_account(account.name)
        if user is not None:
            self.standing.check_person(user)
            if user.account is None and self.gate.is_closed:
                raise ChatError(self.gate.how_to_enter)

    def check_space(self, address: str | None, *instead_of: Session | None) -> None:
        """See whether there is room for one more from an address. Raises Full or Crowded.

        instead_of: sessions that end when there is one more.
        """
        ending = [each for each in instead_of if each is not None and each in self.sessions]
        if len(self.sessions) - len(ending) >= self._limits.users:
            self.journal.write("full", address)
            raise Full
        ending_there = sum([each.address == address for each in ending])
        here = self._addresses[address] - ending_there
        if address is not None and here >= self._limits.per_address:
            self.journal.write("crowded", address)
            raise Crowded

    def connect(self, connection: Connection, address: str | None, wording: Wording) -> Session:
        """A new session, which has no user yet."""
        session = Session(connection, wording, address, self.lobby, self.delivery, self.spawn)
        self.sessions.add(session)
        self._addresses[address] += 1
        return session

    def open_to(self, session: Session) -> None:
        """Let somebody take part who had to log in for that, and has."""
        session.is_outside = False
        if session.deadline is not None:
            session.deadline.cancel()
            session.deadline = None
        session.user.name = session.user.given
        self.users.add(session.user)
        self._await_announcement(session)
        self._announce_soon()
        self.announce()
        self.resumption.opened_to(session)

    def _guest(self, session: Session) -> User:
        """A new person with a given name, whose session this is; not one of the users yet."""
        user = self.newcomer(session.address)
        user.sessions = (session,)
        session.user = user
        return user

    def newcomer(self, address: str | None) -> User:
        """A new person with a given name; not one of the users yet."""
        self._arrivals += 1
        user = User(self._names.give(address), self._arrivals, address)
        self._numbers.look_at(self._names.given)
        return user

    def restore(self, given: str, address: str | None) -> User:
        """Somebody who was here when the server ended, under the given name again."""
        self._arrivals += 1
        user = User(given, self._arrivals, address)
        self.users.add(user)
        return user

    def announce(self) -> None:
        """Put into the lobby's log who has come since the last time, and let those read it.

        When presence is told, or before anything else happens. Of a crowd nobody is told one by
        one: everybody would have something else to read.
        """
        if not self._newcomers:
            return
        newcomers, self._newcomers = self._newcomers, []
        self.delivery.first = None
        for session in newcomers:
            name = session.user.given
            self._names.told(name)
            self.addresses.note(name, session.address)
            self.journal.write("joined", session.address, name=name)
            self._watch(session.user, Joined(session.user.name))
        if len(newcomers) > MANY_JOINS:
            event = CrowdJoined(newcomers[0].user.name, len(newcomers) - 1)
            admit = partial(self._admit, newcomers, True)
            self.delivery.append(self.lobby, event, then=admit)
        else:
            for session in newcomers:
                admit = partial(self._admit, [session], False)
                self.delivery.append(self.lobby, Joined(session.user.name), then=admit)

    def _admit(self, sessions: Sequence[Session], is_crowd: bool, entry_id: int) -> None:
        """Let newcomers read what has happened in the lobby since they came.

        entry_id: of the event by which they are announced, which only a crowd reads itself.
        """
        lobby = self.lobby
        last_id = lobby.recent[-1].id if lobby.recent else 0
        shown: dict[int, list[Entry]] = {}  # by the id behind which it is
        for session in sessions:
            if session not in self.sessions or session in lobby.readers:
                continue
            unread = lobby.log.head - self._position_of(session)
            if unread <= 1:
                unread = int(is_crowd)
            elif not is_crowd:
                session.unseen = (entry_id,)
            lobby.admit(session, unread)
            behind = session.came_at
            if behind not in shown:
                events = self.rooms.shown_to_newcomers(lobby, min(last_id, behind))
                shown[behind] = [Entry.told(behind, self.clock.now(), event) for event in events]
            self.delivery.tell_newcomer(session, shown[behind])

    def _position_of(self, session: Session) -> int:
        """The position in the lobby behind which a newcomer knows nothing."""
        log = self.lobby.log
        position = log.position_of(session.came_at)
        for entry in log.after(position, MANY_JOINS):
            if not isinstance(entry.event, Joined):
                break
            other = self.users.get(entry.event.name)
            if other is not None and other.number >= session.user.number:
                break
            position += 1  # the welcome has counted that one
        return position

    def _announce_soon(self) -> None:
        if self._announcement is None:
            delay = max(PRESENCE_DELAY, PRESENCE_SHARE * len(self.users))
            self._announcement = self.clock.callLater(delay, self._tell_presence)

    def _tell_presence(self) -> None:
        self._announcement = None
        now = self.clock.seconds()
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
            self._announce_soon()
        self.delivery.tell_presence()

    def is_operator(self, user: User) -> bool:
        """Whether somebody may do everything everywhere."""
        account = user.account
        return account is not None and skeleton(account.name) in self._limits.operators

    def move(self, session: Session, owner: User) -> None:
        """Let a guest's session belong to somebody else; the guest is no more."""
        guest = session.user
        self.addresses.note(owner.name, session.address)
        session.user = owner
        owner.sessions += (session,)
        guest.sessions = ()
        self.users.remove(guest)
        self._names.take_back(guest.given, guest.address)
        self.moderation.gone(guest)
        self.resumption.hand_over(guest, owner)
        self.rooms.hand_over(guest, owner)
        if self._greeting.pop(session, None) is None:
            self.journal.write("renamed", name=guest.name, new=owner.name)
            then = partial(self._admit_all, owner)
            self.delivery.append(self.lobby, Renamed(guest.name, owner.name), then=then)
            self._announce_soon()
        else:  # nobody was told of the guest
            self.lobby.admit(session)
            self._admit_all(owner, 0)
        self.pairs.clear(guest)
        self.users.show(session, session.plainly)

    def _admit_all(self, user: User, _: int) -> None:
        self.rooms.admit_all(user)
        self.pairs.admit_all(user)

    def split(self, session: Session) -> None:
        """Let one of somebody's sessions belong to a new guest."""
        user = session.user
        user.sessions = tuple([each for each in user.sessions if each is not session])
        for room in self.rooms.of(user):
            if room is not self.lobby and session in room.readers:  # else its joining is to come
                self.delivery.release(room, session)
        for pair in self.pairs.of(user):
            if session in pair.readers:
                self.delivery.release(pair, session)
        self.resumption.take(session)
        guest = self._guest(session)
        self.addresses.note(guest.name, session.address)
        self.users.add(guest)
        self.users.show(session, session.plainly)
        self.tell_joined(guest)

    def tell_joined(self, user: User) -> None:
        """Tell the others of somebody who is one of the users, and came otherwise than most."""
        self._names.told(user.given)
        self.delivery.append(self.lobby, Joined(user.name))
        self._watch(user, Joined(user.name))
        self._announce_soon()

    def rename(self, user: User, name: str) -> None:
        """Give somebody another name, and tell everyone. Raises ChatError."""
        old = user.name
        self.users.rename(user, name)
        if user.name != old:
            for session in user.sessions:
                self.addresses.note(user.name, session.address)
            user.former = (*user.former[1 - MOST_FORMER :], old)
            user.ignored.spare(ignoring.keys_of(user))
            self.resumption.note(user)
            if any(session in self._greeting for session in user.sessions):
                return  # nobody was told of the old name
            self.journal.write("renamed", name=old, new=user.name)
            self.delivery.append(self.lobby, Renamed(old, user.name))
            self._watch(user, Renamed(old, user.name))
            self._announce_soon()

    def _watch(self, user: User, event: Presence) -> None:
        for watcher in self.watchers:
            watcher(user, event)

    def quit(self, session: Session) -> None:
        """Somebody leaves by saying so."""
        self.resumption.take(session)
        self.journal.write("quit", name=session.user.name)
        self._leave(session, Quit(session.user.name))

    def lose(self, session: Session) -> None:
        """Somebody will send no more, and has not said so; what is owed is still written."""
        self._leave(session, Lost(session.user.name))

    def remove(self, user: User, event: Presence, told: str) -> None:
        """Put somebody off the server.

        event: what the others see of that.
        told: what that person alone is told.
        """
        for session in user.sessions:
            self.arrive(session)
        if not user.sessions:
            self.notices.tell(user, told, self.lobby.name)
        for session in user.sessions:
            self.delivery.tell(session, Dismissed(told, self.lobby.name))
            self._end(session, CLOSE_WITHIN)
        user.sessions = ()
        self.leave_seat(user)
        self.resumption.put_out(user, told)
        if user.account is not None:
            self.resumption.end_of(user.account)
        self._vacate(user, event)

    def gone(self, session: Session) -> None:
        """A session's connection is closed, for whatever reason."""
        self.lose(session)
        self.handover.left(session)
        self.keep_read(session)
        if session.deadline is not None:
            session.deadline.cancel()
        self.delivery.forget(session)
        self.pairs.clear(session.user)
        self.sessions.remove(session)
        address = session.address
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
        if self._closed is not None and not self.sessions:
            self.spawn(self._close(self._closed))

    def shut_down(self, closed: Callable[[], None]) -> None:
        """Tell everyone that the server goes down, and close all connections.

        closed: called when that is done, within 4 seconds if connections can be aborted.
        """
        self._closed = closed
        self.delivery.append(self.lobby, Notice(str(Closing())))
        for session in self._greeting:  # which do not read the lobby yet
            self.delivery.tell(session, Notice(str(Closing())))
        for session in self.sessions:
            self._end(session, SHUT_DOWN_WITHIN)
        if not self.sessions:
            self.spawn(self._close(closed))

    async def _close(self, closed: Callable[[], None]) -> None:
        seats = [user.seat for user in self.users.values()]
        for timer in (self._tidying, self._announcement, *seats):
            if timer is not None:
                timer.cancel()
        self._tidying = self._announcement = None
        self.accounts.close()
        self.handover.close()
        self.journal.sum_up()
        try:
            with suppress(StoreError):  # then some numbers are left out
                await self._numbers.close(self._names.given)
                await self._ids.close(self.delivery.last_id)
            with suppress(StoreError):
                await self._keep_accounts()
                await self.addresses.keep()
                await self.resumption.close()
            await self._store.close()
        finally:
            closed()

    def _tidy(self) -> None:
        self._tidying = self.clock.callLater(TIDY_EVERY, self._tidy)
        self.journal.sum_up()
        if not self._is_tidying:
            self.spawn(self._forget_old())

    def _is_set(self) -> bool:
        """Whether the system's clock was set of late, so that it may yet be put right."""
        found = ahead(self.clock)
        if abs(found - self._ahead) > SET_BY:
            self._ahead, self._set_at = found, self.clock.seconds()
        return self.clock.seconds() < self._set_at + PUT_RIGHT_WITHIN

    async def _forget_old(self) -> None:
        self._is_tidying = True
        self._names.forget_before(self.clock.seconds() - self._limits.keep_addresses)
        by_date = [partial(self.rooms.forget_old, self._limits.keep), self.waiting.forget_old]
        try:
            for tidy in (
                *([self.rooms.forget_ended] if self._is_set() else by_date),
                self.moderation.forget_old,
                self.gate.forget_old,
                self.addresses.keep,
                self._tidy_accounts,
                self.resumption.keep,
            ):
                with suppress(StoreError):  # it is tried again
                    await tidy()
        finally:
            self._is_tidying = False

    async def _keep_accounts(self) -> None:
        for session in self.sessions:
            self.logins.note_read(session)
        await self.accounts.keep()

    async def _tidy_accounts(self) -> None:
        """The same, a few at a time."""
        async for session in self.turns.slowly(list(self.sessions), SESSIONS_AT_ONCE):
            if session in self.sessions:
                self.logins.note_read(session)
        await self.accounts.keep(self.turns)

    def _finished(self, reader: Reader) -> None:
        """Somebody has left, and has read all."""
        if isinstance(reader, Session):
            self.keep_read(reader)

    def _given_up(self, reader: Reader) -> None:
        """Too much waits for somebody who does not read."""
        if isinstance(reader, Session):
            kilobytes = reader.reply_bytes // 1024
            name = reader.user.name
            self.journal.write("stalled", reader.address, name=name, kilobytes=kilobytes)

    def keep_read(self, session: Session) -> None:
        """Have the store keep how far a session has read, which is to read no more."""
        self.logins.note_read(session)
        if session.user.account is not None:
            self.spawn(self.accounts.try_to_keep(session.user.account))

    def _leave(self, session: Session, event: Presence) -> None:
        if session.has_left:
            return
        self.announce()
        self.logins.note_read(session)  # who is back before this is closed has read that far
        self._end(session, CLOSE_WITHIN)
        self._take_out(session, event)

    def _take_out(self, session: Session, event: Presence) -> None:
        """Take a session away from its person, who may have no other."""
        user = session.user
        if session not in user.sessions:
            return  # another has its place, and may be gone before it
        user.sessions = tuple([each for each in user.sessions if each is not session])
        if session.is_outside:
            self._names.take_back(user.given, user.address)
        elif self._greeting.pop(session, None) is not None:
            self._vacate(user, None)
        elif not user.sessions and not (isinstance(event, Lost) and self.keep_seat(user)):
            self._vacate(user, event)

    def keep_seat(self, user: User) -> bool:
        """Keep the place of somebody for a while whose last connection is lost, if it is to be."""
        keep = self._limits.grace if user.account is not None else 0.0
        if user.tokens:
            keep = max(keep, RESUME_WITHIN)
        if keep > 0:
            user.held_until = self.clock.seconds() + keep
            user.seat = self.clock.callLater(keep, self._give_up, user)
            # Accounts are few, and each has one seat. Of guests there is no end.
            other = self.seats.take(user) if user.account is None else None
            if other is not None:
                self.leave_seat(other)
                self._give_up(other)
        return keep > 0

    def leave_seat(self, user: User) -> None:
        """Somebody is here again, or for good not."""
        if user.seat is not None:
            user.seat.cancel()
            user.seat = None
        self.seats.leave(user)

    def _give_up(self, user: User) -> None:
        """Keep the place of somebody no longer who has not come back."""
        self._vacate(user, Lost(user.name))

    def _vacate(self, user: User, event: Presence | None) -> None:
        """Somebody is not here any more.

        event: what the others see of that; None if they were not told of this person.
        """
        user.heard_from = None
        user.seat = None
        self.seats.leave(user)
        self.resumption.forget(user)
        self.pairs.clear(user)
        if user.account is not None:
            user.account.said = user.said
            self.users.forget_owner(user)
        self.users.remove(user)
        self._names.take_back(user.given, user.address)
        if event is not None:
            self.delivery.append(self.lobby, event)
            self._watch(user, event)
            self._announce_soon()
        self.moderation.gone(user)
        self.rooms.gone(user)

    def _end(self, session: Session, within: float) -> None:
        if session.deadline is not None:
            session.deadline.cancel()
        session.deadline = self.clock.callLater(within, self._expire, session)
        if not session.has_left:
            self.delivery.end(session)

    def _expire(self, session: Session) -> None:
        session.deadline = None
        session.connection.abort()
