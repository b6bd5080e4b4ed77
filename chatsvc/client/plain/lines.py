"""Lines over a link: for screen readers (--plain), for scripts (--json), for logs (--room)."""

from __future__ import annotations

import json
import os
import sys
from codecs import BOM_UTF8
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.internet.stdio import StandardIO
from zope.interface import implementer

from chatsvc.client import wording
from chatsvc.client.connection.kept_place import kept_place
from chatsvc.client.connection.link import Link
from chatsvc.client.connection.server import ask_first, first_answer, found, login, stopped
from chatsvc.client.leaving import leave_on_signals, restore, stop_on_signal, take
from chatsvc.client.own_name import OwnName
from chatsvc.client.plain.recipients import take_back
from chatsvc.command import commands, meant
from chatsvc.errors import Misused, Unsaid
from chatsvc.events.event import LOBBY
from chatsvc.events.forms import event_of
from chatsvc.line_receiver import BoundedLineReceiver
from chatsvc.terminal.styles import neutral
from chatsvc.text.safe import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from chatsvc.client.connection.objects import Told
    from chatsvc.client.connection.server import Server
    from chatsvc.client.settings import Settings

_LEAVING = ("quit", "exit")
_TURNING = ("join", "login")
MOST_WAITING = 100  # unanswered lines, beyond which no more are read


class Manner(Protocol):
    """A dialect of standard input and output."""

    def ask(self, link: Link, line: bytes) -> str | None:
        """Send what a line asks for: the nonce of the request; empty for none, None to leave.

        Raises ValueError, with the reason, if it cannot be done.
        """

    def turns(self, line: bytes) -> bool:
        """Whether it depends on the answer to a line for whom the next lines are."""

    def word(self, told: Told) -> str:
        """The lines for an event; empty for none."""


class Plain:
    """Lines as people type and read them; for one room only, if given.

    is_scripted: whether nobody types them: then refusals are told elsewhere, and all is said that
        is for one room.
    """

    def __init__(self, room: str, is_scripted: bool) -> None:
        self._room = room
        self._is_scripted = is_scripted
        self._is_timed = False
        self._timing: dict[str, bool] = {}  # the next state of /time, by the nonce that begins it

    def ask(self, link: Link, line: bytes) -> str | None:
        """Say a line or run its command."""
        text = decode(line).strip()
        if self._room and self._is_scripted and text:
            return link.ask("say", room=self._room, text=text)
        name, rest = _command(text)
        if name in _LEAVING:
            return None
        if name == "time":  # the server words nothing for programs
            try:
                [state] = commands()[name].parse(rest)
            except Misused as error:
                raise ValueError(str(error)) from None
            nonce = link.ask("ping")  # so that it takes effect in its turn
            self._timing[nonce] = state == "on"
            return nonce
        if not text:
            return ""
        if (found := commands().get(name)) and found.names[0] == "dm":
            with suppress(Misused):  # of which the server tells
                username, message = found.parse(rest)
                return link.ask("dm", username=username, text=message)
        return link.ask("type", line=text, **({"room": self._room} if self._room else {}))

    def turns(self, line: bytes) -> bool:
        """Whether a line joins a room or logs in."""
        return not self._room and _command(decode(line).strip())[0] in _TURNING

    def word(self, told: Told) -> str:
        """The event in the server's words."""
        is_refused = "error" in told
        if is_refused and self._is_scripted:
            return ""
        if told.get("event") in ("done", "paced", "resumable"):
            self._is_timed = self._timing.pop(told.get("nonce", ""), self._is_timed)
            return ""
        at = wording.moment(told)
        before = f"{at:%H:%M:%S} " if self._is_timed and at is not None else ""
        return "\n".join([before + neutral(line) for line in wording.text(told).split("\n")])


class Objects:
    """JSON objects as the server has them, with the nonces of the input."""

    def __init__(self) -> None:
        self._nonces: dict[str, str] = {}  # the input's, by the link's

    def ask(self, link: Link, line: bytes) -> str | None:
        """Send an object as a request. Raises ValueError."""
        try:
            asked = json.loads(line)
        except RecursionError:
            asked = None
        if not isinstance(asked, dict) or not isinstance(asked.get("do"), str):
            raise ValueError('a line is an object like {"do": "help"}')
        name = asked["do"].removeprefix("/").casefold()
        if name == "type":
            name, _ = _command(str(asked.get("line", "")))
        if name in _LEAVING:
            return None
        theirs = str(asked.pop("nonce", ""))
        nonce = link.ask(asked.pop("do"), **asked)
        self._nonces[nonce] = theirs
        return nonce

    def turns(self, line: bytes) -> bool:
        """No: a program sees to that by itself."""
        return False

    def word(self, told: Told) -> str:
        """The object with the input's nonce, and without the token, which is secret."""
        if told.get("event") == "resumable":
            return ""
        found = {name: value for name, value in told.get("error", told).items() if name != "token"}
        if "answers" in found:
            found["answers"] = self._nonces.get(found["answers"], "")
            found = {name: value for name, value in found.items() if value != ""}
        nonce = found.get("nonce", "")
        is_answer = "error" in told or found.get("event") == "done"
        if nonce in self._nonces or (nonce and is_answer):  # else another program's
            theirs = self._nonces.pop(nonce, "")
            found = {each: value for each, value in found.items() if each != "nonce"}
            found |= {"nonce": theirs} if theirs else {}
            if found.get("event") == "done" and not theirs:
                return ""
        return json.dumps({"error": found} if "error" in told else found)


def _command(text: str) -> tuple[str, str]:
    """The typed command without its slash, and its arguments; empty for none."""
    try:
        name, rest = meant(text)
    except Unsaid:  # of which the server tells
        return "", ""
    return name[1:].casefold(), rest


@implementer(IHalfCloseableProtocol)
class Lines(BoundedLineReceiver):
    """Standard input and output, with backpressure in both directions.

    is_scripted: whether refusals are told on standard error, by the number of the line.
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
        self._early: list[str] = []  # lines from before there was an output
        self._number = 0  # of the last line
        self._numbers: dict[str, int] = {}  # of the unanswered lines, by their nonces
        self._turning = ""  # the nonce of a line before whose answer a script's next is not sent
        self.ended: Deferred[None] = Deferred()
        self.written: Deferred[None] = Deferred()
        self.has_failed = False

    def connectionMade(self) -> None:
        """Write the lines from before."""
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
            # For all the server knows, the lines were typed for a room of the last place.
            ask("join", room=LOBBY)
        self._had_place = True
        self._own.name = name
        self._own.wanted = ask_first(settings, ask, name, rooms)

    def hear(self, told: Told) -> None:
        """Show an event or an error."""
        for nonce, why in take_back(self._link, told).items():
            self.hear({"error": {"code": "unsure", "text": why, "nonce": nonce}})
        if told.get("event") == "admitted" or len(told.get("rooms", ())) > 1:
            self._has_joined = True
        if self._own.wanted and self._own.hear(event_of(told)):
            self._link.ask("nick", name=self._own.wanted)
        error = told.get("error")
        answered: str = told.get("answers") or (error or told).get("nonce", "")
        number = self._numbers.get(answered, 0)
        if error is not None:
            self.fail(error.get("text", "That cannot be done."), number)
        text = self._manner.word(told)
        is_answer = number and ("answers" in told or error is not None)
        if text and (is_answer or not self._is_quiet):
            self.show(text)
        if "answers" not in told:
            self._numbers.pop(answered, None)
            if answered and answered == self._turning:
                self._turning = ""
                if error is not None:
                    complain(f"nothing behind line {number} was sent.")
                    self.end()
        if self.paused and self._link.waiting < MOST_WAITING and not self._turning:
            self.resumeProducing()

    def fail(self, why: str, number: int = 0) -> None:
        """Note a request that was not done; people who type see that from the answers."""
        self.has_failed = True
        if self._is_scripted:
            complain(why, number)

    def not_said(self, unsaid: dict[str, str]) -> None:
        """Report the requests that will not be done, by their nonces."""
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
        """End: the output cannot be written, and nothing more of the input is said."""
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

    connected: a server that is connected already, to be used in place of a new connection.
    """
    is_scripted = not os.isatty(0)
    manner = Objects() if settings.json else Plain(settings.room, is_scripted)
    hurried: Deferred[None] = Deferred()
    status = 0

    def leave(number: int = 1) -> None:
        nonlocal status
        if not hurried.called:
            status = number
            hurried.callback(None)
            lines.end()

    def over(why: str) -> None:
        complain(why)
        leave()

    def change(is_up: bool) -> None:
        if connected and not is_up:
            over("the connection was lost.")
        else:
            lines.status(is_up)

    server = connected or found(reactor, settings)
    place = None if is_scripted or settings.json else kept_place(settings)
    link = Link(
        reactor,
        server.endpoint,
        lambda told: lines.hear(told),
        change,
        lambda *first: lines.begin(settings, *first),
        login(settings, password),
        over,
        place,
    )
    had_place = place is not None and place.seen is not None
    lines = Lines(link, manner, is_scripted, settings.quiet, had_place)

    def is_leaving() -> bool:
        return hurried.called or lines.transport is None

    leave_on_signals(reactor, leave, is_leaving, restore)
    stop_on_signal(reactor, restore, take)
    await first_answer(link, server)
    StandardIO(lines, reactor=reactor)
    await lines.ended
    await DeferredList([link.when_idle(), hurried], fireOnOneCallback=True)
    lines.not_said(await stopped(reactor, link))
    await lines.finish()
    if status or lines.has_failed:
        sys.exit(status or 1)
