"""A crowd whose connections end at once, over real sockets."""

from __future__ import annotations

import socket
import struct
from types import SimpleNamespace
from typing import Any

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.flow.admission import Rank
from chatsvc.service.polling import HANDLED_WITHIN, take_turns
from tests.harness import Clock
from tests.patience import PATIENCE

CROWD = 300
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER


class GoneCrowdTests(SynchronousTestCase):
    def test_all_ends_are_noticed_and_all_that_was_sent_is_read(self) -> None:
        """Some reset their connections, others end them behind more than is read at once."""
        clock: Any = Clock()
        clock.end_turns = lambda reactor: None
        reactor: Any = EPollReactor()
        admission: Any = SimpleNamespace(is_committing=bool, is_talk=False)
        take_turns(reactor, clock, lambda transport, now: Rank.STRANGER, admission)
        heard: list[int] = []
        lost: list[Any] = []

        class Counts(Protocol):
            size = 0

            def connectionMade(self) -> None:
                transport: Any = self.transport
                transport.bufferSize = 1000

            def dataReceived(self, data: bytes) -> None:
                self.size += len(data)
                clock.advance(HANDLED_WITHIN / 2)

            def connectionLost(self, reason: Failure = connectionDone) -> None:
                clock.advance(HANDLED_WITHIN / 2)
                lost.append(self)
                heard.append(self.size)

        port = reactor.listenTCP(
            0, ServerFactory.forProtocol(Counts), backlog=CROWD, interface="127.0.0.1"
        )
        port.numberAccepts = CROWD
        address = port.getHost()
        people = [socket.create_connection((address.host, address.port)) for _ in range(CROWD)]
        others = len(reactor.getReaders())
        while len(reactor.getReaders()) < CROWD + others:
            reactor.doPoll(PATIENCE)
        for number, person in enumerate(people):
            if number % 2:
                person.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            else:
                person.sendall(bytes(5000))
            person.close()
        while len(lost) < CROWD:
            reactor.doPoll(PATIENCE)
        self.assertEqual(sorted(heard), [0] * (CROWD // 2) + [5000] * (CROWD // 2))
        self.assertEqual(len(reactor.getReaders()), others)
        self.assertEqual((len(reactor._poller._strangers), reactor._poller._taken_out), (0, set()))
        for selectable in reactor.removeAll():
            selectable.connectionLost(connectionDone)
