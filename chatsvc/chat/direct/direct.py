"""Direct messages: what people say to one person, who is here or will read it later."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.people.user import note_said
from chatsvc.errors import ChatError, NoSuchUser
from chatsvc.events.answers import Notice
from chatsvc.events.speech import Direct, DirectlyActed, Queued

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.mailbox import Waiting
    from chatsvc.chat.direct.pairs import Pair, Pairs
    from chatsvc.chat.people.user import Doing, Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.rooms.order import Order
    from chatsvc.events.event import Event


class Directs:
    """Brings direct messages to the rooms of two, or has them wait.

    came: called with the owner of an account who has come while a message was made to wait.
    """

    def __init__(
        self,
        delivery: Delivery,
        accounts: Accounts,
        users: Users,
        order: Order,
        pairs: Pairs,
        waiting: Waiting,
    ) -> None:
        self.came: Callable[[User], Awaitable[object]]
        self._delivery = delivery
        self._accounts = accounts
        self._users = users
        self._order = order
        self._pairs = pairs
        self._waiting = waiting

    def write(self, session: Session, other: User, text: str, kind: type[Direct] = Direct) -> Doing:
        """Say something to one person, who may have gone; to the owner of an account it waits.

        kind: in which way: Direct or DirectlyActed.

        Raises NoSuchUser, ChatError and StoreError.
        """
        if other.account is not None:
            other = self._users.owner(other.account) or other  # who has come back since
        if other.sessions or (other.seat is not None and other.account is None):
            self._say(session, other, text, kind)
            return None
        if other.account is None:
            raise NoSuchUser(other.name)
        return self._leave_for(session, other.account, text, kind)

    def write_to(
        self, session: Session, name: str, text: str, kind: type[Direct] = Direct
    ) -> Doing:
        """Say something to the one person of that name. Raises what `write` does."""
        other = self._users.get(name)
        if other is not None:
            return self.write(session, other, text, kind)
        account = self._accounts.find(name)
        if account is None:
            raise NoSuchUser(name)
        return self._leave_for(session, account, text, kind)

    def _say(self, session: Session, other: User, text: str, kind: type[Direct]) -> None:
        """Say something to one person who is here, whom nobody else overhears.

        Raises ChatError when too many such messages wait to be read.
        """
        speaker = session.user
        self._order.check_words(speaker, other)
        delivery = self._delivery
        pair = self._pairs.between(speaker, other)
        pair.awaited += 1
        nonce = session.take_nonce()
        account = speaker.account_name
        said = kind(speaker.name, text, nonce=nonce, account=account, to=other.name)
        delivery.append(pair, said, then=partial(self._heard, pair))
        if nonce:
            note_said(speaker, nonce, pair, delivery.last_id)
        if not ignores(other, speaker):
            other.heard_from = speaker
        if other.away is not None:
            why = "." if ignores(speaker, other) else f": {other.away}"
            away = Notice(f"{other.name} is away{why}")
            delivery.tell(session, away, nonce)

    def notify(self, user: User, event: Event) -> None:
        """Tell somebody something that is told again on another connection if this one is lost.

        Raises ChatError when too much waits to be read.
        """
        pair = self._pairs.between(user, user)
        pair.awaited += 1
        self._delivery.append(pair, event, then=partial(self._heard, pair))

    def _heard(self, pair: Pair, _: int) -> None:
        pair.awaited -= 1
        for user in pair.people:
            if not user.sessions:
                self._pairs.clear(user)

    async def _leave_for(
        self, session: Session, account: Account, text: str, kind: type[Direct]
    ) -> None:
        find = self._accounts.find
        if session.user.account is None:  # what guests say to each other is not written to a disk
            raise ChatError(f"{account.name} is not here. If you log in, your message can wait.")
        if find(account.name) is not account:  # the name may be another's by now
            raise NoSuchUser(account.name)
        self._order.check_words(session.user)
        name, own = session.user.name, session.user.account_name
        if kind is DirectlyActed:
            text = f"* {name} {text}"
        await self._waiting.leave(name, account.name, text)
        if find(account.name) is not account:
            await self._waiting.forget(account.name)
            raise NoSuchUser(account.name)
        queued = Queued(name, text, account=own, to=account.name)
        for each in session.user.sessions:
            self._delivery.tell(each, queued, session.nonce if each is session else "")
        owner = self._users.owner(account)
        if owner is not None and owner.sessions:  # come meanwhile
            await self.came(owner)
