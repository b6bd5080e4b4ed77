"""Sending direct messages, to people who are here, or offline."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from chatsvc.chat.direct.inboxes import UNREAD_OVERHEAD, Unread
from chatsvc.chat.people.ignoring import ignores
from chatsvc.errors import ChatError, NoSuchUser
from chatsvc.events.answers import Notice
from chatsvc.events.speech import (
    Direct,
    DirectlyActed,
    DirectlyNoticed,
    Left,
    LeftNotice,
    Queued,
    Reacted,
)
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.inboxes import Inboxes
    from chatsvc.chat.direct.pairs import Pair, Pairs
    from chatsvc.chat.people.user import MaybeCoroutine, Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.rooms.order import Order
    from chatsvc.clock import Clock, Spawn
    from chatsvc.events.event import Event


class Directs:
    """Sends direct messages to rooms of two, and offline messages to the inboxes of accounts.

    came: called with an account's owner who has come while an offline message was being stored.
    given: called with such an owner, and the id of a message read in the room of two.
    """

    def __init__(
        self,
        clock: Clock,
        spawn: Spawn,
        delivery: Delivery,
        accounts: Accounts,
        users: Users,
        order: Order,
        pairs: Pairs,
        inboxes: Inboxes,
    ) -> None:
        self.came: Callable[[User], Awaitable[object]]
        self.given: Callable[[User, int], object]
        self._clock = clock
        self._spawn = spawn
        self._delivery = delivery
        self._accounts = accounts
        self._users = users
        self._order = order
        self._pairs = pairs
        self._inboxes = inboxes

    def refuse_guests(self, user: User, refuses: bool) -> None:
        """Let guests write to a person no longer, or again."""
        user.refuse_guests(refuses)
        if user.account is not None:
            self._spawn(self._accounts.try_to_keep(user.account))

    def write(
        self,
        session: Session,
        other: User,
        text: str,
        kind: type[Direct] = Direct,
        reply_to: int = 0,
    ) -> MaybeCoroutine:
        """Send a direct message to a person; an offline message if the account's owner is gone.

        kind: Direct, DirectlyActed or the like.
        reply_to: the id of the message that it answers, or reacts to; 0 for none.

        Raises NoSuchUser, ChatError and StoreError.
        """
        if other.account is not None:
            other = self._users.owner(other.account) or other  # may have come back since
        if other.sessions or (other.grace is not None and other.account is None):
            return self._say(session, other, text, kind, reply_to)
        if other.account is None:
            raise NoSuchUser(other.name)
        return self._leave_for(session, other.account, text, kind, reply_to)

    def write_to(
        self,
        session: Session,
        name: str,
        text: str,
        kind: type[Direct] = Direct,
        reply_to: int = 0,
    ) -> MaybeCoroutine:
        """Send a direct message to the person of that name. Raises what `write` does."""
        other = self._users.get(name)
        if other is not None:
            return self.write(session, other, text, kind, reply_to)
        account = self._accounts.find(name)
        if account is None:
            raise NoSuchUser(name)
        owner = self._users.owner(account)
        if owner is not None:  # the owner goes by another name
            return self.write(session, owner, text, kind, reply_to)
        return self._leave_for(session, account, text, kind, reply_to)

    def _say(
        self, session: Session, other: User, text: str, kind: type[Direct], reply_to: int
    ) -> MaybeCoroutine:
        """Send a direct message to a person who is here.

        Raises ChatError if too many are unread.
        """
        speaker = session.user
        self._order.check_words(speaker, other)
        pair = self._pair(session, other)
        if pair is None:
            return self._say_first(session, other, text, kind, reply_to)
        nonce = session.take_nonce()
        account = speaker.account_name
        said = kind(
            speaker.name, text, nonce=nonce, account=account, to=other.name, reply_to=reply_to
        )
        self._put(session, pair, said, (speaker, other))
        if issubclass(kind, Reacted):  # which nobody answers
            return None
        if not ignores(other, speaker):
            other.hear_from(speaker)
        if other.away is not None:
            why = "." if ignores(speaker, other) else f": {other.away}"
            away = Notice(f"{other.name} is away{why}")
            self._delivery.tell(session, away, nonce)
        return None

    def _pair(self, session: Session, other: User) -> Pair | None:
        """The room of a speaker and another; None if their accounts have yet to be introduced.

        Raises ChatError if too much is unread.
        """
        mine, theirs = session.user.account, other.account
        if mine is None or theirs is None or mine is theirs or not self._inboxes.keeps:
            return self._pairs.between(session.user, other)
        return self._kept(session, mine, theirs) if self._know_each_other(mine, theirs) else None

    def relay(self, session: Session, other: User, event: Event) -> MaybeCoroutine:
        """Send a person who is here an event that is not a message. Raises ChatError."""
        self._order.check_words(session.user, other)
        pair = self._pair(session, other)
        if pair is None:
            return self._relay_first(session, other, event)
        self._append(None, pair, event, (session.user, other))
        session.sent_id = self._delivery.last_id
        return None

    async def _relay_first(self, session: Session, other: User, event: Event) -> None:
        assert session.user.account is not None
        assert other.account is not None
        await self._introduce(session.user.account, other.account)
        waiting = self.relay(session, other, event) if other.sessions else None
        if waiting is not None:
            await waiting

    async def _say_first(
        self, session: Session, other: User, text: str, kind: type[Direct], reply_to: int
    ) -> None:
        """Send the first direct message between two accounts."""
        assert session.user.account is not None
        assert other.account is not None
        await self._introduce(session.user.account, other.account)
        # The other may have left meanwhile.
        waiting = self.write(session, other, text, kind, reply_to)
        if waiting is not None:
            await waiting

    async def _introduce(self, one: Account, other: Account) -> None:
        if not self._know_each_other(one, other):
            await self._inboxes.introduce(self._inboxes.of(one.name), self._inboxes.of(other.name))

    def _know_each_other(self, one: Account, other: Account) -> bool:
        mine, theirs = self._inboxes.get(one.name), self._inboxes.get(other.name)
        return mine is not None and theirs is not None and mine.knows(theirs) and theirs.knows(mine)

    def _kept(self, session: Session, one: Account, other: Account) -> Pair:
        """The stored room of a speaker's account and another. Raises ChatError."""
        mine, theirs = self._inboxes.of(one.name), self._inboxes.of(other.name)
        pair = self._pairs.kept(session.address, one, other, mine.key(theirs.id))
        self._inboxes.spoke(mine, theirs)
        return pair

    def _put(self, session: Session, pair: Pair, said: Direct, people: tuple[User, ...]) -> None:
        """Append what somebody says, and note its id and nonce."""
        self._append(session, pair, said, people)
        session.sent_id = self._delivery.last_id
        if said.nonce:
            session.user.note_nonce(said.nonce, pair, session.sent_id)

    def _append(
        self, session: Session | None, pair: Pair, event: Event, people: tuple[User, ...]
    ) -> None:
        speaker = session if pair.key is not None else None  # without a key, the store has no say
        pair.awaited += 1
        self._delivery.append(pair, event, speaker, then=partial(self._heard, pair, people))

    def notify(self, user: User, event: Event) -> None:
        """Tell a person an event that a lost connection does not lose.

        Raises ChatError if too much is unread.
        """
        self._append(None, self._pairs.between(user, user), event, (user,))

    def _heard(self, pair: Pair, people: tuple[User, ...], _: int) -> None:
        pair.awaited -= 1
        for user in people:
            if not user.sessions:
                self._pairs.clear(user)

    async def _leave_for(
        self, session: Session, account: Account, text: str, kind: type[Direct], reply_to: int
    ) -> None:
        """Send an offline message to an account; a reaction does not wait, but is kept."""
        find = self._accounts.find
        speaker = session.user
        if speaker.account is None:  # direct messages of guests are not stored
            raise ChatError(f"{account.name} is not here. If you log in, your message can wait.")
        if find(account.name) is not account:  # the name may be somebody else's by now
            raise NoSuchUser(account.name)
        self._order.check_words(speaker)
        own = speaker.account
        await self._introduce(own, account)
        if find(account.name) is not account or find(own.name) is not own:
            raise NoSuchUser(account.name)
        nonce = session.nonce
        facts = {"nonce": nonce, "account": own.name, "to": account.name}
        if issubclass(kind, Reacted):
            if not self._inboxes.keeps:
                raise ChatError(f"{account.name} is not here.")
            pair = self._kept(session, own, account)
            session.take_nonce()  # the reaction has it
            reaction = kind(own.name, text, reply_to=reply_to, **facts)
            self._put(session, pair, reaction, (speaker,))
            return
        if kind is DirectlyActed:
            text = f"* {own.name} {text}"
        mine, theirs = self._inboxes.of(own.name), self._inboxes.of(account.name)
        size = len(text.encode()) + UNREAD_OVERHEAD
        theirs.check_space(mine, size)
        pair = self._kept(session, own, account)
        delivery = self._delivery
        left = LeftNotice if kind is DirectlyNoticed else Left
        said = left(own.name, text, reply_to=reply_to, **facts)
        waiting = _Waiting(partial(self._left, session, account, said))
        pair.awaited += 1
        delivery.append(pair, said, session, then=partial(self._said, waiting, pair, account))
        session.sent_id = entry_id = delivery.last_id
        theirs.unread[entry_id] = Unread(self._clock.now(), mine.id, size)
        for each in speaker.sessions:  # they are told that it waits instead
            delivery.leave_out(each)
        if nonce:
            speaker.note_nonce(nonce, pair, entry_id)
        with suppress(StoreError):  # it is retried
            await self._inboxes.keep(theirs)
        waiting.noted()

    def _said(self, waiting: _Waiting, pair: Pair, account: Account, entry_id: int) -> None:
        """Handle an offline message that is in the room's log, or could not be stored (id 0)."""
        pair.awaited -= 1
        if not entry_id:
            return
        owner = self._users.owner(account)
        if owner is not None and any(each in pair.readers for each in owner.sessions):
            self.given(owner, entry_id)  # the owner has come since, and reads it in the room
        waiting.said(entry_id)

    def _left(self, session: Session, account: Account, said: Left, entry_id: int) -> None:
        """Handle an offline message that is stored, in the log and in the inbox."""
        facts = (said.speaker, said.text, "", "", said.account, said.to)
        is_notice = isinstance(said, LeftNotice)
        queued = Queued(*facts, reply_to=said.reply_to, is_notice=is_notice)
        for each in session.user.sessions:
            answers = said.nonce if each is session else ""
            self._delivery.tell_behind(each, entry_id, [queued], answers)
        owner = self._users.owner(account)
        if owner is not None and owner.sessions:  # the owner has come meanwhile
            self._spawn(self._show(owner))

    async def _show(self, user: User) -> None:
        await self._clock.sleep(0)  # until all that was stored with it is in its room, too
        with suppress(StoreError):
            await self.came(user)


class _Waiting:
    """An offline message on its way to the room's log and to the inbox.

    then: called with its id once it is in both.
    """

    def __init__(self, then: Callable[[int], object]) -> None:
        self._then = then
        self._id = 0
        self._is_noted = False

    def said(self, entry_id: int) -> None:
        """Note that it is in the log."""
        self._id = entry_id
        if self._is_noted:
            self._then(entry_id)

    def noted(self) -> None:
        """Note that it is in the inbox."""
        self._is_noted = True
        if self._id:
            self._then(self._id)
