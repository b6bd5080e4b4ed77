"""The IRC door: lines in, bytes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.protocol import ServerFactory, connectionDone

from chatsvc.door.porch import Porch
from chatsvc.doors.channel import LineChannel
from chatsvc.doors.irc.client import Client
from chatsvc.doors.irc.codec.message import CLIENT_TAG_BYTES, LINE_BYTES
from chatsvc.doors.irc.network.network import Network
from chatsvc.doors.irc.running import Running
from chatsvc.doors.irc.verb import verbs
from chatsvc.doors.irc.wording.alone import Alone

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from chatsvc.door.entrance import Entrance

REGISTER_WITHIN = 60.0  # seconds


class IrcProtocol(LineChannel):
    """One connection of the IRC door."""

    MAX_LENGTH = CLIENT_TAG_BYTES + LINE_BYTES

    factory: IrcFactory
    client: Client
    _take: Callable[[bytes], None]

    def connectionMade(self) -> None:
        """Wait for a client that says who it is."""
        self.client = Client(self.factory.network, self)
        self.client.alone = Alone(self.client)
        running = Running(self.client)
        self._take = running.hear
        self.begin(self.factory.entrance, running)

    def opened(self) -> None:
        """Somebody has come."""
        self.visit.cut_off_in(REGISTER_WITHIN)
        self.factory.network.wait(self.client)

    def dataReceived(self, data: bytes) -> None:
        """Take lines out of what was received."""
        self.visit.begin_turn()
        session = self.visit.session
        if session is None or not session.has_left:
            super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """Hand a line on: before a client has registered, to the porch."""
        line = line.removesuffix(b"\r")
        if not line.strip(b" \r"):
            return
        if self.visit.session is not None:
            self.visit.hear(line)
            return
        if self.client.porch is None:
            entrance = self.factory.entrance
            pace = entrance.pace_of(self.visit.address)
            self.client.porch = Porch(entrance, self, pace, self._take)
        self.client.porch.hear(line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is closed, by whichever side."""
        super().connectionLost(reason)
        self.client.closed()


class IrcFactory(ServerFactory):
    """Makes a protocol for each connection of the IRC door.

    entrance: where the connections come in.
    network: what its clients share.
    """

    protocol = IrcProtocol  # type: ignore[assignment]  # zope's stubs want a function

    def __init__(self, entrance: Entrance, name: str, auto_join: bool) -> None:
        verbs()  # imported now, or the first who comes would wait for it
        self.entrance = entrance
        self.network = Network(entrance.chat, name, auto_join)
