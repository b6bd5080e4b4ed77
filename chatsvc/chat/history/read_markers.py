"""Read markers: how far the owners of accounts have read, in each of their rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.user import Session

if TYPE_CHECKING:
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.logs.room import Reader
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.clock import Spawn, Turns

SESSIONS_AT_ONCE = 500  # of which it is noted in one go how far they have read


class ReadMarkers:
    """Notes in accounts how far their owners have read."""

    def __init__(self, spawn: Spawn, turns: Turns, accounts: Accounts, sessions: Sessions) -> None:
        self._spawn = spawn
        self._turns = turns
        self._accounts = accounts
        self._sessions = sessions

    def note(self, session: Session) -> None:
        """Note how far a session has read the rooms of the account's owner."""
        account = session.user.account
        if account is not None:
            for room in session.rooms:
                if room.key is not None and session in room.readers:
                    account.read(room.key, room.readers[session])

    def keep(self, reader: Reader) -> None:
        """Have the store keep how far a session has read, which is to read no more."""
        if isinstance(reader, Session):
            self.note(reader)
            if reader.user.account is not None:
                self._spawn(self._accounts.try_to_keep(reader.user.account))

    async def keep_all(self) -> None:
        """Have the store keep how far everybody has read. Raises StoreError."""
        for session in self._sessions:
            self.note(session)
        await self._accounts.keep()

    async def tidy(self) -> None:
        """The same, a few at a time."""
        async for session in self._turns.slowly(list(self._sessions), SESSIONS_AT_ONCE):
            if session in self._sessions:
                self.note(session)
        await self._accounts.keep(self._turns)
