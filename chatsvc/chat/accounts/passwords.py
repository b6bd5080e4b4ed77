"""What may be a password, and who hashes it."""

from __future__ import annotations

from typing import Protocol

from chatsvc.errors import ChatError

SHORTEST_PASSWORD = 8  # characters (NIST SP 800-63B, 5.1.1.2)
LONGEST_PASSWORD = 128
_BLANKS = 'A password has no blanks: put "-" or "_" where you would put one.'


class Passwords(Protocol):
    """Makes of passwords what can be kept, away from the reactor's thread."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End; who waits for something is told that the server goes down."""

    async def hash(self, password: str) -> str:
        """What is kept in place of a password. Raises ChatError when too many wait for it."""

    async def is_right(self, password: str, hashed: str | None, is_doubtful: bool) -> bool:
        """Whether that was made of this password; as much work for None, of which nothing was.

        is_doubtful: it can wait for others, as whoever asks was wrong of late.

        Raises ChatError when too many wait for it.
        """

    def is_outdated(self, hashed: str) -> bool:
        """Whether it would be made in another way by now."""


def _check(password: str) -> None:
    if any(map(str.isspace, password)):
        raise ChatError(_BLANKS)
    if len(password) < SHORTEST_PASSWORD:
        raise ChatError(f"A password has at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise ChatError(f"A password has at most {LONGEST_PASSWORD} characters.")
