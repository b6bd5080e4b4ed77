"""The place at a server, which another connection can resume."""

from __future__ import annotations

import secrets


class Place:
    """A place that lasts as long as this program.

    token: identifies the place to the server; a secret.
    seen: the greatest id read; None while there is no place.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self.seen: int | None = None

    def keep(self) -> None:
        """Store the token and the read marker, if the place is to outlive this program."""

    def end(self) -> None:
        """The place was given up."""
