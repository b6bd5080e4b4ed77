"""The limits and settings of the chat."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Limits:
    """The limits and settings of the chat, from the server's options.

    users: the most connections at once.
    per_address: the most connections at once from one address.
    history: the most events in memory.
    history_bytes: the most bytes of those events.
    backlog: lines of history shown on joining a room.
    keep: how many seconds messages are kept.
    direct_history: whether accounts' direct messages are kept once they are read.
    grace: the grace period of accounts, in seconds.
    keep_addresses: how many seconds visits are kept.
    operators: the skeletons of the operators' names.
    plaintext_passwords: whether passwords may come over connections that others can read.
    accounts_only: whether guests cannot take part.
    invite_only: the same, and registering takes a code.
    own_addresses: gives the addresses of this machine, besides the loopback.
    """

    users: int = 10_000
    per_address: float = inf
    history: int = 10_000
    history_bytes: int = 16 * 2**20
    backlog: int = 20
    keep: float = inf
    direct_history: bool = True
    grace: float = 0.0
    keep_addresses: float = 7 * 86400.0
    operators: frozenset[str] = frozenset()
    plaintext_passwords: bool = False
    accounts_only: bool = False
    invite_only: bool = False
    own_addresses: Callable[[], Iterable[str]] = frozenset
