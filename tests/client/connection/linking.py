"""A link whose connections begin and end when the test says so."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.connection.line import GIVE_UP_AFTER, RESUME
from chatsvc.client.connection.link import Link


class Endpoint:
    """Connects when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, Deferred[Any]]] = []

    def connect(self, factory: Any) -> Deferred[Any]:
        self.asked.append((factory, Deferred()))
        return self.asked[-1][1]


class LinkTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.endpoint = Endpoint()
        self.told: list[Any] = []
        self.states: list[bool] = []
        self.over: list[str] = []
        self.link = Link(
            self.clock,
            self.endpoint,  # type: ignore[arg-type]  # it only connects
            self.told.append,
            self.states.append,
            over=self.over.append,
        )
        self.link.start()
        self.connects()

    def connects(self) -> None:
        self.clock.advance(100)
        factory, connected = self.endpoint.asked.pop()
        self.transport = StringTransport()
        self.line = factory.buildProtocol(None)
        self.line.makeConnection(self.transport)
        connected.callback(self.line)

    def sends(self) -> str:
        sent: str = self.transport.value().decode()
        self.transport.clear()
        return sent

    def opening(self, **more: Any) -> str:
        """What is sent first: the link's own token, which stays the same."""
        token = self.link._place.token
        asked = {"do": "resume", "token": token, "silence": GIVE_UP_AFTER, "nonce": RESUME, **more}
        return f"/json\n{json.dumps(asked)}\n"

    def welcomes(self) -> None:
        self.line.dataReceived(
            b'server: Welcome\n{"event": "welcome", "name": "client1", "rooms": ["#lobby"]}\n'
            b'{"event": "resumable", "token": "%s", "seen": 7}\n' % self.link._place.token.encode()
        )

    def lost(self) -> None:
        self.line.connectionLost(Failure(ConnectionError()))
