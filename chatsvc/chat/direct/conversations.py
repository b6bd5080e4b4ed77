"""Conversations: the stored direct messages of two accounts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.chat.direct.carrying import carry_over
from chatsvc.chat.direct.pairs import Conversation
from chatsvc.errors import SHOWN, ChatError
from chatsvc.events.speech import Direct, Redacted
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.inboxes import Inbox, Inboxes
    from chatsvc.chat.direct.pairs import Pairs
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.clock import Spawn
    from chatsvc.store import Store


@dataclass(eq=False)
class Conversations:
    """Finds stored direct messages, for their two accounts only."""

    _store: Store
    _spawn: Spawn
    _delivery: Delivery
    _accounts: Accounts
    _sessions: Sessions
    _pairs: Pairs
    _inboxes: Inboxes

    def find(self, user: User, name: str) -> Conversation:
        """A person's conversation with the account of that name. Raises ChatError."""
        inbox = self._own_inbox(user)
        account = self._accounts.find(name)
        theirs = self._inboxes.get(account.name) if account is not None else None
        if inbox is None or (other_id := inbox.find(name, theirs)) is None:
            raise ChatError(f"You and {name[:SHOWN]} have not written to each other.")
        return Conversation(inbox.key(other_id), inbox.name, inbox.others[other_id].name)

    def of(self, user: User) -> list[Conversation]:
        """A person's conversations, the quietest first."""
        account = user.account
        inbox = self._inboxes.get(account.name) if account is not None else None
        if inbox is None or not self._inboxes.keeps:
            return []
        return [
            Conversation(inbox.key(other_id), inbox.name, other.name)
            for other_id, other in inbox.others.items()
        ]

    def _own_inbox(self, user: User) -> Inbox | None:
        if user.account is None:
            raise ChatError("Direct messages of guests are not kept. First /login or /register.")
        if not self._inboxes.keeps:
            raise ChatError("Direct messages are not kept on this server.")
        return self._inboxes.get(user.account.name)

    def remembered(self, user: User, key: str) -> Conversation | None:
        """A person's conversation with that key, if any."""
        return next((each for each in self.of(user) if each.key == key), None)

    def other_in(self, user: User, key: str) -> str | None:
        """The name of the other account of a person's conversation; None if it is gone."""
        inbox = self._inboxes.get(user.account_name)
        if inbox is None:
            return None
        for other_id, other in inbox.others.items():
            if inbox.key(other_id) == key:
                theirs = self._inboxes.get(other.name)  # the name may be somebody else's by now
                return other.name if theirs is not None and theirs.id == other_id else None
        return None

    async def read_behind(self, session: Session, seen: int) -> int:
        """Let a resumed session read messages after an id that are only in the store.

        Returns the number of conversations with missing messages.
        """
        account = session.user.account
        inbox = self._inboxes.get(account.name) if account is not None else None
        if account is None or inbox is None or not self._store.keeps_more:
            return 0
        try:
            return await self._read_behind(session, account, inbox, seen)
        except StoreError:
            return 1

    async def _read_behind(
        self, session: Session, account: Account, inbox: Inbox, seen: int
    ) -> int:
        missing = 0
        others = {inbox.key(id_): (id_, other.name) for id_, other in inbox.others.items()}
        for key, last_id in (await self._store.last_ids(list(others))).items():
            other_id, name = others[key]
            other, theirs = self._accounts.find(name), self._inboxes.get(name)
            if last_id <= seen or other is None or theirs is None or theirs.id != other_id:
                continue
            position = await self._store.position_of(key, seen)
            if session not in self._sessions or session.user.account is not account:
                return missing
            try:
                pair = self._pairs.kept(session.address, account, other, key)
            except ChatError:  # too much is unread
                missing += 1
            else:
                if session in pair.readers:
                    pair.readers[session] = min(position, pair.readers[session])
        return missing

    async def open(self) -> None:
        """Load the conversations from the store. Raises StoreError."""
        await self._inboxes.open()
        last_id = await carry_over(
            self._store, self._inboxes, self._accounts, self._delivery.last_id
        )
        self._delivery.start_after(last_id)
        self._spawn(self._tidy())

    async def _tidy(self) -> None:
        """Delete the inboxes of deleted accounts; and read messages, if those are not kept."""
        with suppress(StoreError):  # it is tried again at the next start
            for inbox in list(self._inboxes):
                if self._accounts.find(inbox.name) is None:
                    await self._inboxes.forget(inbox.name)
            if not self._inboxes.keeps:
                await self._inboxes.forget_read()

    async def forget(self, name: str) -> int:
        """Delete the direct messages that an account has sent.

        Returns the number of unread messages that it had received. Raises StoreError.
        """
        for pair in self._pairs.of_account(name):
            for entry in pair.log.after(0, pair.log.head):
                event = entry.event
                if isinstance(event, Direct) and event.account == name:
                    gone = Redacted(name, name)
                    pair.log.replace(entry._replace(event=gone, line=str(gone).encode()))
        return await self._inboxes.forget(name)
