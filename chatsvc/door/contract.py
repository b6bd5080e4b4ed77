"""The contract of doors: what a door provides to a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chatsvc.chat.people.connection import CLOSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.logs.room import Output
    from chatsvc.chat.people.user import Session
    from chatsvc.errors import ChatError

LONGEST = 8192  # bytes of a line, its end not counted


class Channel(Protocol):
    """A visit's connection."""

    @property
    def host(self) -> str | None:
        """The address of the peer; None if there is none, as on a unix socket."""

    @property
    def is_local(self) -> bool:
        """Whether it is from this machine."""

    @property
    def kind(self) -> str:
        """The protocol that it speaks: text, JSON, IRC or web."""

    @property
    def sign_in(self) -> str:
        """The token of the browser's sign-in; empty for none."""

    @property
    def is_encrypted(self) -> bool:
        """Whether it is encrypted all the way."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the client's TLS certificate, in hexadecimal; empty without one."""

    @property
    def is_greeting(self) -> bool:
        """Whether a part of what may be a request to resume has arrived."""

    @property
    def is_delivered(self) -> bool:
        """Whether the peer has acknowledged everything written, as far as is known."""

    @property
    def writer(self) -> Output:
        """The way out; takes more after it was full when `Visit.drained` is called."""

    def pause(self) -> None:
        """Stop handing over lines (backpressure)."""

    def go_on(self) -> None:
        """Hand over lines again."""

    def forget_input(self) -> None:
        """Drop what was received, as no more is taken."""

    def hung_up(self) -> bool:
        """Whether the peer has stopped sending, though its input may not all be read yet."""

    def close(self) -> None:
        """Close once everything written is delivered."""

    def abort(self) -> None:
        """Close at once."""


class Gone:
    """The channel of a visit that is over, which replaces the door's own, to free that."""

    __slots__ = ("host",)

    is_local = is_encrypted = is_greeting = is_delivered = False
    kind = sign_in = fingerprint = ""
    writer: Output = CLOSED[False]

    def __init__(self, host: str | None) -> None:
        self.host = host

    def pause(self) -> None:
        """Do nothing."""

    go_on = forget_input = close = abort = pause

    def hung_up(self) -> bool:
        """Yes."""
        return True


class Dialect(Protocol):
    """The language of a connection."""

    def wording(self, entries: Sequence[Entry], /) -> bytes:
        """Turn some events into bytes."""

    def run(self, chat: Chat, session: Session, line: bytes, /) -> None:
        """Do what a line asks for, or tell the session why it is refused."""

    def refusal(self, error: ChatError, /) -> bytes:
        """The bytes for a connection that is not let in."""


class ResumeRequest(Protocol):
    """A request to resume.

    token: of the place.
    seen: the read marker; None for the last one known to the server.
    """

    @property
    def token(self) -> str:
        """The token."""

    @property
    def seen(self) -> int | None:
        """The read marker."""
