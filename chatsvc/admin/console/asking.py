"""Asking the server, from the program chatsvc-admin."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from chatsvc.admin.console.finding import NoServer, connected
from chatsvc.admin.protocol import ANSWER_BYTES, item_of, question
from chatsvc.errors import ChatError, Misused

if TYPE_CHECKING:
    from socket import socket

    from chatsvc.admin.answer import Item

NICE = 10  # less of the processor
MEMORY = 1024 * 1024 * 1024  # bytes for work that takes long


class Console:
    """The program chatsvc-admin, for the commands that run in it.

    socket: the server's, as given on the command line; None if it was not.
    """

    def __init__(self, socket: str | None = None) -> None:
        self.socket = socket

    def stand_back(self) -> None:
        """Let other programs on this machine go first, as the work may take much time and memory.

        If it takes too much, this program gets a MemoryError, rather than the server.
        """
        import resource  # which few commands need

        os.nice(NICE)
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = min([each for each in (soft, hard) if each != resource.RLIM_INFINITY] + [MEMORY])
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))

    def ask(self, command: str, **arguments: object) -> Iterator[Item]:
        """Let the server run a command, and yield its answers.

        Raises NoServer if it cannot be reached or ends meanwhile, ChatError if it refuses, and
        Misused if it does not know the command.
        """
        with self.talk(command, **arguments) as talk:
            while (item := talk.item()) is not None:
                yield item

    @contextmanager
    def talk(self, command: str, **arguments: object) -> Iterator[Talk]:
        """Let the server run a command that takes lines. Raises as `ask` does."""
        with closing(connected(self.socket)) as connection, connection.makefile("rb") as answer:
            talk = Talk(connection, answer)
            talk.send(question(command, arguments))
            yield talk


class Talk:
    """A command that the server runs, and that may take lines."""

    def __init__(self, connection: socket, answer: BinaryIO) -> None:
        self._connection = connection
        self._answer = answer

    def send(self, line: bytes) -> None:
        """Send a line, with its end."""
        with suppress(OSError):  # the answer says why
            self._connection.sendall(line)

    def item(self) -> Item | None:
        """The next item of the answer; None at its end. Raises as `Console.ask` does."""
        line = b""
        with suppress(OSError):  # as at the end
            line = self._answer.readline(ANSWER_BYTES)
        if not line:
            raise NoServer("the server has ended meanwhile.")
        try:
            message: dict[str, Any] = dict(json.loads(line))
            if "done" in message:
                return None
            if "refused" in message:
                raise ChatError(str(message["refused"]))
            if "misused" in message:
                raise Misused(str(message["misused"]))
            return item_of(message)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise NoServer("what listens there does not answer like a chatsvc.") from None
