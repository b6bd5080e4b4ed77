"""The subprotocols `text.ircv3.net` and `binary.ircv3.net`: IRC, a line a message.

See https://ircv3.net/specs/extensions/websocket
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from chatsvc.doors.irc.door import IrcProtocol
from chatsvc.doors.web.websocket.channel import Socket
from chatsvc.doors.web.websocket.wire import BINARY, TEXT, frames_of_lines

if TYPE_CHECKING:
    from chatsvc.chat.logs.room import Output

NAMES = {"text.ircv3.net": TEXT, "binary.ircv3.net": BINARY}  # with the opcodes of their messages
UNNAMED = "text.ircv3.net"  # of clients that name none
MOST_FRAMED = 16  # slices
_BLANKS = bytes.maketrans(b"\r\n", b"  ")

# A slice is given to all who read the same, one after the other.
_framed = lru_cache(MOST_FRAMED)(frames_of_lines)


class IrcSocket(Socket, IrcProtocol):
    """One WebSocket that speaks IRC."""

    def __init__(self, opcode: int) -> None:
        super().__init__()
        self.opcode = opcode

    def lines_received(self, lines: list[bytes]) -> int:
        """Take messages, which have no line ends in them."""
        return super().lines_received([line.rstrip(b"\r\n").translate(_BLANKS) for line in lines])

    @property
    def writer(self) -> Output:
        """The way out: itself."""
        return self

    def write(self, data: bytes) -> bool:
        """Send lines, which become frames."""
        return self._writer.write(_framed(data, self.opcode))
