"""Handover: offline messages are handed to their recipients until a connection has read them.

On plain lines, they are read once the peer has acknowledged them and stayed for another moment.
Programs that can resume report what they have read as `seen`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import islice
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.direct.pairs import direct_of
from chatsvc.errors import ChatError
from chatsvc.events.speech import Waited
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.direct import Directs
    from chatsvc.chat.direct.inboxes import Inboxes
    from chatsvc.chat.direct.pairs import Pair, Pairs
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.clock import Clock, Spawn, Timer
    from chatsvc.store import Store, Stored

# Seconds between two looks at what was read. A connection must last for that long after it has
# acknowledged something: that is on the other machine then, but nobody may have seen it.
LOOK_EVERY = 1.0
SHOW_AFTER = 0.1  # seconds between two checks whether a person has been told the last ones found
MOST_LOOKS = 100  # people looked at together, which takes a few milliseconds


class Batch:
    """Offline messages that were handed over together.

    ids: of the events that told them, with the messages' own ids, oldest first; both are the same
        if a session reads the message in the room of two.
    name: of the account.
    sessions: those to which they were handed over.
    keys: of those sessions' tokens, with which other sessions may take their places.
    acknowledged: the ids up to which those sessions had acknowledged everything, at the last look.
    """

    __slots__ = ("acknowledged", "ids", "keys", "name", "sessions")

    def __init__(self, name: str, user: User) -> None:
        self.ids: dict[int, int] = {}
        self.name = name
        self.sessions = user.sessions
        self.keys: set[str] = set()
        self.acknowledged: dict[Session, int] = {}


class Handover:
    """Tracks offline messages that were handed over and are not known to be read."""

    def __init__(
        self,
        clock: Clock,
        spawn: Spawn,
        store: Store,
        delivery: Delivery,
        users: Users,
        sessions: Sessions,
        pairs: Pairs,
        direct: Directs,
        inboxes: Inboxes,
    ) -> None:
        self._clock = clock
        self._spawn = spawn
        self._store = store
        self._delivery = delivery
        self._users = users
        self._sessions = sessions
        self._pairs = pairs
        self._direct = direct
        self._inboxes = inboxes
        self._batches: dict[User, list[Batch]] = {}
        self._shown_to: set[User] = set()  # people for whom the store is being asked
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return sum([len(each.ids) for batches in self._batches.values() for each in batches])

    async def show(self, user: User, newcomer: Session | None = None, behind: float = inf) -> None:
        """Tell an account's owner the offline messages. Raises StoreError.

        newcomer: a session that has just logged in; if it is the only one, it is told all of them
            again.
        behind: the id after which a resumed session reads them in the rooms of two.
        """
        while user in self._shown_to:  # otherwise, both would tell the same messages
            await self._clock.sleep(SHOW_AFTER)
        self._shown_to.add(user)
        try:
            await self._show(user, newcomer, behind)
        finally:
            self._shown_to.discard(user)

    async def _show(self, user: User, newcomer: Session | None, behind: float) -> None:
        account = user.account
        if account is None:
            return
        if newcomer is not None and user.sessions == (newcomer,):
            self._batches.pop(user, None)
        messages = await self._messages(account, behind)
        if self._users.owner(account) is not user or not user.sessions:
            return
        batches = self._batches.pop(user, [])
        for each in batches:
            for entry_id in self._forgotten(each, user):
                del each.ids[entry_id]
        known = {mark for each in batches for mark in each.ids.values()}
        now = Batch(account.name, user)
        self._pairs.admit_all(user)
        messages = [each for each in messages if each.id not in known]
        keeps_more = self._store.keeps_more
        with suppress(ChatError):  # too much is unread: the rest is told another time
            for message in messages:
                if message.id > behind and (keeps_more or _is_here(self._pairs, user, message)):
                    now.ids[message.id] = message.id
            for message in messages:
                if message.id not in now.ids:
                    shown = replace(direct_of(message, (account.name,)), nonce="")
                    self._direct.notify(user, Waited(message.id, message.at, shown, message.at))
                    now.ids[self._delivery.last_id] = message.id
        self._watch(user, [*batches, now])
        given = [mark for entry_id, mark in now.ids.items() if entry_id == mark]
        await self._inboxes.give(account.name, given)

    def give(self, user: User, entry_id: int) -> None:
        """Note that an account's owner is given an offline message in the room of two."""
        if user.account is not None:
            now = Batch(user.account.name, user)
            now.ids[entry_id] = entry_id
            self._watch(user, [*self._batches.pop(user, ()), now])
            self._spawn(self._note_given(user.account, entry_id))

    async def _note_given(self, account: Account, entry_id: int) -> None:
        with suppress(StoreError):  # then it is told again
            await self._inboxes.give(account.name, [entry_id])

    def _watch(self, user: User, batches: Iterable[Batch]) -> None:
        """Check from time to time how far some batches are read."""
        left = [each for each in batches if each.ids]
        if left:
            self._batches[user] = left
            if self._timer is None:
                self._timer = self._clock.callLater(LOOK_EVERY, self._look)

    async def _messages(self, account: Account, behind: float) -> list[Stored]:
        """The offline messages of an account, oldest first. Raises StoreError.

        behind: the id up to which a resumed session has read; infinite if there is none.
        """
        inbox = self._inboxes.get(account.name)
        found: list[Stored] = []
        gone: list[int] = []
        for entry_id, unread in sorted(inbox.unread.items()) if inbox is not None else ():
            if entry_id <= self._delivery.done_id:  # others are not stored yet
                is_read = entry_id <= behind < inf and unread.is_given
                said = None if is_read else await self._store.find(entry_id)
                if said is None:
                    gone.append(entry_id)
                else:
                    found.append(said)
        if gone:
            await self._inboxes.read(account.name, gone)
        return found

    def left(self, session: Session) -> None:
        """Handle a logout, or the end of a connection.

        After an orderly end, everything that it was given is read.
        """
        batches = [each for each in self._batches.get(session.user, ()) if session in each.sessions]
        if not batches:
            return
        up_to = self._acknowledged_by(session)
        if session.ends_at is not None:
            up_to = session.ends_at if session.connection.is_delivered else 0
        self._note_read(session.user, [(each, up_to) for each in batches])

    def close(self) -> None:
        """Stop; messages that are not known to be read go on waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        for user, batches in list(islice(self._batches.items(), MOST_LOOKS)):
            del self._batches[user]
            if not self._may_be_read(user, batches):
                continue
            self._batches[user] = batches  # last: others are looked at next time
            self._note_read(user, [(each, self._read_by(each, user)) for each in batches])
            for each in batches:
                for session in each.sessions:
                    each.acknowledged[session] = self._acknowledged_by(session)
            if user.sessions and any(self._forgotten(each, user) for each in batches):
                self._spawn(self._show_again(user))
        if self._batches:
            self._timer = self._clock.callLater(LOOK_EVERY, self._look)

    def _acknowledged_by(self, session: Session) -> int:
        """The id up to which a peer has acknowledged everything; 0 if unknown."""
        is_there = session in self._sessions and not session.is_lagging and not session.replies
        if not (is_there and session.connection.is_delivered):
            return 0
        unread = [
            entry.id - 1
            for pair in self._pairs.of(session.user)
            if session in pair.readers
            for entry in pair.log.after(pair.readers[session], 1)
        ]
        return min(unread, default=self._delivery.done_id)

    def _read_by(self, batch: Batch, user: User) -> int:
        """The id up to which a person has read, by the sessions and tokens of a batch."""
        read = 0
        for session in batch.sessions:
            if session.token:
                batch.keys.add(session.token)
            elif session in self._sessions:
                read = max(read, batch.acknowledged.get(session, 0))
        return max([read, *[user.read_markers.get(key, 0) for key in batch.keys]])

    def _forgotten(self, batch: Batch, user: User) -> list[int]:
        """The ids of messages that memory has forgotten before they were given."""
        pair = _own_pair(self._pairs, user)
        last_id = 0 if pair is None else pair.log.forgotten_id
        if next(iter(batch.ids), inf) > last_id:
            return []
        given = max([self._read_by(batch, user), *batch.acknowledged.values()])
        return [
            entry_id
            for entry_id, mark in batch.ids.items()
            if given < entry_id <= last_id and entry_id != mark
        ]

    async def _show_again(self, user: User) -> None:
        with suppress(StoreError):
            await self.show(user)

    def _may_be_read(self, user: User, batches: Iterable[Batch]) -> bool:
        """Whether a session that is here, or may resume, is still to read some batches."""
        is_back = user.grace is not None or bool(user.sessions)
        return (is_back and user.account is not None) or any(
            session in self._sessions for each in batches for session in each.sessions
        )

    def _note_read(self, user: User, batches: Iterable[tuple[Batch, int]]) -> None:
        """Mark messages as read in the store, up to an id in each batch."""
        for each, up_to in batches:
            if next(iter(each.ids), inf) <= up_to:
                read = {mark for entry_id, mark in each.ids.items() if entry_id <= up_to}
                self._spawn(self._delete(user, each, read))

    async def _delete(self, user: User, batch: Batch, read: set[int]) -> None:
        try:
            await self._inboxes.read(batch.name, read)
        except StoreError:
            return  # it is retried
        batch.ids = {entry_id: mark for entry_id, mark in batch.ids.items() if mark not in read}
        left = [each for each in self._batches.pop(user, ()) if each.ids]
        if left:
            self._batches[user] = left


def _is_here(pairs: Pairs, user: User, said: Stored) -> bool:
    """Whether a direct message to somebody is in memory."""
    return any(pair.log.find(said.id) for pair in pairs.of(user) if pair.key == said.room)


def _own_pair(pairs: Pairs, user: User) -> Pair | None:
    """The room of a person alone, for what nobody else sees."""
    return next((each for each in pairs.of(user) if len(each.parties) == 1), None)
