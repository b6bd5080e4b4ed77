"""Notices to one person, now or on coming back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.missed_notices import MissedNotice, add_notice
from chatsvc.errors import ChatError
from chatsvc.events.answers import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.people.user import User


class Notices:
    """Tells people what concerns only them.

    lasting: tells somebody a notice, and again if the connection is lost before it is read. Raises
        ChatError if too much waits to be read.
    missed: called with each person for whom a notice is kept.
    """

    def __init__(self, delivery: Delivery) -> None:
        self.lasting: Callable[[User, Notice], object]
        self.missed: Callable[[User | Account], object]
        self._delivery = delivery

    def tell(self, user: User, text: str, room: str = "") -> None:
        """Tell a person something, after everything up to now; on coming back, if absent.

        room: the name of the room that it is about; empty for none.
        """
        self.send(user, Notice(text, room))

    def send(self, user: User, notice: Notice) -> None:
        """Tell a person a notice of any kind."""
        if not user.sessions:
            absent = user if user.account is None else user.account
            self.keep(absent, MissedNotice(notice.text, notice.room))
            return
        if user.tokens:
            with suppress(ChatError):
                self.lasting(user, notice)
                return
        for session in user.sessions:
            self._delivery.tell(session, notice)

    def keep(self, absent: User | Account, notice: MissedNotice) -> None:
        """Keep a notice for an absent person, until they come back."""
        add_notice(absent, notice)
        self.missed(absent)
