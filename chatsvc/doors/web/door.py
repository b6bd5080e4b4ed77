"""The web door: HTTP by twisted.web."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.web.server import Site

from chatsvc.doors.web.channel import Connections, WebChannel
from chatsvc.doors.web.forwarded import TrustedProxies
from chatsvc.doors.web.request import WebRequest

if TYPE_CHECKING:
    from twisted.web.http import Request
    from twisted.web.resource import Resource

    from chatsvc.chat.chat import Chat
    from chatsvc.door.entrance import Entrance


class WebFactory(Site):
    """Makes a protocol for each connection of the web door.

    entrance: the state that all doors share.
    root: the resource at the root.
    proxies: the reverse proxies that are believed; None for none.
    connections: all of them.
    """

    protocol = WebChannel  # type: ignore[assignment]  # zope's stubs want a function
    requestFactory = WebRequest

    def __init__(
        self,
        entrance: Entrance,
        root: Resource,
        proxies: TrustedProxies | None = None,
    ) -> None:
        super().__init__(root, timeout=None, reactor=entrance.chat.clock)
        self.entrance = entrance
        self.connections = Connections(entrance, proxies or TrustedProxies())

    @property
    def chat(self) -> Chat:
        """The chat."""
        return self.entrance.chat

    def buildProtocol(self, address: Any) -> Any:
        """The protocol for a connection."""
        channel = super().buildProtocol(address)
        channel.connections = self.connections
        return channel

    def startFactory(self) -> None:
        """Do nothing: no access log is kept."""

    stopFactory = startFactory

    def log(self, request: Request) -> None:
        """Do nothing, likewise."""
