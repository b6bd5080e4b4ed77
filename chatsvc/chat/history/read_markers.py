"""Read markers: how far people have read."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.allowance import Allowance
from chatsvc.chat.people.user import Session
from chatsvc.errors import Misused
from chatsvc.events.answers import MarkedRead
from chatsvc.text.names import MOST_NORMALIZED, folded
from chatsvc.text.times import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.logs.room import Reader
    from chatsvc.chat.people.user import User
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.clock import Turns
    from chatsvc.events.rooms import RoomRenamed

# Marks that people have set, for rooms and people; each takes 300 bytes.
MARKS = Allowance(200, 30, 50_000)
SESSIONS_AT_ONCE = 500  # sessions noted before others have their turn
LONGEST_TARGET = 64  # characters, of a name without regard to case
ACCOUNTS_AT_ONCE = 5  # accounts stored before others have their turn
MOST_KEPT = 100  # accounts stored in one of the rounds, which come every few seconds


@dataclass(eq=False)
class ReadMarkers:
    """Keeps the read markers of accounts in their rooms, and the marks that people's clients set.

    watchers: called with a session whose person has read on elsewhere, and the room or person.
    """

    _delivery: Delivery
    _turns: Turns
    _accounts: Accounts
    _sessions: Sessions
    _of_guests: dict[User, dict[str, float]] = field(default_factory=dict, init=False)
    watchers: list[Callable[[Session, str], object]] = field(default_factory=list, init=False)
    _followers: set[Session] = field(default_factory=set, init=False)
    # The accounts that have read on since they were stored, the one stored longest ago first.
    _behind: dict[Account, None] = field(default_factory=dict, init=False)

    def mark(self, session: Session, target: str, at: float) -> bool:
        """Set the time up to which somebody has read; returns False if it is not later.

        The other sessions of the same person are told.

        target: the name of a room or a person.

        Raises Misused.
        """
        user = session.user
        marks = self._marks(user)
        key = folded(target)
        if len(key) > LONGEST_TARGET or len(target) > MOST_NORMALIZED:
            raise Misused(f"A name has at most {LONGEST_TARGET} characters.", "room")
        if at <= marks.get(key, 0.0):
            return False
        if key not in marks:
            accounts = (each.marks for each in self._accounts)
            guests = ((each.address, theirs) for each, theirs in self._of_guests.items())
            allowed = MARKS.of(marks, None if user.account else user.address, accounts, guests)
            while marks and len(marks) >= allowed:
                del marks[next(iter(marks))]
        marks.pop(key, None)
        marks[key] = at  # as the last, which stays longest
        if user.account is not None:
            for each in user.sessions:  # how far it has read goes into the same record
                self.note(each)
            self._delivery.spawn(self._accounts.try_to_keep(user.account))
        for each in user.sessions:
            if each is not session:
                self._tell(each, target, at)
        return True

    def _tell(self, session: Session, target: str, at: float) -> None:
        for watch in self.watchers:
            watch(session, target)
        if session in self._followers:
            self._delivery.tell(session, _event(target, at))

    def show(self, session: Session, target: str) -> None:
        """Tell a session up to which times its person has read, and later when that changes.

        target: as in `mark`; empty for all.
        """
        self._followers.add(session)
        for key, at in self._marks(session.user).items():
            if not target or key == folded(target):
                session.answer(_event(key, at))

    def marked(self, user: User, target: str) -> float | None:
        """The time up to which somebody has read, by `mark`; None if unknown."""
        return self._marks(user).get(folded(target))

    def renamed(self, _: object, event: RoomRenamed) -> None:
        """Note that a room was renamed."""
        before, now = folded(event.room), folded(event.new)
        for marks in self._of_guests.values():
            if before in marks:
                marks[now] = marks.pop(before)
        changed = [account for account in self._accounts if before in account.marks]
        for account in changed:
            account.marks[now] = account.marks.pop(before)
        self._delivery.spawn(self._keep(changed))

    async def _keep(self, changed: Sequence[Account]) -> None:
        async for account in self._turns.slowly(changed, ACCOUNTS_AT_ONCE):
            await self._accounts.try_to_keep(account)

    def forget(self, user: User) -> None:
        """Forget somebody who has left."""
        self._of_guests.pop(user, None)

    def _marks(self, user: User) -> dict[str, float]:
        if user.account is not None:
            return user.account.marks
        return self._of_guests.setdefault(user, {})

    def note(self, session: Session) -> None:
        """Note how far a session has read its account's rooms."""
        account = session.user.account
        if account is not None:
            for room in session.rooms:
                if (
                    room.key is not None
                    and session in room.readers
                    and account.read(room.key, room.readers[session])
                ):
                    self._behind[account] = None

    def keep(self, reader: Reader) -> None:
        """Store how far a session that has ended has read."""
        self._followers.discard(reader)
        if isinstance(reader, Session):
            self.note(reader)
            if reader.user.account is not None:
                self._delivery.spawn(self._accounts.try_to_keep(reader.user.account))

    async def keep_all(self) -> None:
        """Store all read markers. Raises StoreError."""
        for session in self._sessions:
            self.note(session)
        await self._accounts.keep()

    async def keep_some(self) -> None:
        """Store the read markers of some accounts that have read on; the others have their turn.

        After a crash, messages that were read since are shown again.
        """
        async for session in self._turns.slowly(list(self._sessions), SESSIONS_AT_ONCE):
            if session in self._sessions:
                self.note(session)
        some = list(islice(self._behind, MOST_KEPT))
        async for account in self._turns.slowly(some, ACCOUNTS_AT_ONCE):
            self._behind.pop(account, None)
            self._delivery.spawn(
                self._accounts.try_to_keep(account)
            )  # the store writes them together

    async def tidy(self) -> None:
        """Store changes to accounts, a few accounts at a time. Raises StoreError."""
        await self._accounts.keep(self._turns)


def _event(target: str, at: float) -> MarkedRead:
    return MarkedRead(target if target[:1] == "#" else f"@{target}", stamp(at))
