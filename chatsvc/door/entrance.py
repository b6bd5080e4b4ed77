"""The entrance: the state that all doors share."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.flow.admission import Share
from chatsvc.command import command
from chatsvc.door.pace import Pace, Paces
from chatsvc.throttle import Throttle

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat

DEFAULT_THROTTLE = Throttle(burst=30, rate=10.0)


class Entrance:
    """The state that all doors share.

    throttle: of each connection.
    paces: of each address.
    unknown: the share of the server's time for all requests from unknown addresses.
    refused: the number of refused connections that may still ask to resume.
    received_bytes: the bytes that people have sent since the start, TLS and HTTP aside.
    """

    def __init__(self, chat: Chat, throttle: Throttle = DEFAULT_THROTTLE) -> None:
        command.commands()  # imported now: the first line does not wait for it
        self.chat = chat
        self.throttle = throttle
        self.paces = Paces(chat.clock, throttle)
        self.unknown = Share()
        self.refused = 0
        self.received_bytes = 0

    def change_throttle(self, throttle: Throttle) -> None:
        """Set the throttle of connections that begin from now on."""
        self.throttle = throttle
        self.paces = Paces(self.chat.clock, throttle)

    def pace_of(self, address: str | None) -> Pace | None:
        """The pace of an address; None if the address is unknown, or the throttle is off."""
        if address is None or self.throttle.rate == inf:
            return None
        return self.paces.of(address)
