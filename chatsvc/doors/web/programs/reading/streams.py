"""Streams: connections that get the events of a room, as long as they may read it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from zope.interface import implementer

from chatsvc.bugs import log_bug
from chatsvc.chat.accounts.allowance import share
from chatsvc.chat.logs.room import Reader
from chatsvc.doors.front.answer import Answer
from chatsvc.doors.front.hand_over import Origin, hand_over
from chatsvc.doors.web.programs.errors import TooMany
from chatsvc.doors.web.programs.reading import frames
from chatsvc.doors.writer import Writer
from chatsvc.errors import ChatError
from chatsvc.events.answers import Notice
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.room import Output, Room
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.clock import Timer

MOST_STREAMS = 1000
MOST_OF_ADDRESS = 20
BEAT_EVERY = 15.0  # seconds
AT_ONCE = 10  # streams checked before others have their turn
MOST_RECEIVED = 1024  # bytes; a reader of events has nothing to send


@implementer(IHalfCloseableProtocol)
class Stream(Protocol):
    """One stream: the connection of a reader, which needs no person.

    room: the room that is read.
    address: where it comes from; None if unknown.
    may_read: returns the room that it may read by now. Raises ChatError.
    has_token: whether it reads with a token.
    is_doubtful: whether it has yet to be seen if it may still read; it is sent nothing meanwhile.
    """

    transport: Any
    origin: Origin | None = None
    _writer: Writer
    _reader: Reader | None = None  # None until it is begun
    _received = 0
    is_doubtful = False
    _unsent = b""  # what it is to be given, if it still may read
    _is_due = False  # it could have been given more in the meantime

    def __init__(
        self,
        streams: Streams,
        room: NamedRoom,
        address: str | None,
        may_read: Callable[[], NamedRoom],
        has_token: bool,
        wording: Wording,
        after: int | None,
    ) -> None:
        self.room = room
        self.address = address
        self.may_read = may_read
        self.has_token = has_token
        self._streams = streams
        self._chat = streams.chat
        self._wording = wording
        self._after = after

    def connectionMade(self) -> None:
        """Begin once the head of the answer is sent."""
        self._writer = Writer(self.transport, self, self._chat.clock, is_behind=True)
        self._streams.add(self)
        if not self._writer.is_full:
            self._begin()

    def _begin(self) -> None:
        """Read from now on, or after an id."""
        reader = self._reader = Reader(self, self._wording, self.address)
        is_full = not self._writer.write(frames.RETRY)
        if self._after is None:
            self.room.add_reader(reader)
            reader.is_lagging = is_full
        else:
            behind: dict[Room, int] = {self.room: self._after}
            self._chat.delivery.looking_back.read_on_from(reader, behind, self._found, None)

    def _found(self, missing: int) -> None:
        """Tell the reader first if something of what it has missed is lost for good."""
        if missing and self._reader is not None:
            text = "Not all events from the meantime are kept."
            notice = Notice(text, self.room.name)
            self._chat.delivery.tell_behind(self._reader, self._after or 0, [notice])

    def may_go_on(self) -> bool:
        """Whether it may still read its room."""
        try:
            return self.may_read() is self.room
        except ChatError:
            return False

    def forget(self) -> None:
        """Give it nothing more."""
        if self._reader is not None:
            self._chat.delivery.forget(self._reader)

    def go_on(self) -> None:
        """Go on, as it may still read."""
        self.is_doubtful = False
        if self._is_due:
            self._is_due = False
            unsent, self._unsent = self._unsent, b""
            if not unsent or self._writer.write(unsent):
                self.drained()

    def drained(self) -> None:
        """Go on writing: the connection takes more again."""
        delivery = self._chat.delivery
        if self.is_doubtful:
            self._is_due = True
        elif self._reader is None:
            if self.may_go_on():  # otherwise, it is about to be closed
                self._begin()
        elif not (self._reader.is_forgotten or self._reader in delivery.looking_back):
            delivery.drained(self._reader)

    def beat(self) -> None:
        """Show that the stream is alive, unless it is slow to read."""
        if self._reader is not None and not self._writer.is_full:
            self._reader.is_lagging |= not self._writer.write(frames.BEAT)

    def dataReceived(self, data: bytes) -> None:
        """Ignore a little."""
        self._received += len(data)
        if self._received > MOST_RECEIVED:
            self.abort()

    def readConnectionLost(self) -> None:
        """Do nothing: the peer has stopped sending, but still reads."""

    def writeConnectionLost(self) -> None:
        """Do nothing: this side is not closed alone."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Handle the end of the connection, by whichever side."""
        self._stop(reason.getErrorMessage())

    def _stop(self, reason: str) -> None:
        self._writer.stopProducing()
        self._streams.remove(self, reason)
        self.forget()

    # The reader's side

    def is_rested(self, now: float) -> bool:
        """No: where there is much to give, people come first."""
        return False

    def resume(self) -> None:
        """Do nothing, as nothing is taken."""

    def close(self) -> None:
        """Close once everything written is delivered."""
        self._stop("closed by the server")
        self.transport.unregisterProducer()
        hand_over(self.transport, Answer(b"", self._chat.clock))

    @property
    def writer(self) -> Output:
        """The way out: itself."""
        return self

    def write(self, data: bytes) -> bool:
        """Send; later, if at all, while it is doubtful whether it may read."""
        if not self.is_doubtful:
            return self._writer.write(data)
        self._unsent += data
        self._is_due = True
        return False

    def abort(self) -> None:
        """Close at once."""
        self.transport.abortConnection()

    def fail(self, error: Exception) -> None:
        """Give up a connection that cannot be written to because of a bug."""
        log_bug(error)
        self.abort()


class Streams:
    """All streams.

    chat: the chat.
    """

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self._all: dict[Stream, float] = {}  # with when each began
        self._by_address: Counter[str | None] = Counter()
        self._timer: Timer | None = None  # runs while there are any
        chat.sessions.beside.append(self)
        chat.settings.changed.append(self._look_at_room)
        chat.accounts.revoked.append(self._look_at_tokens)

    def __len__(self) -> int:
        return len(self._all)

    def give_way(self) -> bool:
        """Keep all: they read as those with a session do."""
        return False

    def check_space(self, address: str | None) -> None:
        """Check that there is space for one more. Raises TooMany."""
        if len(self._all) >= MOST_STREAMS:
            raise TooMany("Too many read along already.")
        own = self._by_address[address]
        if address is not None and own >= share(MOST_STREAMS - len(self._all), MOST_OF_ADDRESS):
            streams = counted(own, "stream goes", "streams go")
            raise TooMany(f"{streams} to your address, which is the most just now.")

    def add(self, stream: Stream) -> None:
        """Add a stream."""
        self._all[stream] = self.chat.clock.seconds()
        self._by_address[stream.address] += 1
        if self._timer is None:
            self._timer = self.chat.clock.callLater(BEAT_EVERY, self._beat)

    def remove(self, stream: Stream, reason: str) -> None:
        """Remove a stream that has ended, if it is there."""
        if stream not in self._all:
            return
        began_at = self._all.pop(stream)
        self.chat.journal.write(
            "stream ended",
            stream.address,
            room=stream.room.name,
            seconds=round(self.chat.clock.seconds() - began_at),
            reason=reason,
        )
        self._by_address[stream.address] -= 1
        if not self._by_address[stream.address]:
            del self._by_address[stream.address]
        if not self._all and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _beat(self) -> None:
        self._timer = self.chat.clock.callLater(BEAT_EVERY, self._beat)
        self.chat.spawn(self._look_at_all())

    async def _look_at_all(self) -> None:
        """End the streams that may no longer read, and show the others that they live."""
        async for stream in self.chat.turns.slowly(list(self._all), AT_ONCE):
            if stream not in self._all:
                continue
            if stream.may_go_on():
                stream.beat()
            else:
                stream.close()

    def _look_at_room(self, room: NamedRoom) -> None:
        """End the streams that may no longer read a room, which has changed."""
        self._doubt([stream for stream in self._all if stream.room is room])

    def _look_at_tokens(self) -> None:
        """End the streams whose tokens have ended."""
        self._doubt([stream for stream in self._all if stream.has_token])

    def _doubt(self, streams: list[Stream]) -> None:
        """Give nothing to some streams until it is known whether they may still read."""
        for stream in streams:
            stream.is_doubtful = True
        if streams:
            self.chat.spawn(self._check(streams))

    async def _check(self, streams: list[Stream]) -> None:
        await self.chat.turns.pause()
        async for stream in self.chat.turns.slowly(streams, AT_ONCE):
            if stream not in self._all:
                continue
            if stream.may_go_on():
                stream.go_on()
            else:
                stream.close()
