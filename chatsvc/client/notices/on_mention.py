"""The user's own command, which runs for each notice."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import ProcessProtocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

MOST = 5  # of them at once; further messages are left out meanwhile


class OnMention:
    """Runs a shell command, which finds the message in its environment, never in its own text.

    CHATSVC_FROM is the speaker, CHATSVC_WHERE the room or @person, CHATSVC_SERVER the server's
    name, CHATSVC_TEXT the text. The command reads and writes nothing.

    command: returns the shell command; empty for none.
    """

    def __init__(self, reactor: Any, command: Callable[[], str]) -> None:
        self._reactor = reactor
        self._command = command
        self._running = 0

    def run(self, server: str, speaker: str, where: str, text: str) -> None:
        """Run the command for a message."""
        command = self._command()
        if not command or self._running >= MOST:
            return
        self._running += 1
        facts = {
            "CHATSVC_SERVER": server,
            "CHATSVC_FROM": speaker,
            "CHATSVC_WHERE": where,
            "CHATSVC_TEXT": text,
        }
        nothing = os.open(os.devnull, os.O_RDWR)
        try:
            self._reactor.spawnProcess(
                _Running(self._ended),
                "/bin/sh",
                ["sh", "-c", command],
                env=os.environ | {name: fact.replace("\0", "") for name, fact in facts.items()},
                childFDs={0: nothing, 1: nothing, 2: nothing},
            )
        finally:
            os.close(nothing)

    def _ended(self) -> None:
        self._running -= 1


class _Running(ProcessProtocol):
    def __init__(self, ended: Callable[[], object]) -> None:
        self._ended = ended

    def processEnded(self, reason: Failure) -> None:  # noqa: N802  # Twisted's name
        self._ended()
