"""The channel of a WebSocket, whose messages are lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.protocol import connectionDone

from chatsvc.door.contract import LONGEST
from chatsvc.doors.channel import LineChannel
from chatsvc.doors.front.waiting import Waiting
from chatsvc.doors.web.websocket import wire
from chatsvc.doors.web.websocket.wire import Closing, Pinged, Whole, Wire
from chatsvc.doors.writer import Writer

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatsvc.clock import Clock
    from chatsvc.doors.web.websocket.wire import Received

BEAT = 15.0  # seconds; a ping follows up to two beats of silence; proxies cut off after 60 seconds
MOST_UNANSWERED = 4  # pings; then the connection is given up
PIECES_A_TURN = 8  # frames that are not messages, taken from one connection in a turn
PIECES_A_LINE = 64  # such frames that count as a line
READS_A_LINE = 4  # reads without a message that count as one more


class Pulse(Waiting["Socket"]):
    """Looks at WebSockets in turn, which send pings where nothing comes."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, BEAT, float("inf"), Socket.beat)


class Socket(LineChannel):
    """One WebSocket, whose handshake is over: each message is a line, in both directions.

    opcode: of all messages that it sends; those that it receives may be of either type.
    """

    _pulse: Pulse
    _is_over = False  # nothing more is taken
    _code: int | None = wire.NORMAL  # of the close frame
    _pong: bytes | None = None  # waits until the connection takes more
    _silent = 0  # beats of the pulse since something came
    opcode = wire.TEXT

    def prepare(self, pulse: Pulse) -> None:
        """Set what it needs before it is connected."""
        self._pulse = pulse
        self._wire = Wire(LONGEST)

    def begin_writing(self, clock: Clock) -> None:
        """Set the writer; the answer to the handshake may be on its way still."""
        self._writer = Writer(self.transport, self, clock, is_behind=True)
        self._pulse.add(self)

    def dataReceived(self, data: bytes) -> None:
        """Take messages from the data; from what is left over if it is empty."""
        if self._is_over:
            return
        self._silent = 0
        wire = self._wire
        wire.feed(data)
        self.visit.note_received(len(data))
        others, extra = 0, 1 / READS_A_LINE if data and not self.paused else 0.0
        while others < PIECES_A_TURN and not (self.paused or self._is_over or wire.is_empty):
            lines = wire.next_texts()
            if not lines:
                piece = wire.next()
                if piece is None:
                    break
                if not isinstance(piece, Whole):
                    others += 1
                    self._take(piece)
                    continue
                lines = [piece.data]
            extra = 0.0
            taken = self.lines_received(lines)
            if taken < len(lines):
                wire.put_back(lines[taken:])
        self.visit.end_turn()
        if others or extra:
            self.visit.count_extra(extra + others / PIECES_A_LINE)
            if others == PIECES_A_TURN and not (self.paused or self._is_over):
                self._wait_for_turn()

    def _take(self, piece: Received) -> None:
        """Take what is no message: answer a ping, or end what comes."""
        if isinstance(piece, Pinged):
            self._answer(piece.payload)
        elif isinstance(piece, Closing):
            self._end(piece.code, piece.why or "closed by the peer")

    def _wait_for_turn(self) -> None:
        """Leave what else has come for later, when there is time for it."""
        if self.visit.session is None:
            self._end(wire.NORMAL, "has come to flood")
        else:
            self.visit.wait_for_turn()

    def _answer(self, payload: bytes) -> None:
        """Answer a ping; of several that the peer does not read the answers to, the last."""
        if self._writer.is_full:
            self._pong = payload
        else:
            self._writer.write(wire.pong(payload))

    def drained(self) -> None:
        """Go on writing: the connection takes more again."""
        pong, self._pong = self._pong, None
        if pong is not None:
            self._writer.write(wire.pong(pong))
        super().drained()

    def beat(self) -> None:
        """Send a ping if nothing has come since the last beat; give up a peer that answers none."""
        self._silent += 1
        if self.paused or self._writer.is_full:
            self._silent = 0  # its answer would not be read, or it is just slow
        elif self._silent > 1 + MOST_UNANSWERED:
            self.visit.lose("answers no ping")
            self.abort()
            return
        elif self._silent > 1:
            self._writer.write(wire.ping())
        self._pulse.add(self)

    def _end(self, code: int | None, why: str) -> None:
        """Take nothing more, write what is owed, and close the connection."""
        self._is_over = True
        self._code = code
        if self.visit.session is None:
            self.visit.send_away()
        else:
            self.visit.lose(why)

    def forget_input(self) -> None:
        """Drop what was received."""
        self._is_over = True

    def close(self) -> None:
        """Close once everything is delivered."""
        self._is_over = True
        self._writer.write(wire.close(self._code))
        self._writer.close()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the end of the connection, by whichever side."""
        self._is_over = True
        self._pulse.stop(self)
        super().connectionLost(reason)
