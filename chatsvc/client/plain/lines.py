"""Lines over a link: for screen readers (--plain), scripts (--json) and logs (--room)."""

from __future__ import annotations

import os
import sys
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.internet.stdio import StandardIO
from zope.interface import implementer

from chatsvc.client.connection.kept_place import kept_place
from chatsvc.client.connection.link import Link
from chatsvc.client.connection.server import ask_first, first_answer, found, login, stopped
from chatsvc.client.files.logs import logs_of
from chatsvc.client.leaving import leave_on_signals, restore, stop_on_signal, take
from chatsvc.client.own_name import OwnName
from chatsvc.client.plain.manners import Manner, Objects, Plain
from chatsvc.client.plain.recipients import take_back
from chatsvc.events.event import LOBBY
from chatsvc.events.forms import event_of
from chatsvc.line_receiver import BoundedLineReceiver
from chatsvc.terminal.styles import neutral

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from chatsvc.client.connection.objects import Received
    from chatsvc.client.connection.server import Server
    from chatsvc.client.settings.values import Settings

MOST_WAITING = 100  # unanswered lines; beyond that, no more are read


@implementer(IHalfCloseableProtocol)
class Lines(BoundedLineReceiver):
    """Standard input and output, with backpressure in both directions.

    is_scripted: whether refusals go to standard error, with the number of the line.
    is_quiet: whether only answers to commands are shown.
    had_place: whether the client had a place in an earlier run.
    ended: fires at the end of the input, or when nobody reads the output.
    has_failed: whether a request was not done.
    """

    delimiter = b"\n"
    MAX_LENGTH = 2**20
    transport: Any = None

    def __init__(
        self, link: Link, manner: Manner, is_scripted: bool, is_quiet: bool, had_place: bool
    ) -> None:
        self._link = link
        self._manner = manner
        self._is_scripted = is_scripted
        self._is_quiet = is_quiet
        self._had_place = had_place
        self._has_joined = False  # a room besides the lobby
        self._was_lost = False
        self._own = OwnName()
        self._early: list[str] = []  # lines for the output, before it is open
        self._number = 0  # of the last line
        self._numbers: dict[str, int] = {}  # of the unanswered lines, by nonce
        self._turning = ""  # the nonce of a line whose answer a script's next line waits for
        self.ended: Deferred[None] = Deferred()
        self.written: Deferred[None] = Deferred()
        self.has_failed = False

    def connectionMade(self) -> None:
        """Write the early lines."""
        self.transport.registerProducer(self._link, True)
        for text in self._early:
            self.show(text)

    def status(self, is_up: bool) -> None:
        """Note that there is a connection, or that it was lost."""
        if not is_up:
            self._was_lost = True
            complain("The connection was lost; trying again.")
        elif self._was_lost:
            complain("The connection is back.")

    def begin(
        self, settings: Settings, ask: Callable[..., str], name: str, rooms: list[str]
    ) -> None:
        """Send the first requests at a new place."""
        if self._had_place and not self._has_joined and not settings.json:
            # The next lines may have been typed for a room of the last place.
            ask("join", room=LOBBY)
        self._had_place = True
        self._own.name = name
        self._own.wanted = ask_first(settings, ask, name, rooms)

    def hear(self, received: Received) -> None:
        """Show an event or an error."""
        for nonce, why in take_back(self._link, received).items():
            self.hear({"error": {"code": "unsure", "text": why, "nonce": nonce}})
        if received.get("event") == "admitted" or len(received.get("rooms", ())) > 1:
            self._has_joined = True
        if self._own.wanted and self._own.hear(event_of(received)):
            self._link.ask("nick", name=self._own.wanted)
        error = received.get("error")
        answered: str = received.get("answers") or (error or received).get("nonce", "")
        number = self._numbers.get(answered, 0)
        if error is not None:
            self.fail(error.get("text", "That cannot be done."), number)
        text = self._manner.word(received)
        is_done = received.get("event") == "done" or error is not None
        is_answer = number and (is_done or "answers" in received)
        if text and (is_answer or not self._is_quiet):
            self.show(text)
        if "answers" not in received:
            self._numbers.pop(answered, None)
            if answered and answered == self._turning:
                self._turning = ""
                if error is not None:
                    complain(f"nothing behind line {number} was sent.")
                    self.end()
        if self.paused and self._link.waiting < MOST_WAITING and not self._turning:
            self.resumeProducing()

    def fail(self, why: str, number: int = 0) -> None:
        """Note a request that was not done; people at a terminal see that from the answers."""
        self.has_failed = True
        if self._is_scripted:
            complain(why, number)

    def not_said(self, unsaid: dict[str, str]) -> None:
        """Report requests that will not be done, given by their nonces."""
        for nonce, words in unsaid.items():
            self.has_failed = True
            complain(f"not said: {words}", self._numbers.get(nonce, 0) * self._is_scripted)

    def show(self, text: str) -> None:
        """Write lines."""
        if self.transport is None:
            self._early.append(text)
        else:
            self.sendLine(text.encode("utf-8", "replace"))

    def longLineReceived(self, line: bytes) -> None:
        """Refuse an overlong line."""
        self._number += 1
        self._misused(f"a line has at most {self.MAX_LENGTH} bytes")

    def lineReceived(self, line: bytes) -> None:
        """Send what a line asks for."""
        if self.ended.called:
            return
        self._number += 1
        if self._number == 1:
            line = line.removeprefix(BOM_UTF8)
        try:
            nonce = self._manner.ask(self._link, line)
        except ValueError as error:
            self._misused(str(error))
        else:
            if nonce is None:
                self.end()
            elif nonce:
                self._numbers[nonce] = self._number
                if self._is_scripted and self._manner.turns(line):
                    self._turning = nonce
        if self._turning or self._link.waiting >= MOST_WAITING:
            self.pauseProducing()

    def _misused(self, why: str) -> None:
        self.has_failed = True
        complain(why, self._number * self._is_scripted)

    def readConnectionLost(self) -> None:
        """Take the last line, which may lack its end."""
        if line := self.clearLineBuffer():
            self.lineReceived(line)
        self.end()

    def writeConnectionLost(self) -> None:
        """End: the output cannot be written, so no more of the input is said."""
        self.has_failed = True
        complain("standard output was closed, or is full.")
        self._close()

    def _close(self) -> None:
        self.end()
        if not self.written.called:
            self.written.callback(None)

    def finish(self) -> Deferred[None]:
        """Stop reading; fires when the output is written, or cannot be."""
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        return self.written

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """End: input and output are closed."""
        if not self.written.called and not reason.check(ConnectionDone):
            self.writeConnectionLost()
        else:
            self._close()

    def end(self) -> None:
        """Stop reading the input."""
        if not self.ended.called:
            self.ended.callback(None)


def complain(why: str, number: int = 0) -> None:
    """Report an error on standard error, with the number of the input's line, if any."""
    line = f"line {number}: " if number else ""
    print(f"chatsvc: {line}{neutral(why)}", file=sys.stderr)


async def talk(
    reactor: Any, settings: Settings, password: str, connected: Server | None = None
) -> None:
    """Talk until the end; raises SystemExit if it ended badly, or left something undone.

    connected: a server that is connected already; None for a new connection.
    """
    is_scripted = not os.isatty(0)
    is_read = os.isatty(0) and os.isatty(1) and not settings.quiet
    manner = Objects() if settings.json else Plain(settings, is_scripted, is_read, reactor)
    interrupted: Deferred[None] = Deferred()
    status = 0

    def leave(number: int = 1) -> None:
        nonlocal status
        if not interrupted.called:
            status = number
            interrupted.callback(None)
            lines.end()

    def over(why: str) -> None:
        complain(why)
        leave()

    def hear(received: Received) -> None:
        lines.hear(received)
        if not settings.json:
            logs.hear(received)

    def change(is_up: bool) -> None:
        if connected and not is_up:
            over("the connection was lost.")
        else:
            lines.status(is_up)

    logs = logs_of(settings, complain)
    server = connected or found(reactor, settings)
    place = None if is_scripted or settings.json else kept_place(settings)
    link = Link(
        reactor,
        server.endpoint,
        hear,
        change,
        lambda *first: lines.begin(settings, *first),
        login(settings, password),
        over,
        place,
    )
    had_place = place is not None and place.seen is not None
    lines = Lines(link, manner, is_scripted, settings.quiet, had_place)

    def is_leaving() -> bool:
        return interrupted.called or lines.transport is None

    leave_on_signals(reactor, leave, is_leaving, restore)
    stop_on_signal(reactor, restore, take)
    await first_answer(link, server)
    StandardIO(lines, reactor=reactor)
    await lines.ended
    await DeferredList([link.when_idle(), interrupted], fireOnOneCallback=True)
    lines.not_said(await stopped(reactor, link))
    await lines.finish()
    if status or lines.has_failed:
        sys.exit(status or 1)
