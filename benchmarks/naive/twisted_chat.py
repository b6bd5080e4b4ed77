"""The chat server of Twisted tutorials: `sendLine` to everyone (PORT)."""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet import protocol
from twisted.internet import reactor as _reactor
from twisted.protocols.basic import LineReceiver

reactor: Any = _reactor  # it can do more than its stubs tell
clients: set[Chat] = set()


class Chat(LineReceiver):
    """One client."""

    delimiter = b"\n"
    transport: Any

    def connectionMade(self) -> None:
        """Welcome it."""
        self.name = f"client{self.transport.getPeer().port}"
        self.sendLine(f"server: Welcome, you are {self.name}.".encode())
        clients.add(self)

    def connectionLost(self, reason: Any = None) -> None:
        """Forget it."""
        clients.discard(self)

    def lineReceived(self, line: bytes) -> None:
        """Pass on what it says."""
        if line.startswith(b"/bc "):
            message = line[4:].decode().strip().strip('"')
            data = f"{self.name}: {message}".encode()
            for each in clients:
                each.sendLine(data)


reactor.listenTCP(int(sys.argv[1]), protocol.Factory.forProtocol(Chat), interface="127.0.0.1")
reactor.run()
