"""Rooms, as logs that readers follow, and what a door gives to a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chatsvc.chat.delivery.log import Log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.delivery.log import Entry
    from chatsvc.chat.people.session import Session


class Room:
    """What is said here is appended to the log; each session reads it from its own cursor.

    key: under which the store keeps what is said here; None if it does not.
    readers: the position up to which each session in the room has read.
    """

    __slots__ = ("key", "log", "readers")

    def __init__(self, key: str | None) -> None:
        self.key = key
        self.log = Log()
        self.readers: dict[Session, int] = {}

    def admit(self, session: Session, unread: int = 0) -> None:
        """Let a session read the last so many, and what comes from now on."""
        session.rooms += (self,)
        self.readers[session] = self.log.head - unread

    def admit_behind(self, session: Session, entry_id: int) -> None:
        """Let a session read what has an id above that, as far as it is still here."""
        session.rooms += (self,)
        self.readers[session] = self.log.position_of(entry_id)

    def release(self, session: Session) -> None:
        """Let a session read no more of it."""
        session.rooms = tuple([room for room in session.rooms if room is not self])
        self.readers.pop(session, None)

    def remember(self, said: Sequence[Entry]) -> None:
        """Something was said here, and is kept."""


class Connection(Protocol):
    """What a door gives to a session."""

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

    def write(self, data: bytes) -> bool:
        """Send; False when no more should be written before `Delivery.drained` is called."""

    def resume(self) -> None:
        """Go on reading, after `Delivery.hold`."""

    def charge(self, lines: int, why: str) -> None:
        """Let the next line wait as if so many had come before it, if only so many may come.

        why: what is told then.
        """

    def give_up_after(self, seconds: int) -> None:
        """Take it for lost from now on when nothing has come over it for so long."""

    def close(self) -> None:
        """Close once everything written is delivered; `Chat.gone` is called in the end."""

    def abort(self) -> None:
        """Close at once; `Chat.gone` is called in the end."""

    def fail(self, error: Exception) -> None:
        """Log a mistake of ours in what this session was to be given, and abort."""
