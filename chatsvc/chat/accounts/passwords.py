"""Which passwords are allowed, and the contract of their hashing."""

from __future__ import annotations

from typing import Protocol

from chatsvc.errors import ChatError

SHORTEST_PASSWORD = 8  # characters (NIST SP 800-63B, 5.1.1.2)
LONGEST_PASSWORD = 400
_BLANKS = 'A password has no blanks: put "-" or "_" where you would put one.'


class Passwords(Protocol):
    """Hashes and checks passwords off the reactor's thread."""

    def start(self) -> None:
        """Start."""

    def stop(self) -> None:
        """Stop; waiting calls raise Closing."""

    async def hash(self, password: str) -> str:
        """The hash of a password. Raises ChatError if too many wait."""

    async def is_right(self, password: str, hashed: str | None, is_doubtful: bool) -> bool:
        """Whether a password has this hash; None takes as much work, and is never right.

        is_doubtful: whether its source was wrong lately, so that it can wait for others.

        Raises ChatError if too many wait.
        """

    async def scram_keys(self, password: str) -> str:
        """The keys by which a password can be shown with SCRAM-SHA-256, without being told.

        Raises ChatError when too many wait for it.
        """

    def is_outdated(self, hashed: str) -> bool:
        """Whether a hash has outdated parameters."""


def _check(password: str) -> None:
    if any(map(str.isspace, password)):
        raise ChatError(_BLANKS)
    if len(password) < SHORTEST_PASSWORD:
        raise ChatError(f"A password has at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise ChatError(f"A password has at most {LONGEST_PASSWORD} characters.")
