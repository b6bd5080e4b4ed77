"""The limits and settings of the chat."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass
class Limits:
    """The limits and settings of the chat, from the server's settings.

    All parts of a chat share one object, and read it each time, so that a change takes effect at
    once; except for `history` and those named below it, which are read at the start.

    users: the most connections at once.
    per_address: the most connections at once from one address.
    backlog: lines of history shown on joining a room; see `Rooms.keep_backlogs`.
    keep: how many seconds messages are kept.
    keep_size: how many bytes the store may take; see `Store.shrink`.
    grace: the grace period of accounts, in seconds.
    operators: the skeletons of the operators' names.
    plaintext_passwords: whether passwords may come over connections that others can read.
    accounts_only: whether guests cannot take part.
    invite_only: the same, and registering takes a code.
    history: the most events in memory.
    history_bytes: the most bytes of those events.
    direct_history: whether accounts' direct messages are kept once they are read.
    keep_addresses: how many seconds visits are kept.
    rooms: the rooms that always exist, by name, each with its wanted settings: topic, keep,
        privacy, password and limit, as of a room; is_locked, accounts_only. See `FixedRooms`.
    own_addresses: returns the addresses of this machine, besides the loopback.
    """

    users: int = 10_000
    per_address: float = inf
    backlog: int = 20
    keep: float = inf
    keep_size: float = inf
    grace: float = 0.0
    operators: frozenset[str] = frozenset()
    plaintext_passwords: bool = False
    accounts_only: bool = False
    invite_only: bool = False
    history: int = 10_000
    history_bytes: int = 16 * 2**20
    direct_history: bool = True
    keep_addresses: float = 7 * 86400.0
    rooms: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    own_addresses: Callable[[], Iterable[str]] = frozenset

    def become(self, other: Limits) -> None:
        """Take over all values of another."""
        for each in fields(self):
            setattr(self, each.name, getattr(other, each.name))
