"""Resuming: who loses a connection and holds a token has the same place on another."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from chatsvc.chat.errors import ChatError

if TYPE_CHECKING:
    from chatsvc.chat.sessions import Session
    from chatsvc.chat.users import User

RESUME_WITHIN = 60.0  # seconds that a place is kept for whoever holds a token, at least
MOST_TOKENS = 10  # of one person; the oldest ends first


class NoSuchToken(ChatError):
    """Nobody is here who was given that token."""

    code = "no-such-token"

    def __init__(self) -> None:
        super().__init__("That place is kept no longer. You are new, and may have missed lines.")


class Resumption:
    """The tokens of those who are here, or were just now."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}  # each may be lost

    def __len__(self) -> int:
        return len(self._sessions)

    def find(self, token: str) -> Session:
        """Whose place that is the token of. Raises NoSuchToken."""
        try:
            return self._sessions[token]
        except KeyError:
            raise NoSuchToken from None

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

    def move(self, old: Session, session: Session) -> None:
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
