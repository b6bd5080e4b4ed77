"""Metadata of people and rooms, which they set for clients to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.allowance import Allowance
from chatsvc.chat.rooms.roles import Role
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.people.user import User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.rooms.order import Order
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Spawn

MOST_KEYS = 20  # of one person or room
KEYS = Allowance(MOST_KEYS, 4, 50_000)  # of people, each of which takes up to half a kilobyte
VALUE_BYTES = 300
_KEY = re.compile(r"[a-z0-9_./-]{1,64}")


class TooMany(ChatError):
    """There are too many keys."""


def is_key(text: str) -> bool:
    """Whether a text can be a key."""
    return _KEY.fullmatch(text) is not None


def changed(facts: Mapping[str, str], key: str, value: str) -> dict[str, str]:
    """Metadata with another value of a key, or without it if that is empty. Raises TooMany."""
    others = {each: facts[each] for each in facts if each != key}
    if value and len(others) >= MOST_KEYS:
        raise TooMany(f"There are at most {MOST_KEYS} keys.")
    return others | {key: value} if value else others


@dataclass(eq=False)
class Metadata:
    """Changes metadata; that of accounts and rooms is stored."""

    _spawn: Spawn
    _accounts: Accounts
    _users: Users
    _settings: Settings
    _order: Order

    def set_of(self, user: User, facts: dict[str, str]) -> None:
        """Set the metadata of a person.

        Raises ChatError if muted everywhere, and TooMany if all together have too much.
        """
        self._order.check_words(user)
        address = None if user.account else user.address
        is_more = len(facts) > len(user.metadata)
        accounts = (each.metadata for each in self._accounts)
        guests = (
            (each.address, theirs)
            for each in self._users.in_any_order()
            if (theirs := each.as_guest.metadata)
        )
        if is_more and len(facts) > KEYS.of(facts, address, accounts, guests):
            raise TooMany("Too much metadata is kept here at the moment.")
        user.set_metadata(facts)
        if user.account is not None:
            self._spawn(self._accounts.try_to_keep(user.account))

    def may_set(self, room: NamedRoom, user: User) -> bool:
        """Whether somebody may set the metadata of a room."""
        return self._order.role_of(room, user) >= Role.MODERATOR

    async def set_of_room(self, room: NamedRoom, facts: dict[str, str]) -> None:
        """Set the metadata of a room. Raises ChatError or StoreError."""
        await self._settings.change(room, metadata=facts)
