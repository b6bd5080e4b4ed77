"""What an attack is: what each of many strangers does; and what they all type."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.attack.crowd import Says

LONGEST = 8192  # bytes of a line
FOR_EVER = 3600.0  # seconds
PASSWORD = "correct-horse"  # of everybody


@dataclass(frozen=True)
class Attack:
    """An attack.

    says: what the n-th stranger does; when that is done, the connection is cut and another comes.
    The others are as in Crowd.
    """

    name: str
    says: Says
    door: str = "line"
    strangers: int = 200
    addresses: int = 20
    reads: bool = True
    comes_again: bool = True
    halves: bool = False


ATTACKS: list[Attack] = []


def attack(**how: Any) -> Callable[[Says], Says]:
    """Put a function into the list; its name is that of the attack."""

    def add(says: Says) -> Says:
        ATTACKS.append(Attack(says.__name__.replace("_", " "), says, **how))
        return says

    return add


def line(text: str) -> bytes:
    """The bytes of a line, which is cut at the longest that is taken."""
    return text.encode()[: LONGEST - 1].decode(errors="ignore").encode() + b"\n"


def asked(**fields: Any) -> bytes:
    """The bytes of a request by JSON lines."""
    return json.dumps(fields).encode() + b"\n"


def token(number: int) -> str:
    """A new token, which nobody else has."""
    return f"{number:x}-{random.getrandbits(256):064x}"
