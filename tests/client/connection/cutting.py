"""A server whose connections are cut, and people who listen over links."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from chatsvc.client.connection.link import Link
from tests.patience import PATIENCE
from tests.people import awhile, reactor

PEOPLE = 4


class Cutter(Factory):
    """A proxy that cuts connections at random bytes, in every way, so many times in all."""

    def __init__(self, address: Any) -> None:
        self.target = TCP4ClientEndpoint(reactor, *address)
        self.cuts = 0
        self.chance = random.Random(1)

    def buildProtocol(self, address: object) -> Half:
        return Half(self, None)

    def passes(self, half: Half, data: bytes) -> bytes:
        """What is let through of some data; the rest is lost, with the connection."""
        if not self.cuts or self.chance.random() > 0.6:
            return data
        self.cuts -= 1
        reactor.callLater(0, self.chance.choice([half.resets, half.closes, half.stalls]))
        return data[: self.chance.randrange(len(data) + 1)]


class Half(Protocol):
    """One of the two connections of which a proxied one consists."""

    transport: Any

    def __init__(self, cutter: Cutter, other: Half | None) -> None:
        self.cutter = cutter
        self.other = other
        self.is_servers = other is not None
        self.early = b""
        self.is_dead = False

    def connectionMade(self) -> None:
        if self.other is None:
            factory = Factory.forProtocol(lambda: Half(self.cutter, self))
            self.cutter.target.connect(factory).addCallbacks(
                self.joined, lambda _: self.transport.abortConnection()
            )

    def joined(self, other: Half) -> None:
        self.other = other
        other.transport.write(self.early)

    def dataReceived(self, data: bytes) -> None:
        if self.is_dead:
            return
        passed = self.cutter.passes(self, data)
        if len(passed) < len(data):
            self.is_dead = True
            if self.other is not None:
                self.other.is_dead = True
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(passed)
        else:
            self.early += passed

    def both(self, what: Callable[[Half], object]) -> None:
        for each in (self, self.other):
            if each is not None and each.transport is not None:
                what(each)

    def resets(self) -> None:
        self.both(lambda each: each.transport.abortConnection())

    def closes(self) -> None:
        self.both(lambda each: each.transport.loseConnection())

    def stalls(self) -> None:
        """[The cable is out for a moment; then the connections are given up.]"""
        reactor.callLater(0.02, self.resets)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.loseConnection()


class Listener:
    """A program that keeps what it is told."""

    def __init__(self, port: int) -> None:
        self.told: list[dict[str, Any]] = []
        self.link = Link(
            reactor,
            TCP4ClientEndpoint(reactor, "127.0.0.1", port),
            self.told.append,
            lambda _: None,
        )
        self.link.start()

    def events(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.told if each.get("event") == event]

    def texts(self, event: str) -> list[str]:
        return [each["text"] for each in self.events(event)]


async def until(happened: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = reactor.seconds() + PATIENCE
    while not happened():
        assert reactor.seconds() < deadline, what()
        await awhile(0.01)
