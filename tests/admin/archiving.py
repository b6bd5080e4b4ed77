"""Exports and imports of a server in memory, by a console in the process of the tests."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chatsvc.admin.answer import Item, Line
from chatsvc.admin.commands.archives import import_
from chatsvc.admin.console.asking import Console, Talk
from chatsvc.admin.protocol import item_of, question
from chatsvc.errors import ChatError
from chatsvc.exchange.formats import own
from chatsvc.store import Stored
from tests.admin.asking import AdminTestCase, Asking
from tests.harness import Clock

BEGIN = 900_000.0


class Here(Console):
    """A console that asks a server in memory."""

    def __init__(self, case: ArchiveTestCase) -> None:
        super().__init__()
        self._case = case

    def stand_back(self) -> None:
        """Go on: it is in the process of the tests."""

    @contextmanager
    def talk(self, command: str, **arguments: object) -> Iterator[Talk]:
        asking = self._case.connects()
        talk = TalkHere(self._case.server.clock, asking)
        talk.send(question(command, arguments))
        try:
            yield talk
        finally:
            asking.protocol.connectionLost()


class TalkHere(Talk):
    """A command that a server in memory runs.

    stops_after: the client is killed after so many lines.
    """

    stops_after = 10**6

    def __init__(self, clock: Clock, asking: Asking) -> None:
        self._clock = clock
        self._asking = asking
        self._items: list[dict[str, Any]] = []

    def send(self, line: bytes) -> None:
        TalkHere.stops_after -= 1
        if TalkHere.stops_after < 0:
            raise KeyboardInterrupt
        self._asking.sends(line)

    def item(self) -> Item | None:
        while not self._items:
            self._clock.pump([0, 0.01])
            self._items += self._asking.answered()
        message = self._items.pop(0)
        if "done" in message:
            return None
        if "refused" in message or "misused" in message:
            raise ChatError(message.get("refused") or message["misused"])
        return item_of(message)


class ArchiveTestCase(AdminTestCase):
    """Ann has an account; Bob and Cat are guests."""

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "export.jsonl"
        self.console = Here(self)
        self.ann.asks("/nick ann", "/register correct-horse")
        self.hush()

    def exported(self, **how: object) -> list[dict[str, Any]]:
        """The objects of an export."""
        items = self.console.ask("read-rooms", **how)
        lines = [line for item in items if isinstance(item, Line) for line in item.text.split("\n")]
        return [json.loads(line) for line in lines]

    def messages(self, **how: object) -> list[dict[str, Any]]:
        return [each for each in self.exported(**how) if each.get("type") == "message"]

    def writes(self, *lines: str) -> None:
        head, end = own.header("rooms", BEGIN), own.line(type="end")
        self.file.write_text("".join(f"{line}\n" for line in (head, *lines, end)))

    def writes_said(self, *texts: str, room: str = "#old", at: float = BEGIN) -> None:
        stored = [Stored(n, "", n, at + n, "Said", "zoe", text) for n, text in enumerate(texts, 1)]
        self.writes(*[own.message(each, room) for each in stored])

    def imports(self, **how: Any) -> list[str]:
        """What the command says."""
        items = import_(self.console, str(self.file), **({"owner": "ann"} | how))
        return [item.text for item in items if isinstance(item, Line)]
