"""An administrator who asks a server in memory, and commands that only tests have."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from chatsvc.admin import command as commands
from chatsvc.admin.protocol import question
from chatsvc.admin.server.call import Desk
from chatsvc.admin.server.door import AdminFactory, AdminProtocol
from chatsvc.settings.gathering import gather
from tests.harness import ChatTestCase, Person, Transport


class Asking:
    """A connection of an administrator; its peer's user is that of this process."""

    def __init__(self, factory: AdminFactory) -> None:
        self.transport = Transport()
        self.sockets = socket.socketpair(socket.AF_UNIX)
        self.transport.socket = self.sockets[0]  # type: ignore[attr-defined]  # as a real one has
        self.protocol: AdminProtocol = factory.buildProtocol(None)  # type: ignore[assignment]  # as it is
        self.protocol.makeConnection(self.transport)

    def sends(self, data: bytes) -> None:
        """[A segment arrives.]"""
        self.protocol.dataReceived(data)

    def ends(self) -> None:
        """[The client is killed, or has read all.]"""
        if self.sockets[0].fileno() < 0:
            return
        self.protocol.connectionLost(Failure(ConnectionDone()))
        for each in self.sockets:
            each.close()

    def answered(self) -> list[dict[str, Any]]:
        """What came since the last time."""
        data: bytes = self.transport.value()
        self.transport.clear()
        return [json.loads(line) for line in data.splitlines()]

    @property
    def is_over(self) -> bool:
        """Whether the server has closed."""
        return self.transport.disconnecting


class AdminTestCase(ChatTestCase):
    """Ann, Bob and Cat, and administrators."""

    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        people = super().start(plaintext_passwords=True, **options)
        self.gathered = gather({}, None, {})
        desk = Desk(self.server.chat, self.server.store, lambda: self.gathered)
        desk.open()
        self.addCleanup(desk.close)
        self.factory = AdminFactory(desk)
        return people

    def connects(self) -> Asking:
        """An administrator who has not asked yet."""
        asking = Asking(self.factory)
        self.addCleanup(asking.ends)
        return asking

    def asks(self, command: str, **arguments: object) -> list[dict[str, Any]]:
        """The items that a command answers; the last one says how it went."""
        asking = self.connects()
        asking.sends(question(command, arguments))
        answered = asking.answered()
        for _ in range(1000):
            if asking.is_over:
                break
            self.server.clock.pump([0, 0.01])
            answered += asking.answered()
        self.assertTrue(asking.is_over, answered)
        asking.ends()
        return answered

    def facts(self, command: str, **arguments: object) -> list[dict[str, Any]]:
        """The values of the items that a command answers, which has to succeed."""
        *items, last = self.asks(command, **arguments)
        self.assertEqual(last, {"done": True}, items)
        return [each.get("row") or each.get("facts") or each["values"] for each in items]

    def lines(self, command: str, **arguments: object) -> list[str]:
        """The lines of text that a command answers, which has to succeed."""
        *items, last = self.asks(command, **arguments)
        self.assertEqual(last, {"done": True}, items)
        return [each["line"] for each in items]

    def refused(self, command: str, **arguments: object) -> str:
        """Why a command is refused."""
        [last] = self.asks(command, **arguments)
        return str(last["refused"])

    def is_put_off(self, person: Person) -> bool:
        """Whether somebody was told the last things, and disconnected."""
        person.hears()
        return person.is_closed()

    def has_command(self, name: str, function: Callable[..., Any], **how: Any) -> None:
        """Have one more command until the end of the test."""
        table = commands.commands()
        commands.command(name, **how)(function)
        self.addCleanup(table.pop, name)
