"""Forgetting: the deletion of a person's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.errors import SHOWN, ChatError
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.conversations import Conversations
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.people.user import Session
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.people.visits import Visits
    from chatsvc.chat.rooms.rooms import Rooms


@dataclass(eq=False)
class Forgetting:
    """Deletes people's data, except for messages in rooms and accounts."""

    _delivery: Delivery
    _accounts: Accounts
    _users: Users
    _visits: Visits
    _rooms: Rooms
    _conversations: Conversations
    _standing: Standing

    async def forget(self, session: Session, name: str) -> None:
        """Delete what is stored about a person, except the account and messages in rooms."""
        is_own = skeleton(name) == skeleton(session.user.name)
        if not is_own and not self._standing.is_operator(session.user):
            raise ChatError("Only operators may do that for others.")
        await self.delete(session, session.user.name if is_own else name)
        if is_own and session.user.given_name != session.user.name:
            await self.delete(session, session.user.given_name)

    async def delete(self, session: Session, name: str) -> None:
        """The same, without checking who asks for it. Raises StoreError."""
        user = session.user
        is_guest = user.account is None and skeleton(name) in map(
            skeleton, (user.name, user.given_name)
        )
        # Others may have had a guest's name before.
        own = {user.address or "", session.address or ""} if is_guest else None
        visits = await self._visits.forget(name, own)
        account = self._accounts.find(name)
        messages = await self._conversations.forget(account.name if account else name)
        if account is not None:
            account.cursors.clear()
            account.missed.clear()
            owner = self._users.owner(account)
            if owner is not None:  # read markers start over
                for room in self._rooms.of(owner):
                    account.enter(room.key, self._delivery.head_of(room))
            await self._accounts.keep()
        seen = counted(visits, "visit with its address", "visits with their addresses")
        session.tell(
            f"Deleted the data of {name[:SHOWN]}: {seen},"
            f" {counted(messages, 'message')} that waited{', read markers' if account else ''}."
        )
