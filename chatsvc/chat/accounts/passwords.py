"""Passwords: which are allowed, and the contract of hashing them."""

from __future__ import annotations

from typing import Protocol

from chatsvc.errors import ChatError

SHORTEST_PASSWORD = 8  # characters (NIST SP 800-63B, 5.1.1.2)
LONGEST_PASSWORD = 400
NO_BLANKS = 'A password has no blanks: put "-" or "_" where you would put one.'


class Passwords(Protocol):
    """Hashes and checks passwords off the reactor's thread."""

    def start(self) -> None:
        """Start."""

    def stop(self) -> None:
        """Stop; waiting calls raise Closing."""

    async def hash(self, password: str) -> str:
        """The hash of a password. Raises ChatError if too many wait."""

    async def is_right(self, password: str, hashed: str | None, is_doubtful: bool) -> bool:
        """Whether a password has a hash. Raises ChatError if too many wait.

        hashed: None takes as much work, and is never right.
        is_doubtful: whether its source was wrong lately, so that others go first.
        """

    async def scram_keys(self, password: str) -> str:
        """The stored and server keys of a password for SCRAM-SHA-256.

        Raises ChatError if too many wait.
        """

    def is_outdated(self, hashed: str) -> bool:
        """Whether a hash has outdated parameters."""


def check_new(password: str) -> None:
    """Check that a password is allowed. Raises ChatError."""
    if any(map(str.isspace, password)):
        raise ChatError(NO_BLANKS)
    if len(password) < SHORTEST_PASSWORD:
        raise ChatError(f"A password has at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise ChatError(f"A password has at most {LONGEST_PASSWORD} characters.")
