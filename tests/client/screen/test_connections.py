"""Connections of the screen: who leaves several servers leaves no message behind unnoticed."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.connection.server import LEAVE_WITHIN
from chatsvc.client.screen import connections
from chatsvc.client.screen.connections import Connections
from chatsvc.client.settings.values import Settings
from tests.client.connection.linking import Endpoint


class Known:
    """What the screen knows of a server, which is nothing here."""

    def __init__(self) -> None:
        self.windows = self

    def tell(self, *what: Any) -> None:
        pass

    hear = status = begin = has_missed = tell


class ConnectionsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.patch(os, "environ", os.environ | {"XDG_STATE_HOME": self.mktemp()})
        self.endpoint = Endpoint()
        server = SimpleNamespace(endpoint=self.endpoint)
        self.patch(connections, "Server", lambda reactor, settings: server)
        self.clock = Clock()
        self.connections = Connections(self.clock, lambda: None, lambda session, why: None)

    def opens(self, name: str) -> tuple[Any, Any]:
        """What the screen knows of a server to which it is connected, and the connection."""
        session: Any = Known()
        session.settings = Settings(host=name)
        session.link = self.connections.link(session, "")
        self.connections.start(session)
        factory, connected = self.endpoint.asked.pop()
        line = factory.buildProtocol(None)
        line.makeConnection(StringTransport())
        connected.callback(line)
        line.dataReceived(
            b'server: Welcome\n{"event": "welcome", "name": "client1", "rooms": ["#lobby"]}\n'
            b'{"event": "resumable", "token": "t", "seen": 7}\n'
        )
        return session, line

    def test_what_a_server_that_was_left_has_not_said_is_known_at_the_end(self) -> None:
        (work, work_line), (home, home_line) = self.opens("work"), self.opens("home")
        work.link.ask("bc", text="at work")
        home.link.ask("bc", text="at home")
        told: list[str] = []
        self.connections.leave(home, told.extend)
        left = Deferred.fromCoroutine(self.connections.all_left())
        self.assertNoResult(left)
        self.clock.advance(LEAVE_WITHIN)
        work_line.connectionLost(Failure(ConnectionError()))
        self.assertNoResult(left)
        home_line.connectionLost(Failure(ConnectionError()))
        unsaid = self.successResultOf(left)
        self.assertEqual(sorted(unsaid), ["at home", "at work"])
        self.assertEqual(told, ["at home"])
