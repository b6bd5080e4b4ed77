"""What a door gives to a session: its connection."""

from __future__ import annotations

from typing import Protocol

from chatsvc.chat.logs.room import Connection as ReaderConnection


class Connection(ReaderConnection, Protocol):
    """The connection of somebody; `Departures.gone` is called when it is closed."""

    @property
    def is_private(self) -> bool:
        """Whether nobody else can read what comes over it: it is encrypted, or of this machine."""

    @property
    def is_local(self) -> bool:
        """Whether it comes from this machine."""

    @property
    def is_greeting(self) -> bool:
        """Whether a part has come of what may say that somebody comes back."""

    @property
    def is_delivered(self) -> bool:
        """Whether the other side has acknowledged all that was written, as far as can be told."""

    def charge(self, lines: int, why: str) -> None:
        """Let the next line wait as if so many had come before it, if only so many may come.

        why: what is told then.
        """

    def give_up_after(self, seconds: int) -> None:
        """Take it for lost from now on when nothing has come over it for so long."""
