"""The porch: it takes lines from connections that have yet to say who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.flow.admission import Rank
from chatsvc.door.turns import TurnTaker
from chatsvc.throttle import LONG

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.door.entrance import Entrance
    from chatsvc.door.pace import Pace
    from chatsvc.door.turns import Input


class Porch(TurnTaker):
    """Takes the lines of a connection before it is let in, at the pace of its address.

    They count towards the address's share of the server's time, like lines of connections inside.
    Connections without an address have one share together: with a share each, a flood of them would
    always go first.

    take: handles a line.
    """

    __slots__ = ("_clock", "_take")

    def __init__(
        self,
        entrance: Entrance,
        channel: Input,
        pace: Pace | None,
        take: Callable[[bytes], object],
    ) -> None:
        super().__init__(entrance.chat.delivery.admission, channel, pace)
        if pace is None:
            self._address_share = entrance.unknown
        self._clock = entrance.chat.clock
        self._take = take

    def hear(self, line: bytes) -> None:
        """Take a line, or keep it until its turn."""
        now = self._clock.seconds()
        lines = 1 + len(line) // LONG
        if not (self._is_admitted or self._admission.admits(False)):
            self._admission.wait(self._admitted, self._address_share, self._share, Rank.STRANGER)
        elif not (self._is_paid or self._pace is None or self._pace.take(now, lines)):
            self._pace.wait(self._paced, lines)
        else:
            self._is_paid = self._is_admitted = False
            self._take(line)
            self._admission.charge(self._address_share, self._share, 0)
            return
        self.keep(line)
