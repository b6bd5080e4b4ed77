"""Asking the server, from the program chatsvc-admin."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from chatsvc.admin.console.finding import NoServer, connected
from chatsvc.admin.protocol import ANSWER_BYTES, item_of, question
from chatsvc.errors import ChatError, Misused

if TYPE_CHECKING:
    from chatsvc.admin.answer import Item

NICE = 10  # less of the processor


class Console:
    """The program chatsvc-admin, for the commands that run in it.

    socket: the server's, as given on the command line; None if it was not.
    """

    def __init__(self, socket: str | None = None) -> None:
        self.socket = socket

    def stand_back(self) -> None:
        """Have other programs of this machine go first, as the work may take long."""
        os.nice(NICE)

    def ask(self, command: str, **arguments: object) -> Generator[Item, None, None]:
        """Have the server run a command, and yield what it answers.

        Raises NoServer if it cannot be reached or ends meanwhile, ChatError if it refuses, and
        Misused if it does not know the command.
        """
        with closing(connected(self.socket)) as connection, connection.makefile("rb") as answer:
            try:
                connection.sendall(question(command, arguments))
                while line := answer.readline(ANSWER_BYTES):
                    message = json.loads(line)
                    if "done" in message:
                        return
                    if "refused" in message:
                        raise ChatError(message["refused"])
                    if "misused" in message:
                        raise Misused(message["misused"])
                    yield item_of(message)
            except OSError:
                pass  # as at the end
            except (ValueError, KeyError, TypeError):
                raise NoServer("what listens there does not answer like a chatsvc.") from None
        raise NoServer("the server has ended meanwhile.")
