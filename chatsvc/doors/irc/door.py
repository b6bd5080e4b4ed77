"""The IRC door: its protocol and factory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from twisted.internet.protocol import ServerFactory, connectionDone

from chatsvc.door.porch import Porch
from chatsvc.doors.channel import LineChannel
from chatsvc.doors.irc.client import Client
from chatsvc.doors.irc.codec.message import CLIENT_TAG_BYTES, LINE_BYTES
from chatsvc.doors.irc.network.network import Network
from chatsvc.doors.irc.running import Running
from chatsvc.doors.irc.verb import verbs

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatsvc.door.entrance import Entrance
    from chatsvc.doors.irc.supported.sts import Sts

REGISTER_WITHIN = 60.0  # seconds


class IrcProtocol(LineChannel):
    """One connection of the IRC door."""

    kind = "IRC"
    MAX_LENGTH = CLIENT_TAG_BYTES + LINE_BYTES

    factory: IrcFactory
    client: Client

    def connectionMade(self) -> None:
        """Wait for the client to register."""
        self.client = Client(self.factory.network, self)
        self.begin(self.factory.entrance, self.factory.running)

    def opened(self) -> None:
        """Give the client a time to register."""
        self.visit.cut_off_in(REGISTER_WITHIN)
        self.factory.network.wait(self.client)

    def dataReceived(self, data: bytes) -> None:
        """Take lines from the data."""
        self.visit.note_received(len(data))
        session = self.visit.session
        if session is None or not session.has_left:
            super().dataReceived(data)
            self.visit.end_turn()

    def lines_received(self, lines: list[bytes]) -> int:
        """Pass lines on to the visit."""
        if self.visit.session is None:
            return super().lines_received(lines)
        return self.visit.hear_all([line.removesuffix(b"\r") for line in lines])

    def lineReceived(self, line: bytes) -> None:
        """Pass a line on to the visit, or to the porch before the client has registered."""
        line = line.removesuffix(b"\r")
        if self.visit.session is not None:
            self.visit.hear(line)
            return
        newcomer = self.client.newcomer
        if newcomer.porch is None:
            entrance = self.factory.entrance
            pace = entrance.pace_of(self.visit.address)
            newcomer.porch = Porch(
                entrance, self, pace, partial(self.factory.running.hear, self.client)
            )
        newcomer.porch.hear(line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the end of the connection, by whichever side."""
        super().connectionLost(reason)
        self.client.closed()
        del self.client  # it refers to this


class IrcFactory(ServerFactory):
    """Makes a protocol for each connection of the IRC door.

    entrance: the state that all doors share.
    network: the state that IRC clients share.
    running: runs their messages.
    name: of the server.
    title: of the network; empty for that of the server.
    """

    protocol = IrcProtocol  # type: ignore[assignment]  # zope's stubs want a function

    def __init__(
        self,
        entrance: Entrance,
        name: str,
        auto_join: bool,
        sts: Sts | None = None,
        title: str = "",
    ) -> None:
        verbs()  # imported now: the first client does not wait for it
        self.entrance = entrance
        self.network = Network(entrance.chat, name, title or name, auto_join, sts)
        self.running = Running(self.network.clients)
