"""Turns: a line waits for its sender's turn among its address's connections, and among all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chatsvc.chat.flow.admission import Share

if TYPE_CHECKING:
    from chatsvc.chat.flow.admission import Admission
    from chatsvc.door.pace import Pace


class Input(Protocol):
    """A source of lines."""

    def pause(self) -> None:
        """Stop handing over lines."""

    def go_on(self) -> None:
        """Hand over lines again."""


class TurnTaker:
    """Takes turns for one connection: one line is kept, while the channel is paused.

    is_paused: whether the channel is paused.
    """

    __slots__ = (
        "_address_share",
        "_admission",
        "_channel",
        "_is_admitted",
        "_is_paid",
        "_kept",
        "_pace",
        "_share",
        "is_paused",
    )

    def __init__(self, admission: Admission, channel: Input, pace: Pace | None) -> None:
        """Begin with the first line.

        pace: of the address; None without one.
        """
        self.is_paused = False
        self._admission = admission
        self._channel = channel
        self._pace = pace
        self._share = Share()  # of the server's time
        self._address_share = self._share if pace is None else pace.share
        self._is_admitted = False  # the kept line may be done in this turn
        self._is_paid = False  # the address's pace has counted the kept line
        self._kept: bytes | None = None  # the next line, while paused

    def hear(self, line: bytes) -> None:
        """Take a line, or keep it until its turn."""
        raise NotImplementedError

    def keep(self, line: bytes) -> None:
        """Keep a line until its turn."""
        self._kept = line
        self.pause()

    def pause(self) -> None:
        """Take no more until `resume` is called."""
        self.is_paused = True
        self._channel.pause()

    def resume(self) -> None:
        """Go on with the kept line, and those after it."""
        self.is_paused = False
        kept, self._kept = self._kept, None
        if kept is not None:
            self.hear(kept)
        if not self.is_paused:
            self._channel.go_on()

    def close(self) -> None:
        """Take no more."""
        if self._pace is not None:
            self._pace.forget(self._paced)
        self._admission.forget(self._admitted)

    def _has_left(self) -> bool:
        """Whether the sender has left."""
        return False

    def _paced(self) -> None:
        """Go on: it is its turn among the connections of its address."""
        if not self._has_left():
            self._is_paid = self._kept is not None
            self.resume()

    def _admitted(self) -> None:
        """Go on: it is its turn among all."""
        if not self._has_left():
            self._is_admitted = self._kept is not None
            self.resume()
