"""The place at a server where one goes on over another connection."""

from __future__ import annotations

import secrets


class Place:
    """A place that lasts as long as this program.

    token: by which the server knows the place; a secret.
    seen: the greatest id that was told; None as long as there is no place.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self.seen: int | None = None

    def keep(self) -> None:
        """Note the token and what was seen, where the place is to outlive this program."""

    def end(self) -> None:
        """The place was given up."""
