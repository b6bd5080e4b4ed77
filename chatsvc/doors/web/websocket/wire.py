"""The wire of a WebSocket: bytes in and messages out, and the frames around what is sent."""

from __future__ import annotations

from struct import pack
from typing import Any, NamedTuple

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Message, Ping, TextMessage

# Opcodes (RFC 6455, section 5.2).
TEXT, BINARY = 1, 2
_CLOSE, _PING, _PONG = 8, 9, 10
_LAST = 0x80  # the bit of a message's last frame; here, each message is one frame
_SHORT, _LONG = 125, 0xFFFF  # the longest payloads with a length of one byte, and of three
# Status codes (RFC 6455, section 7.4.1).
NORMAL, TOO_BIG = 1000, 1009
_NO_STATUS = 1005  # stands for no code; never sent


class Whole(NamedTuple):
    """A whole message.

    data: of a text, in UTF-8.
    """

    data: bytes
    is_text: bool


class Pinged(NamedTuple):
    """A ping, to be answered by a pong with the same payload."""

    payload: bytes


class Closing(NamedTuple):
    """The end of what comes, to be answered by a close frame.

    code: for the close frame; None for none.
    why: the reason in words, if the other end has made a mistake; empty if it just closes.
    """

    code: int | None
    why: str


class Part(NamedTuple):
    """Something that needs no answer: a pong, or a part of a message."""


Received = Whole | Pinged | Closing | Part
_PART = Part()


class Wire:
    """The server's end of a WebSocket, after the handshake: what comes is taken piece by piece.

    longest: the bytes of a message.
    """

    def __init__(self, longest: int) -> None:
        self._connection = Connection(ConnectionType.SERVER)
        self._longest = longest
        self._message = bytearray()  # the parts so far

    def feed(self, data: bytes) -> None:
        """Take in some bytes."""
        self._connection.receive_data(data)

    def next(self) -> Received | None:
        """The next piece of what was received; None if it is incomplete.

        After a Closing there is no more.
        """
        event = next(self._connection.events(), None)
        if isinstance(event, Message):
            return self._take(event)
        if isinstance(event, Ping):
            return Pinged(bytes(event.payload))
        if isinstance(event, CloseConnection):
            if self._connection.state is ConnectionState.OPEN:
                return Closing(event.code, event.reason or "no WebSocket")
            return Closing(None if event.code == _NO_STATUS else event.code, "")
        return None if event is None else _PART

    def _take(self, event: Message[Any]) -> Received:
        is_text = isinstance(event, TextMessage)
        self._message += event.data.encode() if is_text else event.data
        if len(self._message) > self._longest:
            return Closing(TOO_BIG, f"a message is longer than {self._longest} bytes")
        if not event.message_finished:
            return _PART
        data = bytes(self._message)
        self._message.clear()
        return Whole(data, is_text)


def frame(payload: bytes, opcode: int) -> bytes:
    """The frame of a whole message; a server's frames are not masked, so it is the same for all."""
    size = len(payload)
    if size <= _SHORT:
        return pack("!BB", _LAST | opcode, size) + payload
    if size <= _LONG:
        return pack("!BBH", _LAST | opcode, 126, size) + payload
    return pack("!BBQ", _LAST | opcode, 127, size) + payload


def frames(lines: bytes, opcode: int) -> bytes:
    """The frames of some lines, each with its end, which is left out: LF, or CR LF."""
    return b"".join([frame(line.removesuffix(b"\r"), opcode) for line in lines.split(b"\n")[:-1]])


def ping() -> bytes:
    """The frame of a ping."""
    return frame(b"", _PING)


def pong(payload: bytes) -> bytes:
    """The frame of a pong, which answers a ping."""
    return frame(payload, _PONG)


def close(code: int | None) -> bytes:
    """The frame that ends a WebSocket, with a status code; None for none."""
    return frame(b"" if code is None else pack("!H", code), _CLOSE)
