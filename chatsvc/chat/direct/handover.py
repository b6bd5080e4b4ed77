"""Handover: messages that waited are told to their owner, and deleted once a connection read them.

For lines, that is once the other side has acknowledged them, and stayed for a moment after that.
Programs that can come back say by `seen` what they have read.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.errors import ChatError
from chatsvc.events.speech import Direct, Waited
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.direct.mailbox import Message, Waiting
    from chatsvc.chat.direct.pairs import Pair
    from chatsvc.chat.people.session import Session
    from chatsvc.chat.people.user import User
    from chatsvc.clock import Timer

# Seconds; how often it is seen what was read. For so long a connection is to last after it has
# acknowledged something: what is acknowledged is on the other machine, and nobody may have seen it.
LOOK_EVERY = 1.0


class Told:
    """A message that waited, and was told.

    id: of the event by which it was.
    name: that of the account for which it waited.
    sessions: those to which it was told.
    keys: of the tokens that these had, by which other sessions go on for them.
    """

    __slots__ = ("id", "keys", "message", "name", "sessions")

    def __init__(self, entry_id: int, name: str, message: Message, user: User) -> None:
        self.id = entry_id
        self.name = name
        self.message = message
        self.sessions = user.sessions
        self.keys: set[str] = set()


class Handover:
    """Knows what was told of what waits, and is not known to be read."""

    def __init__(self, chat: Chat, waiting: Waiting) -> None:
        self._chat = chat
        self._waiting = waiting
        self._told: dict[User, list[Told]] = {}
        self._acknowledged: dict[Session, int] = {}  # up to which id, when it was looked last
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return sum(map(len, self._told.values()))

    async def show(self, user: User, newcomer: Session | None = None) -> None:
        """Tell the owner of an account what waits. Raises StoreError.

        newcomer: who has just logged in. What nobody else is there to read is told again.
        """
        account = user.account
        if account is None:
            return
        if newcomer is not None and user.sessions == (newcomer,):
            self._told.pop(user, None)
        messages = await self._waiting.messages(account.name)
        if account.user is not user or not user.sessions:
            return
        chat = self._chat
        told = [each for each in self._told.get(user, ()) if not self._is_forgotten(each, user)]
        self._told[user] = told
        known = {each.message for each in told}
        chat.announce()
        chat.pairs.admit_all(user)
        with suppress(ChatError):  # too much waits to be read: the next time
            for message in messages:
                if message not in known:
                    chat.direct.notify(user, _event(account.name, message))
                    told.append(Told(chat.delivery.last_id, account.name, message, user))
        if not told:
            del self._told[user]
        elif self._timer is None:
            self._timer = chat.clock.callLater(LOOK_EVERY, self._look)

    def left(self, session: Session) -> None:
        """Somebody logs out, or a connection has ended.

        If that was in order, all is read that it was given.
        """
        up_to = self._acknowledged_by(session)
        if session.ends_at is not None:
            up_to = session.ends_at if session.connection.is_delivered else 0
        told = self._told.get(session.user, ())
        read = [each for each in told if session in each.sessions and each.id <= up_to]
        if read:
            self._chat.spawn(self._delete(session.user, read))

    def close(self) -> None:
        """End; what is not known to be read waits on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        chat = self._chat
        sessions = {s for told in self._told.values() for each in told for s in each.sessions}
        acknowledged = {
            session: self._acknowledged_by(session) for session in sessions & chat.sessions
        }
        before, self._acknowledged = self._acknowledged, acknowledged
        for user, told in list(self._told.items()):
            read = [each for each in told if self._is_read(each, user, before)]
            if read:
                chat.spawn(self._delete(user, read))
            elif not self._may_be_read(user, told):
                del self._told[user]
            elif user.sessions and any(self._is_forgotten(each, user) for each in told):
                chat.spawn(self._show_again(user))
        if self._told:
            self._timer = chat.clock.callLater(LOOK_EVERY, self._look)
        else:
            self._acknowledged.clear()

    def _acknowledged_by(self, session: Session) -> int:
        """The id up to which the other side has acknowledged all; 0 if that is not known."""
        if session.apart or session.replies or not session.connection.is_delivered:
            return self._acknowledged.get(session, 0)
        pair = _own_pair(session.user)
        if pair is not None and session in pair.readers:
            for entry in pair.log.after(pair.readers[session], 1):
                return entry.id - 1
        return self._chat.delivery.done_id

    def _is_read(self, told: Told, user: User, acknowledged: dict[Session, int]) -> bool:
        for session in told.sessions:
            if session.token:
                told.keys.add(session.token)
            elif acknowledged.get(session, 0) >= told.id and session in self._chat.sessions:
                return True
        return any(user.seen.get(key, 0) >= told.id for key in told.keys)

    def _is_forgotten(self, told: Told, user: User) -> bool:
        """Whether memory has forgotten something before it was given to anybody."""
        pair = _own_pair(user)
        return (
            pair is not None
            and pair.log.forgotten_id >= told.id
            and not self._is_read(told, user, self._acknowledged)
            and not any(self._acknowledged.get(each, 0) >= told.id for each in told.sessions)
        )

    async def _show_again(self, user: User) -> None:
        with suppress(StoreError):
            await self.show(user)

    def _may_be_read(self, user: User, told: Iterable[Told]) -> bool:
        """Whether somebody is there, or may come back, who is to read something."""
        is_back = user.seat is not None or bool(user.sessions)
        return (is_back and user.account is not None) or any(
            session in self._chat.sessions for each in told for session in each.sessions
        )

    async def _delete(self, user: User, read: list[Told]) -> None:
        try:
            await self._waiting.delete(read[0].name, {each.message for each in read})
        except StoreError:
            return  # it is tried again
        left = [each for each in self._told.get(user, ()) if each not in read]
        if left:
            self._told[user] = left
        else:
            self._told.pop(user, None)


def _own_pair(user: User) -> Pair | None:
    """The room in which somebody is told what nobody else is."""
    return next((each for each in user.pairs if len(each.people) == 1), None)


def _event(name: str, message: Message) -> Waited:
    at, speaker, text = message
    return Waited(0, at, Direct(speaker, text, to=name), at)
