"""The door of administrators: one command a connection, answered as fast as it is read."""

from __future__ import annotations

import inspect
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Factory, connectionDone
from zope.interface import implementer

from chatsvc.admin import protocol
from chatsvc.admin.answer import Line
from chatsvc.admin.command import commands, find
from chatsvc.admin.peer import administrator, peer_of
from chatsvc.admin.server.call import Call
from chatsvc.admin.server.lines import Lines
from chatsvc.bugs import log_bug
from chatsvc.clock import Stint
from chatsvc.errors import ChatError, Closing, InternalError, Misused, Unkept
from chatsvc.line_receiver import BoundedLineReceiver
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Mapping

    from twisted.python.failure import Failure

    from chatsvc.admin.answer import Item
    from chatsvc.admin.command import Command
    from chatsvc.admin.server.call import Desk
    from chatsvc.clock import Timer

MOST = 32  # connections at once
ASK_WITHIN = 30.0  # seconds
STINT = 0.002  # seconds of work before others have their turn


class _Gone(Exception):
    """The client has ended."""


@implementer(IPushProducer)
class AdminProtocol(BoundedLineReceiver):
    """Answers one command."""

    delimiter = b"\n"
    MAX_LENGTH = protocol.ASKED_BYTES
    factory: AdminFactory
    transport: Any  # a unix socket's, with the attribute `socket`

    def __init__(self) -> None:
        super().__init__()
        self._call: Call | None = None
        self._is_gone = False
        self._is_asked = False
        self._is_ended = False  # whether the last line of the answer is sent
        self._full: Deferred[None] | None = None  # fires when more can be written
        self._timer: Timer | None = None

    def connectionMade(self) -> None:
        """Wait for the question, for a while."""
        chat = self.factory.desk.chat
        self.factory.connections.add(self)
        self.transport.registerProducer(self, True)
        if len(self.factory.connections) > MOST:
            self._refuse(ChatError(f"{MOST} others are administering this server just now."))
            return
        self._timer = chat.clock.callLater(ASK_WITHIN, self._give_up)

    def _give_up(self) -> None:
        self._timer = None
        self.transport.abortConnection()

    def lineReceived(self, line: bytes) -> None:
        """Take the question; only some commands expect more."""
        if self._is_asked:
            if self._call is not None:
                self._call.lines.add(line)
            return
        self._take_question()
        self.factory.desk.chat.spawn(self._answer(line))

    def longLineReceived(self, line: bytes) -> None:
        """Refuse a question that is too long; one of the lines after it ends the work."""
        if not self._is_asked:
            self._take_question()
            self._refuse(Misused(f"A command has at most {self.MAX_LENGTH} bytes."))
        elif self._call is not None and self._call.lines.is_wanted:
            self._refuse(Misused(f"A line has at most {self.MAX_LENGTH} bytes."))
            self._over()

    def _take_question(self) -> None:
        self._is_asked = True
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _answer(self, line: bytes) -> None:
        try:
            await self._run(line)
            self._end({"done": True})
        except _Gone:
            pass
        except ChatError as error:
            self._refuse(error)
        except StoreError as error:
            self._refuse(Unkept(error))
        except Exception as error:
            self._refuse(InternalError(log_bug(error)))
        finally:
            self._over()

    async def _run(self, line: bytes) -> None:
        desk = self.factory.desk
        name, arguments = protocol.asked(line)
        command = find(name)
        if command.is_here:
            raise Misused(f"{command.name} runs in chatsvc-admin, not in the server.")
        checked = command.check(arguments)
        if not desk.chat.arrivals.is_open:
            raise ChatError("The server is only starting. Try again in a moment.")
        if desk.chat.arrivals.is_over:
            raise Closing
        lines = Lines(self.transport.pauseProducing, self.transport.resumeProducing)
        call = self._call = Call(desk, self._name(), lines)
        if not command.looks:
            desk.chat.journal.write("administered", name=call.by, what=command.written(checked))
        await self._do(call, command, checked)
        await self._give_told(call)

    async def _do(self, call: Call, command: Command, arguments: Mapping[str, Any]) -> None:
        made = command.call(call, arguments)
        if inspect.iscoroutine(made):
            await made
            return
        stint = Stint(call.chat.clock)
        is_async = inspect.isasyncgen(made)
        items: AsyncGenerator[Item, None] = made if is_async else _items(made)
        async with aclosing(items):
            async for item in items:
                await self._give_told(call)
                await self._give(item)
                if stint.is_longer(STINT):
                    await call.chat.turns.pause()
                    stint.begin()

    async def _give_told(self, call: Call) -> None:
        for text in call.session.take_told():
            await self._give(Line(text))

    async def _give(self, item: Item) -> None:
        """Send an item once there is space. Raises _Gone if the client has ended."""
        if self._full is not None and not self._is_gone:
            await self._full
        if self._is_gone or self._is_ended:
            raise _Gone
        self.transport.write(protocol.answered(item))

    def _refuse(self, error: ChatError) -> None:
        self._end({"misused" if isinstance(error, Misused) else "refused": str(error)})

    def _end(self, message: Mapping[str, object]) -> None:
        if not self._is_gone and not self._is_ended:
            self._is_ended = True
            self.transport.write(protocol.encoded(message))
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def _over(self) -> None:
        """Tell the call that it is over."""
        if self._call is not None:
            self._call.is_over = True
            self._call.lines.end()
            self._call = None

    def _name(self) -> str:
        """The name of the administrator, by the user of the client's process."""
        peer = peer_of(self.transport.socket)
        return administrator(None if peer is None else peer.user)

    def pauseProducing(self) -> None:
        """Note that the client does not read as fast as it is answered."""
        self._full = Deferred()

    def resumeProducing(self) -> None:
        """Go on."""
        full, self._full = self._full, None
        if full is not None:
            full.callback(None)

    def stopProducing(self) -> None:
        """Do nothing, as the end of the connection follows."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """End the work."""
        self._is_gone = True
        self.factory.connections.discard(self)
        self._stop_waiting()
        self.resumeProducing()
        self._over()


async def _items(made: Generator[Item, None, None]) -> AsyncGenerator[Item, None]:
    """The items of a generator, which is closed with this one."""
    with closing(made):
        for item in made:
            yield item


class AdminFactory(Factory):
    """Makes a protocol for each administrator."""

    protocol = AdminProtocol  # type: ignore[assignment]  # Twisted's own way to say it
    noisy = False

    def __init__(self, desk: Desk) -> None:
        commands()  # loaded now, which would hold up everybody at the first question
        self.desk = desk
        self.connections: set[AdminProtocol] = set()
