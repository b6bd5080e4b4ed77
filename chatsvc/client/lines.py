"""Lines over a link: for screen readers (--plain), for scripts (--json), for logs (--room)."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer

from chatsvc.chat.text import decode
from chatsvc.client import wording
from chatsvc.client.connecting import beginning, first_answer, linked, stopped
from chatsvc.client.leaving import leave_on_signals, restore
from chatsvc.terminal.styles import neutral

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatsvc.client.settings import Settings
    from chatsvc.link import Link, Told

MOST_WAITING = 100  # lines that are not answered; no more are read meanwhile


class Manner(Protocol):
    """What a line of the input asks for, and what what is told looks like."""

    def ask(self, link: Link, line: bytes) -> bool:
        """Do what a line says; whether it was not the last.

        Raises ValueError, with the reason, if that is nothing that can be done.
        """

    def word(self, told: Told) -> str:
        """The lines for what was told; empty for none."""


class Plain:
    """Lines as people type and read them; in one room only, if that is given."""

    def __init__(self, room: str) -> None:
        self._room = room

    def ask(self, link: Link, line: bytes) -> bool:
        """Say a line, or do the command that it is; for one room only, say it in any case."""
        text = decode(line).strip()
        if self._room and text:
            link.ask("say", room=self._room, text=text)
        elif text.partition(" ")[0].casefold() in ("/quit", "/exit"):
            return False
        elif text:
            link.ask("type", line=text)
        return True

    def word(self, told: Told) -> str:
        """What was told, as the server words it."""
        if told.get("event") in ("done", "paced", "resumable"):
            return ""
        return "\n".join([neutral(line) for line in wording.text(told).split("\n")])


class Objects:
    """Objects as the server has them; the nonces of the input are those of the output."""

    def __init__(self) -> None:
        self._nonces: dict[str, str] = {}  # theirs, by ours

    def ask(self, link: Link, line: bytes) -> bool:
        """Ask for what an object says. Raises ValueError."""
        asked = json.loads(line)
        if not isinstance(asked, dict) or not isinstance(asked.get("do"), str):
            raise ValueError('a line is an object like {"do": "help"}')
        if asked["do"] in ("quit", "exit"):
            return False
        theirs = str(asked.pop("nonce", ""))
        self._nonces[link.ask(**asked)] = theirs
        return True

    def word(self, told: Told) -> str:
        """The object, with the nonce that the input gave; without the token, which is secret."""
        if told.get("event") == "resumable":
            return ""
        found = {name: value for name, value in told.get("error", told).items() if name != "token"}
        if "answers" in found:
            found["answers"] = self._nonces.get(found["answers"], "")
            found = {name: value for name, value in found.items() if value != ""}
        if found.get("nonce") in self._nonces:
            theirs = self._nonces.pop(found["nonce"])
            found = {each: value for each, value in found.items() if each != "nonce"}
            found |= {"nonce": theirs} if theirs else {}
            if found.get("event") == "done" and not theirs:
                return ""
        return json.dumps({"error": found} if "error" in told else found)


@implementer(IHalfCloseableProtocol)
class Lines(LineReceiver):
    """Standard input and output; each side waits for the other where that is slow.

    ended: fires when there is no more input, or nobody reads the output.
    has_failed: something that was asked for was not done.
    """

    delimiter = b"\n"
    MAX_LENGTH = 2**20
    transport: Any = None

    def __init__(self, link: Link, manner: Manner) -> None:
        self._link = link
        self._manner = manner
        self._was_lost = False
        self._early: list[str] = []  # what was told before there was an output
        self.ended: Deferred[None] = Deferred()
        self.written: Deferred[None] = Deferred()
        self.has_failed = False

    def connectionMade(self) -> None:
        """Show what was told up to now."""
        self.transport.registerProducer(self._link, True)
        for text in self._early:
            self.show(text)

    def status(self, is_up: bool) -> None:
        """There is a connection, or it was lost."""
        if not is_up:
            self._was_lost = True
            print("chatsvc: The connection was lost; trying again.", file=sys.stderr)
        elif self._was_lost:
            print("chatsvc: The connection is back.", file=sys.stderr)

    def hear(self, told: Told) -> None:
        """Show what was told."""
        self.has_failed = self.has_failed or "error" in told
        if text := self._manner.word(told):
            self.show(text)
        if self.paused and self._link.waiting < MOST_WAITING:
            self.resumeProducing()

    def show(self, text: str) -> None:
        """Write a line, or several."""
        if self.transport is None:
            self._early.append(text)
        else:
            self.sendLine(text.encode("utf-8", "replace"))

    def lineReceived(self, line: bytes) -> None:
        """Ask for what a line says."""
        if self.ended.called:
            return
        try:
            if not self._manner.ask(self._link, line):
                self.end()
        except ValueError as error:
            self.has_failed = True
            print(f"chatsvc: {error}", file=sys.stderr)
        if self._link.waiting >= MOST_WAITING:
            self.pauseProducing()

    def lineLengthExceeded(self, line: bytes) -> None:
        """Take the whole of it for a line that cannot be."""
        self.has_failed = True
        print(f"chatsvc: a line has at most {self.MAX_LENGTH} bytes", file=sys.stderr)

    def readConnectionLost(self) -> None:
        """Take the last line, which may lack its end."""
        if line := self.clearLineBuffer():
            self.lineReceived(line)
        self.end()

    def writeConnectionLost(self) -> None:
        """Nobody reads any more, or all is written."""
        self.end()
        if not self.written.called:
            self.written.callback(None)

    def finish(self) -> Deferred[None]:
        """Stop reading; fires when all that was shown is written, or cannot be."""
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        return self.written

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Both are over."""
        self.writeConnectionLost()

    def end(self) -> None:
        """Take no more input."""
        if not self.ended.called:
            self.ended.callback(None)


async def talk(reactor: Any, settings: Settings, password: str) -> None:
    """Talk until it ends; raises SystemExit when it ended badly, or left something undone."""
    manner: Manner = Objects() if settings.json else Plain(settings.room)
    link = linked(
        reactor,
        settings,
        lambda told: lines.hear(told),
        lambda is_up: lines.status(is_up),
        lambda ask: [ask(**each) for each in beginning(settings, password, ())],
    )
    lines = Lines(link, manner)
    hurried: Deferred[None] = Deferred()

    def leave() -> None:
        hurried.callback(None)
        lines.end()

    def is_leaving() -> bool:
        return hurried.called or lines.transport is None

    leave_on_signals(reactor, leave, is_leaving, restore)
    await first_answer(link, settings)
    StandardIO(lines, reactor=reactor)
    await lines.ended
    await DeferredList([link.when_idle(), hurried], fireOnOneCallback=True)
    unsaid = await stopped(reactor, link)
    await lines.finish()
    for each in unsaid:
        print(f"chatsvc: not said: {each}", file=sys.stderr)
    if unsaid or lines.has_failed:
        sys.exit(1)
