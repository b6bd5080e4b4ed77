"""The keys by which moderation and /ignore recognise people."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from chatsvc.text.lookalikes import skeleton

if TYPE_CHECKING:
    from chatsvc.chat.people.user import User


@lru_cache(1000)
def account_key(name: str) -> str:
    """The key of an account; look-alike names share it, as only one of them has an account."""
    return f"account {skeleton(name)}"


def guest_key(user: User) -> str:
    """The key of a person's given name, which stays the same under every chosen name."""
    return f"guest {user.given_name}"


def hook_key(name: str) -> str:
    """The key of the hooks with a name; in checks, a person with that name stands for a hook."""
    return f"guest {name}"


def address_keys(user: User) -> list[str]:
    """The keys of the addresses of a person's connections."""
    addresses = dict.fromkeys([user.address, *[session.address for session in user.sessions]])
    return [f"address {address}" for address in addresses if address is not None]


def share_key(user: User) -> str:
    """The key of those who have one share together: an account, or the guests from an address."""
    if user.account is not None:
        return account_key(user.account.name)
    return next(iter(address_keys(user)), guest_key(user))


def keys_of(user: User) -> list[str]:
    """All keys of a person."""
    keys = [guest_key(user), *address_keys(user)]
    if user.account is not None:
        keys.append(account_key(user.account.name))
    return keys
