"""The porch: where those wait who have yet to say who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.flow.admission import Share
from chatsvc.throttle import LONG

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.door.contract import Channel
    from chatsvc.door.entrance import Entrance
    from chatsvc.door.pace import Pace


class Porch:
    """Takes the lines of a connection before it is let in, at the pace of its address.

    The address has no more of the server's time for them than for the lines of those inside. One
    line is kept until its turn, and the channel hands over no more.

    take: handles a line.
    """

    def __init__(
        self,
        entrance: Entrance,
        channel: Channel,
        pace: Pace | None,
        take: Callable[[bytes], object],
    ) -> None:
        self._clock = entrance.chat.clock
        self._admission = entrance.chat.delivery.admission
        self._channel = channel
        self._pace = pace
        self._take = take
        self._share = Share()
        self._whole = self._share if pace is None else pace.share
        self._kept: bytes | None = None
        self._is_paused = False
        self._is_admitted = False  # the kept line is to be done in this turn
        self._is_paid = False  # the pace of the address counts the kept line already

    def hear(self, line: bytes) -> None:
        """Take a line, or keep it until its turn."""
        now = self._clock.seconds()
        lines = 1 + len(line) // LONG
        if not (self._is_admitted or self._admission.admits(False)):
            self._admission.wait(self._admitted, self._whole, self._share, False)
        elif not (self._is_paid or self._pace is None or self._pace.take(now, lines)):
            self._pace.wait(self._paced, lines)
        else:
            self._is_paid = self._is_admitted = False
            self._take(line)
            self._admission.charge(self._whole, self._share, 0)
            return
        self._kept = line
        self.pause()

    def pause(self) -> None:
        """Take nothing more until `resume` is called."""
        self._is_paused = True
        self._channel.pause()

    def resume(self) -> None:
        """Go on with the kept line, and those after it."""
        self._is_paused = False
        kept, self._kept = self._kept, None
        if kept is not None:
            self.hear(kept)
        if not self._is_paused:
            self._channel.go_on()

    def close(self) -> None:
        """Take nothing more: the connection is closed, or let in."""
        if self._pace is not None:
            self._pace.forget(self._paced)
        self._admission.forget(self._admitted)

    def _paced(self) -> None:
        self._is_paid = True
        self.resume()

    def _admitted(self) -> None:
        self._is_admitted = True
        self.resume()
