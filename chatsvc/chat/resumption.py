"""Resuming: who loses a connection and holds a token has the same place on another."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.chat.errors import ChatError
from chatsvc.chat.events import Resumed
from chatsvc.chat.room import NamedRoom
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.accounts import Account
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.room import Room
    from chatsvc.chat.sessions import Connection, Session
    from chatsvc.chat.users import User
    from chatsvc.chat.wording import Wording

RESUME_WITHIN = 60.0  # seconds that a place is kept for whoever holds a token, at least
MOST_TOKENS = 10  # of one person; the oldest ends first


class NoSuchToken(ChatError):
    """Nobody is here who was given that token."""

    code = "no-such-token"

    def __init__(self) -> None:
        super().__init__("That place is kept no longer. You are new, and may have missed lines.")


class Resumption:
    """The tokens of those who are here, or were just now, and how they come back."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._sessions: dict[str, Session] = {}  # each may be lost

    def __len__(self) -> int:
        return len(self._sessions)

    def resume(
        self, connection: Connection, address: str | None, wording: Wording, token: str, seen: int
    ) -> Session:
        """Let a new connection have the place of one that was lost, or is about to be.

        token: that place's.
        seen: the id up to which all was read there; what came behind it is given.

        Raises NoSuchToken or Closing; or another ChatError when the address is banned.
        """
        chat = self._chat
        chat.check_door(connection, address)
        old = self._sessions.get(token)
        if old is None:
            raise NoSuchToken
        user = old.user
        seen = max(0, min(seen, chat.delivery.done_id))
        session = chat.connect(connection, address, wording)
        session.user = user
        session.room = old.room if chat.rooms.is_in(old.room, user) else chat.lobby
        user.sessions = (*[each for each in user.sessions if each is not old], session)
        if user.seat is not None:
            user.seat.cancel()
            user.seat = None
        chat.addresses.note(user.name, address)
        self._move(old, session)
        rooms = chat.rooms.of(user)
        names = tuple([room.name for room in rooms])

        def tell(missing: int) -> None:
            resumed = Resumed(token, seen, user.name, names, missing)
            chat.delivery.tell_behind(session, seen, [resumed])

        behind = {room: _first_of(room, user, seen) for room in (*rooms, *user.pairs)}
        chat.delivery.admit_behind(session, behind, tell)
        session.show(session.plainly)
        if old in chat.sessions:
            chat.logins.note_read(old)
            old.connection.abort()
        if user.account is not None:
            chat.spawn(self._show_waiting(session, user.account))
        return session

    async def _show_waiting(self, session: Session, account: Account) -> None:
        with suppress(StoreError):  # it waits on
            await self._chat.waiting.show(session, account.name)

    def give(self, session: Session) -> str:
        """The new token of a session's place; the one that it had is good no longer."""
        self.take(session)
        user = session.user
        if len(user.tokens) >= MOST_TOKENS:
            self.take(self._sessions[user.tokens[0]])
        session.token = secrets.token_urlsafe(24)
        user.tokens += (session.token,)
        self._sessions[session.token] = session
        return session.token

    def take(self, session: Session) -> None:
        """Whoever holds the token of a session, it is good no longer."""
        token, session.token = session.token, ""
        if token:
            del self._sessions[token]
            user = session.user
            user.tokens = tuple([each for each in user.tokens if each != token])

    def _move(self, old: Session, session: Session) -> None:
        """A session has the place of another, and its token.

        Not a new one: whoever lost the connection before it came could not come back.
        """
        session.token, old.token = old.token, ""
        self._sessions[session.token] = session

    def hand_over(self, guest: User, owner: User) -> None:
        """Somebody has logged in, and keeps the token."""
        owner.tokens += guest.tokens
        guest.tokens = ()
        while len(owner.tokens) > MOST_TOKENS:
            self.take(self._sessions[owner.tokens[0]])

    def forget(self, user: User) -> None:
        """Somebody is here no longer."""
        for token in user.tokens:
            self.take(self._sessions[token])


def _first_of(room: Room, user: User, seen: int) -> int:
    """The id behind which somebody reads a room on, who has read up to one."""
    if isinstance(room, NamedRoom):
        return max(seen, room.occupants.get(user, 0))
    return seen
