"""The terminal, which the client takes over, and gives back as it was."""

from __future__ import annotations

import os
import signal
import sys
import termios
import tty
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.internet.task import LoopingCall
from twisted.logger import ILogObserver, LogEvent, globalLogBeginner
from zope.interface import implementer

from chatsvc.client.files.places import state_file
from chatsvc.client.files.settings_file import SettingsFile
from chatsvc.client.leaving import leave_on_signals, restore, stop, stop_on_signal, take
from chatsvc.client.notices.on_mention import OnMention
from chatsvc.client.screen.connections import Connections
from chatsvc.client.screen.interface import Interface
from chatsvc.client.settings.values import Settings, Wrong
from chatsvc.client.typed import History
from chatsvc.terminal.keys import Keys
from chatsvc.terminal.styles import neutral

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.interfaces import IDelayedCall, IReactorTime
    from twisted.python.failure import Failure


FRAME = 1 / 30  # seconds between two pictures of messages; typing is shown at once
ESCAPE_WITHIN = 0.05  # seconds for the rest of a key's sequence
LAST_WITHIN = 1  # seconds for the terminal to take the last picture


class Tty(Protocol):
    """Raw standard input and output: keys go to the interface, its pictures to the terminal.

    A slow terminal gets fewer pictures.
    """

    transport: Any = None
    is_over = False  # no more keys are taken

    def __init__(self, interface: Interface, clock: IReactorTime, modes: Modes) -> None:
        self._interface = interface
        self._modes = modes
        self._clock = clock
        self._keys = Keys()
        self._escape: IDelayedCall | None = None  # runs while a key's sequence may go on
        self._frame: IDelayedCall | None = None  # runs until the next picture
        self._is_full = False
        self._ticking = LoopingCall(self._tick)
        self._gone: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """Draw the first picture."""
        self.transport.registerProducer(self, True)
        self._ticking.clock = self._clock
        self._ticking.start(1, now=False)
        self._take_over()

    def _tick(self) -> None:
        self._interface.tick()
        self.draw()

    def _take_over(self) -> None:
        self._modes.take()
        self.transport.write(self._interface.start())
        self.draw()

    def dataReceived(self, data: bytes) -> None:
        """Handle the keys that were pressed."""
        if self._escape is not None:
            self._escape.cancel()
            self._escape = None
        self._press(self._keys.feed(data))
        if self._keys.waiting:
            self._escape = self._clock.callLater(ESCAPE_WITHIN, self._flush)

    def _flush(self) -> None:
        self._escape = None
        self._press(self._keys.flush())

    def _press(self, presses: list[Any]) -> None:
        for press in presses:
            if self.is_over:
                return
            if self._interface.press(press):
                stop(self._modes.give_back, self.take_back)
        self.draw()

    def take_back(self) -> None:
        """Take the terminal back from the shell."""
        if self.transport is not None:
            take()
            self._interface.resize(*size())
            self._take_over()

    def resize(self) -> None:
        """Take the terminal's current size."""
        self._interface.resize(*size())
        self.draw_soon()

    def draw_soon(self) -> None:
        """Draw a picture soon, along with other changes until then."""
        if self._frame is None:
            self._frame = self._clock.callLater(FRAME, self.draw)

    def draw(self) -> None:
        """Draw a picture now, if the terminal is ready."""
        if self._frame is not None and self._frame.active():
            self._frame.cancel()
        self._frame = None
        if not self._is_full and self.transport is not None:
            self.transport.write(self._interface.render())

    def pauseProducing(self) -> None:
        """Stop drawing: the terminal takes no more for now."""
        self._is_full = True

    def resumeProducing(self) -> None:
        """Draw again."""
        self._is_full = False
        self.draw()

    def stopProducing(self) -> None:
        """Stop drawing for good."""
        self._is_full = True

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """End: the terminal is gone."""
        self._ticking.stop()
        self._is_full = True
        self._gone.callback(None)
        self._interface.leave()

    def end(self) -> Deferred[None]:
        """Stop drawing; fires when the terminal has taken the last picture, or takes no more."""
        self.stopProducing()
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        return self._gone.addTimeout(LAST_WITHIN, self._clock, lambda *_: None)


def size() -> tuple[int, int]:
    """The terminal's size, in columns and rows."""
    columns, rows = os.get_terminal_size(0)
    return columns or 80, rows or 24


class Modes:
    """The terminal's modes: raw while the client has it, and as before afterwards.

    last: returns the bytes that restore its screen.
    """

    def __init__(self, last: Callable[[], bytes]) -> None:
        self._last = last
        self._before = termios.tcgetattr(0)
        self._is_taken = False

    def take(self) -> None:
        """Make it raw."""
        self._is_taken = True
        tty.setraw(0, termios.TCSADRAIN)  # which keeps what was typed ahead

    def give_back(self) -> None:
        """Restore its modes and its screen."""
        restore()
        if self._is_taken:
            self._is_taken = False
            with suppress(OSError):  # it may be gone
                os.write(1, self._last())
            with suppress(termios.error):
                termios.tcsetattr(0, termios.TCSADRAIN, self._before)


async def talk(reactor: Any, servers: Sequence[tuple[Settings, str]]) -> None:
    """Talk until the end; raises SystemExit if it ended badly, or left something unsaid.

    servers: the settings of each, with the password.
    """
    modes = Modes(lambda: interface.stop())
    left: Deferred[int] = Deferred()
    failures: list[Failure] = []
    farewell = ""

    def leave(status: int = 0) -> None:
        if not left.called:
            left.callback(status)

    def over(why: str) -> None:
        nonlocal farewell
        farewell = why
        leave(1)

    @implementer(ILogObserver)
    def observe(event: LogEvent) -> None:
        failure = event.get("log_failure", event.get("failure"))
        if failure is not None:  # a bug: the client leaves, as its state may be wrong
            failures.append(failure)
            reactor.callLater(0, leave)

    globalLogBeginner.beginLoggingTo([observe], redirectStandardIO=False)
    settings, _ = servers[0]
    connections = Connections(
        reactor,
        lambda: terminal.draw_soon(),
        lambda session, why: interface.sessions.over(session, why),
    )
    try:
        interface = Interface(
            servers,
            size(),
            History(state_file("history")),
            leave,
            over,
            OnMention(reactor, lambda: interface.settings.on_mention).run,
            SettingsFile(settings.file),
            connections,
        )
    except Wrong as error:
        print(f"chatsvc: {error}", file=sys.stderr)
        sys.exit(2)
    terminal = Tty(interface, reactor, modes)

    def is_leaving() -> bool:
        return left.called or terminal.transport is None

    leave_on_signals(reactor, leave, is_leaving, modes.give_back)
    stop_on_signal(reactor, modes.give_back, terminal.take_back)
    if len(servers) == 1:
        await connections.first_answer(interface.here)
    else:
        for each in interface.sessions.all:
            connections.start(each)
    try:
        # StandardIO closes its descriptors, but the last words need them.
        StandardIO(terminal, os.dup(0), os.dup(1), reactor)  # type: ignore[call-arg] # Windows'
        signal.signal(signal.SIGWINCH, lambda *_: reactor.callFromThread(terminal.resize))
        status = await left
        terminal.is_over = True
        terminal.draw()
        unsaid = await connections.all_left()
        await terminal.end()
    finally:
        modes.give_back()
    if farewell:
        print(f"chatsvc: {neutral(farewell)}", file=sys.stderr)
    for failure in failures:
        failure.printTraceback(sys.stderr)
    for words in unsaid:
        print(f"chatsvc: not said: {words}", file=sys.stderr)
    if status or failures or unsaid:
        sys.exit(status or 1)
