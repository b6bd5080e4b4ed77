"""The handshake of WebSockets (RFC 6455, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h11 import ProtocolError as HttpError
from twisted.web.server import NOT_DONE_YET
from wsproto.connection import ConnectionType
from wsproto.events import AcceptConnection, Request
from wsproto.handshake import H11Handshake
from wsproto.utilities import ProtocolError, RemoteProtocolError

from chatsvc.doors.web.resource import Single
from chatsvc.doors.web.websocket import chat, irc
from chatsvc.doors.web.websocket.channel import Pulse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.door.entrance import Entrance
    from chatsvc.doors.irc.door import IrcFactory
    from chatsvc.doors.web.request import WebRequest
    from chatsvc.doors.web.websocket.channel import Socket


class Upgrade(Single):
    """Turns connections into WebSockets.

    irc: the factory of the IRC door; None if it is not offered here.
    """

    def __init__(self, entrance: Entrance, irc: IrcFactory | None) -> None:
        super().__init__()
        self._entrance = entrance
        self._irc = irc
        self._pulse = Pulse(entrance.chat.clock)

    def render_GET(self, request: WebRequest) -> bytes | int:
        """Answer the handshake, and leave the connection to the protocol that was asked for."""
        if request.is_from_elsewhere:
            return request.refuse(403, "This page is not from here.")
        if (request.method, request.clientproto) != (b"GET", b"HTTP/1.1"):
            return request.refuse(400, "That is no handshake of a WebSocket.")
        if request.body_bytes:
            return request.refuse(400, "The handshake of a WebSocket has no body.")
        handshake = H11Handshake(ConnectionType.SERVER)
        headers = [
            (name, value)
            for name, values in request.requestHeaders.getAllRawHeaders()
            for value in values
        ]
        try:
            handshake.initiate_upgrade_connection(headers, request.uri)
            [asked] = handshake.events()
        except RemoteProtocolError as error:
            for name, value in getattr(error.event_hint, "headers", ()):
                request.setHeader(name, value)
            return request.refuse(getattr(error.event_hint, "status_code", 400), f"{error}.")
        except (ProtocolError, HttpError, UnicodeError):
            return request.refuse(400, "That is no handshake of a WebSocket.")
        assert isinstance(asked, Request)
        name = self._chosen(asked.subprotocols)
        if name is None:
            names = ", ".join([chat.NAME, *self._irc_names])
            return request.refuse(400, f"Ask for one of these subprotocols: {names}.")
        accepted = AcceptConnection(subprotocol=name if asked.subprotocols else None)
        request.channel.transport.write(handshake.send(accepted))
        request.channel.leave_to(self._socket(name, request), request.origin)
        return NOT_DONE_YET

    @property
    def _irc_names(self) -> Sequence[str]:
        return () if self._irc is None else tuple(irc.NAMES)

    def _chosen(self, names: Sequence[str]) -> str | None:
        """The first of some subprotocols that is spoken; None if none is."""
        if not names and self._irc is not None:
            return irc.UNNAMED
        spoken = {chat.NAME, *self._irc_names}
        return next((name for name in names if name in spoken), None)

    def _socket(self, name: str, request: WebRequest) -> Socket:
        made: Socket
        if self._irc is not None and name in irc.NAMES:
            made = irc.IrcSocket(irc.NAMES[name])
            made.factory = self._irc
        else:
            made = chat.ChatSocket(self._entrance, request.token)
        made.prepare(self._pulse)
        return made
