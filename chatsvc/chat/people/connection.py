"""The contract of a session's connection, which a door provides."""

from __future__ import annotations

from typing import Protocol

from chatsvc.chat.logs.room import Connection as ReaderConnection


class Peer(Protocol):
    """The other side of a connection, perhaps not let in yet."""

    @property
    def is_private(self) -> bool:
        """Whether nobody else can read it: it is encrypted, or from this machine."""

    @property
    def is_local(self) -> bool:
        """Whether it is from this machine."""


class Connection(Peer, ReaderConnection, Protocol):
    """The connection of a session; `Departures.gone` is called when it is closed."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the client's TLS certificate, in hexadecimal; empty without one."""

    @property
    def is_greeting(self) -> bool:
        """Whether a part of what may be a request to resume has arrived, or waits for its turn."""

    @property
    def is_delivered(self) -> bool:
        """Whether the peer has acknowledged everything written, as far as is known."""

    @property
    def kind(self) -> str:
        """The protocol that it speaks: text, JSON, IRC or web."""

    @property
    def sign_in(self) -> str:
        """The token of the browser's sign-in; empty for none."""

    @property
    def began_at(self) -> float:
        """When it came, in seconds by the steady clock."""

    @property
    def heard_at(self) -> float:
        """When its last line came, as `began_at`; at first, when it came."""

    def charge(self, lines: int, why: str) -> None:
        """Charge a request as several lines, which the next line waits for.

        why: what costs so much, for the warning.
        """

    def give_up_after(self, seconds: int) -> None:
        """Give it up after some seconds of silence, from now on."""

    def cut_off_in(self, seconds: float) -> None:
        """Abort it after some seconds, unless `stop_waiting` is called or it is closed before."""

    def stop_waiting(self) -> object:
        """Cancel `cut_off_in`, if that was called."""


class Closed:
    """A closed connection, which replaces the door's own, to free that.

    is_delivered: whether everything written was delivered.
    """

    __slots__ = ("is_delivered",)

    is_private = is_local = is_greeting = False
    fingerprint = kind = sign_in = ""
    began_at = heard_at = 0.0

    def __init__(self, is_delivered: bool) -> None:
        self.is_delivered = is_delivered

    @property
    def writer(self) -> Closed:
        """The way out: itself."""
        return self

    def write(self, data: bytes) -> bool:
        """Send nothing."""
        return False

    def is_rested(self, now: float) -> bool:
        """No."""
        return False

    def resume(self) -> None:
        """Do nothing, as nothing comes."""

    close = abort = stop_waiting = resume

    def fail(self, error: Exception) -> None:
        """Do nothing, as nothing is written."""

    def charge(self, lines: int, why: str) -> None:
        """Do nothing, as no line follows."""

    def give_up_after(self, seconds: float) -> None:
        """Do nothing, as it is lost."""

    cut_off_in = give_up_after


CLOSED = {is_delivered: Closed(is_delivered) for is_delivered in (False, True)}
