"""The wire of a WebSocket: bytes in and messages out, and the frames around what is sent."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Message, Ping, TextMessage

if TYPE_CHECKING:
    from collections.abc import Iterable

# Opcodes (RFC 6455, section 5.2).
TEXT, BINARY = 1, 2
_CLOSE, _PING, _PONG = 8, 9, 10
_LAST = 0x80  # the bit of a message's last frame; here, each message is one frame
_MASKED = 0x80  # the bit of a frame whose payload is masked, as those of clients are
_KEY = 4  # bytes of the key by which it is masked
_SHORT, _LONG = 125, 0xFFFF  # the longest payloads with a length of one byte, and of three
_IN_TWO, _IN_EIGHT = 126, 127  # stand for a length that follows in two bytes, or in eight
_TEXT = _LAST | TEXT  # the first byte of a text that is one frame
_LONGEST_HEAD = 10  # bytes before the key
_CR = ord("\r")  # a number, as a search in bytes takes a tenth of the time
AT_ONCE = 16  # texts taken together
_short_head, _head, _long_head = [Struct(each).pack for each in ("!BB", "!BBH", "!BBQ")]
_number = int.from_bytes  # which is found in half of the time
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

    wsproto knows the rules, and gets frame by frame. But it takes 11 microseconds for each, as much
    as everything else that a message needs; so `next_texts` takes texts that are one complete frame
    each, as most are.

    longest: the bytes of a message.
    """

    def __init__(self, longest: int) -> None:
        self._connection = Connection(ConnectionType.SERVER)
        self._longest = longest
        self._message = bytearray()  # the parts so far
        self._is_begun = False  # a part has come, and the last one has not
        self._received = b""
        self._at = 0  # how much of that is taken
        self._texts: list[bytes] = []  # that were put back
        self._rest = 0  # bytes of the frame that wsproto has begun, and has yet to be given

    @property
    def is_empty(self) -> bool:
        """Whether nothing that was received is left."""
        return self._at == len(self._received) and not self._texts

    def feed(self, data: bytes) -> None:
        """Take in some bytes."""
        self._received = self._received[self._at :] + data
        self._at = 0

    def next(self) -> Received | None:
        """The next piece of what was received; None if it is incomplete.

        `next_texts` comes first, and has none. After a Closing there is no more.
        """
        if not self._rest:
            self._rest = _size_of_frame(self._received[self._at : self._at + _LONGEST_HEAD])
        part = self._received[self._at : self._at + self._rest]
        if not part:
            return None
        self._at += len(part)
        self._rest -= len(part)
        self._connection.receive_data(part)
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

    def next_texts(self) -> list[bytes]:
        """The next messages, up to what is no text in one frame, or wrong, or not all there."""
        texts, self._texts = self._texts, []
        data, at = self._received, self._at
        while len(texts) < AT_ONCE and not (self._is_begun or self._rest):
            start = at + 2 + _KEY
            if len(data) < start or data[at] != _TEXT:
                break
            size = data[at + 1] ^ _MASKED
            if size > _SHORT:
                if size != _IN_TWO:
                    break
                size = data[at + 2] << 8 | data[at + 3]
                start += 2
                if size <= _SHORT or size > self._longest:
                    break
            end = start + size
            if end > len(data):
                break
            key = (data[start - _KEY : start] * (size // _KEY + 1))[:size]
            text = (_number(data[start:end]) ^ _number(key)).to_bytes(size)
            if not (text.isascii() or _is_utf8(text)):
                break
            texts.append(text)
            at = end
        self._at = at
        return texts

    def put_back(self, texts: list[bytes]) -> None:
        """Put back the last of those texts, which come first the next time."""
        self._texts = texts

    def _take(self, event: Message[Any]) -> Received:
        is_text = isinstance(event, TextMessage)
        self._message += event.data.encode() if is_text else event.data
        if len(self._message) > self._longest:
            return Closing(TOO_BIG, f"a message is longer than {self._longest} bytes")
        self._is_begun = not event.message_finished
        if self._is_begun:
            return _PART
        data = bytes(self._message)
        self._message.clear()
        return Whole(data, is_text)


def _size_of_frame(head: bytes) -> int:
    """The bytes of a whole frame that begins so; 0 if its length has not come yet."""
    if len(head) < 2:
        return 0
    key = _KEY if head[1] & _MASKED else 0
    size = head[1] & ~_MASKED
    more = {_IN_TWO: 2, _IN_EIGHT: 8}.get(size, 0)
    if len(head) < 2 + more:
        return 0
    return 2 + more + key + (int.from_bytes(head[2 : 2 + more]) if more else size)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def frame(payload: bytes, opcode: int) -> bytes:
    """The frame of a whole message; a server's frames are not masked, so it is the same for all."""
    size = len(payload)
    if size <= _SHORT:
        return _short_head(_LAST | opcode, size) + payload
    if size <= _LONG:
        return _head(_LAST | opcode, _IN_TWO, size) + payload
    return _long_head(_LAST | opcode, _IN_EIGHT, size) + payload


def frames(payloads: Iterable[bytes], opcode: int) -> bytes:
    """The frames of some messages."""
    first = _LAST | opcode
    parts: list[bytes] = []
    for payload in payloads:
        size = len(payload)
        if _SHORT < size <= _LONG:  # as most; a call for each would take twice the time
            parts += _head(first, _IN_TWO, size), payload
        else:
            parts.append(frame(payload, opcode))
    return b"".join(parts)


def frames_of_lines(lines: bytes, opcode: int) -> bytes:
    """The frames of some lines, each with its end, which is left out: LF, or CR LF."""
    if _CR in lines:
        lines = lines.replace(b"\r\n", b"\n")
    return frames(lines.split(b"\n")[:-1], opcode)


def ping() -> bytes:
    """The frame of a ping."""
    return frame(b"", _PING)


def pong(payload: bytes) -> bytes:
    """The frame of a pong, which answers a ping."""
    return frame(payload, _PONG)


def close(code: int | None) -> bytes:
    """The frame that ends a WebSocket, with a status code; None for none."""
    return frame(b"" if code is None else code.to_bytes(2), _CLOSE)
