"""The handshake of WebSockets (RFC 6455, section 4)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from typing import TYPE_CHECKING

from twisted.web.server import NOT_DONE_YET
from wsproto.utilities import generate_accept_token

from chatsvc.doors.web.resource import Single
from chatsvc.doors.web.websocket import chat, irc
from chatsvc.doors.web.websocket.channel import Pulse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.door.entrance import Entrance
    from chatsvc.doors.irc.door import IrcFactory
    from chatsvc.doors.web.request import WebRequest
    from chatsvc.doors.web.websocket.channel import Socket


_VERSION = b"13"
_KEY = 16  # bytes of a client's key


class Upgrade(Single):
    """Turns connections into WebSockets.

    wsproto's handshake has the request worded and parsed once more, which takes longer than all of
    the rest.

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
        if request.body_bytes:
            return request.refuse(400, "The handshake of a WebSocket has no body.")
        key = _key(request)
        versions = request.requestHeaders.getRawHeaders(b"sec-websocket-version")
        if key is None or versions is None:
            return request.refuse(400, "That is no handshake of a WebSocket.")
        if versions != [_VERSION]:
            request.setHeader(b"Sec-WebSocket-Version", _VERSION)
            request.setHeader(b"Upgrade", b"websocket")  # RFC 9110, section 15.5.22
            request.setHeader(b"Connection", b"Upgrade")
            return request.refuse(426, f"Only version {_VERSION.decode()} of WebSockets is spoken.")
        asked = _tokens(request, b"sec-websocket-protocol")
        name = self._chosen(asked)
        if name is None:
            names = ", ".join([chat.NAME, *self._irc_names])
            return request.refuse(400, f"Ask for one of these subprotocols: {names}.")
        answer = [
            b"HTTP/1.1 101 Switching Protocols",
            b"Upgrade: websocket",
            b"Connection: Upgrade",
            b"Sec-WebSocket-Accept: " + generate_accept_token(key),
        ]
        if asked:
            answer.append(b"Sec-WebSocket-Protocol: " + name.encode())
        request.channel.transport.write(b"\r\n".join([*answer, b"", b""]))
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


def _key(request: WebRequest) -> bytes | None:
    """The client's key; None if the request is no handshake (RFC 6455, section 4.2.1)."""
    keys = request.requestHeaders.getRawHeaders(b"sec-websocket-key", ())
    if (
        (request.method, request.clientproto) != (b"GET", b"HTTP/1.1")
        or "upgrade" not in map(str.lower, _tokens(request, b"connection"))
        or "websocket" not in map(str.lower, _tokens(request, b"upgrade"))
        or len(keys) != 1
    ):
        return None
    try:
        return keys[0] if len(b64decode(keys[0], validate=True)) == _KEY else None
    except Error:
        return None


def _tokens(request: WebRequest, name: bytes) -> list[str]:
    """The tokens of a header that is a list of them."""
    values = request.requestHeaders.getRawHeaders(name, ())
    tokens = b",".join(values).decode("latin-1").split(",")
    return [token for token in map(str.strip, tokens) if token]
