"""The limits of the chat, made of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatsvc.chat.limits import Limits
from chatsvc.settings import rooms
from chatsvc.text.lookalikes import skeleton

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# By setting: the attribute of the limits that it determines.
LIMITED = {
    "max-users": "users",
    "max-per-address": "per_address",
    "backlog": "backlog",
    "keep": "keep",
    "keep-size": "keep_size",
    "grace": "grace",
    "operator": "operators",
    "allow-plaintext-passwords": "plaintext_passwords",
    "accounts-only": "accounts_only",
    "invite-only": "invite_only",
    "history": "history",
    "history-bytes": "history_bytes",
    "direct-history": "direct_history",
    "keep-addresses": "keep_addresses",
}


def limits(
    values: Mapping[str, Any], most_users: int, own_addresses: Callable[[], Iterable[str]]
) -> Limits:
    """The limits for the values of settings. Raises ValueError if more users are asked for.

    most_users: for how many there are file descriptors.
    own_addresses: as in the limits.
    """
    found = {attribute: values[name] for name, attribute in LIMITED.items()}
    found["operators"] = frozenset(map(skeleton, found["operators"]))
    found["rooms"] = rooms.for_chat(values["rooms"])
    found["users"] = most_users if found["users"] is None else found["users"]
    if not 0 < found["users"] <= most_users:
        raise ValueError(
            f"at most {most_users} people can connect, as this process may have no more file"
            " descriptors."
        )
    return Limits(**found, own_addresses=own_addresses)
