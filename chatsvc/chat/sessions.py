"""Sessions: one connection each, and what it has yet to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chatsvc.chat.events import Notice

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.clock import Timer
    from chatsvc.chat.log import Entry
    from chatsvc.chat.users import User
    from chatsvc.chat.wording import Wording


_NONE: list[Entry] = []  # the replies of all who have none; nothing is ever put into it


class Connection(Protocol):
    """What a door gives to a session."""

    def write(self, data: bytes) -> bool:
        """Send; False when no more should be written before `Delivery.drained` is called."""

    def resume(self) -> None:
        """Go on reading, after `Delivery.hold`."""

    def close(self) -> None:
        """Close once everything written is delivered; `Chat.gone` is called in the end."""

    def abort(self) -> None:
        """Close at once; `Chat.gone` is called in the end."""

    def fail(self, error: Exception) -> None:
        """Log a mistake of ours in what this session was to be given, and abort."""


class Session:
    """One connection of somebody.

    wording: how the events read, for this session.
    replies: what only this session is told, each under the id of the last event before it.
    reply_bytes: the bytes in those.
    apart: it cannot go along with the others, as its connection is full, or there was more to read
        than is given at once.
    ends_at: the id of the last event that it reads before it is closed; None while it goes on.
    deadline: the timer that aborts it if it has not read that far and closed.
    """

    __slots__ = (
        "apart",
        "chat",
        "connection",
        "deadline",
        "ends_at",
        "replies",
        "reply_bytes",
        "user",
        "wording",
    )

    user: User

    def __init__(self, chat: Chat, connection: Connection, wording: Wording) -> None:
        self.chat = chat
        self.connection = connection
        self.wording = wording
        self.replies = _NONE
        self.reply_bytes = 0
        self.apart = False
        self.ends_at: int | None = None
        self.deadline: Timer | None = None

    @property
    def has_left(self) -> bool:
        """Whether nothing more is taken from it; it may still be reading."""
        return self.ends_at is not None

    def tell(self, text: str) -> None:
        """Tell this session alone something, after everything that happened before."""
        self.chat.announce()
        self.chat.delivery.tell(self, Notice(text))

    def add_reply(self, entry: Entry) -> None:
        """Put something behind what this session alone is told."""
        if self.replies is _NONE:
            self.replies = []
        self.replies.append(entry)
        self.reply_bytes += len(entry.line)

    def take_replies(self, number: int) -> None:
        """Take away the first so many replies: they were read."""
        self.reply_bytes -= sum(len(entry.line) for entry in self.replies[:number])
        self.replies = self.replies[number:] or _NONE
