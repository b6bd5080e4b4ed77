"""The keys by which moderation and /ignore recognise people."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from chatsvc.text.lookalikes import skeleton

if TYPE_CHECKING:
    from chatsvc.chat.people.user import User


@lru_cache(1000)
def account_key(name: str) -> str:
    """The key of an account, the same for look-alike names, of which only one has an account."""
    return f"account {skeleton(name)}"


def guest_key(user: User) -> str:
    """The key of the given name, which a person keeps under every other name."""
    return f"guest {user.given_name}"


def address_keys(user: User) -> list[str]:
    """The keys of a person's addresses, one for each connection's."""
    addresses = dict.fromkeys([user.address, *[session.address for session in user.sessions]])
    return [f"address {address}" for address in addresses if address is not None]


def keys_of(user: User) -> list[str]:
    """All keys of a person."""
    keys = [guest_key(user), *address_keys(user)]
    if user.account is not None:
        keys.append(account_key(user.account.name))
    return keys
