"""How much of everything there may be."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Limits:
    """How much of everything there may be.

    users: connections at once.
    per_address: connections at once from one address.
    history: events that the logs keep in memory.
    history_bytes: bytes that those may take.
    backlog: lines of what was said last that somebody is shown who joins a room.
    keep: seconds for which what is said is kept.
    direct_history: whether what accounts say to each other alone is kept once it was read.
    grace: seconds for which the owner of an account whose connection is lost keeps the place.
    keep_addresses: seconds for which it is kept from where people came.
    operators: the skeletons of the names whose owners may do everything everywhere.
    plaintext_passwords: whether they may come over connections that others can read.
    accounts_only: whether guests cannot take part.
    invite_only: the same, and to register takes a code.
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
