"""Tests in which the doctor examines something."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chatsvc.doctor.finding import Finding, Findings, Level
from chatsvc.doctor.server import Server
from tests.processes import ProcessTestCase, free_port
from tests.stores.files import said

OK, WARNING, FAULT = Level.OK, Level.WARNING, Level.FAULT

# Makes one check in a process of its own, which the test has broken.
_ELSEWHERE = """
import json, sys
from importlib import import_module
from pathlib import Path
from chatsvc.doctor.server import Server

module, check, store = sys.argv[1:]
server = Server(store=Path(store) if store else None)
found = getattr(import_module(module), check)(server)
print(json.dumps([(each.level.value, each.what, each.mend) for each in found]))
"""


class DoctorTestCase(ProcessTestCase):
    """Each test has a folder, with a place for a store."""

    def setUp(self) -> None:
        super().setUp()
        self.store = self.folder / "chat.sqlite"

    def finds(
        self, check: Callable[[Server], Findings], server: Server, level: Level, words: str
    ) -> Finding:
        """See that a check finds something, and nothing worse."""
        return self.is_among(list(check(server)), level, words)

    def finds_elsewhere(
        self, before: list[Any], check: Callable[[Server], Findings], level: Level, words: str,
        store: Path | None = None, environment: Mapping[str, str] | None = None,
    ) -> Finding:  # fmt: skip
        """The same in a process of its own.

        before: the words of a command that starts it, such as faketime; it may be empty.
        """
        name = getattr(check, "__name__", "")
        where = (check.__module__, name, "" if store is None else store)
        program = self.starts(
            *before, sys.executable, "-c", _ELSEWHERE, *where, **environment or {}
        )
        status, out, err = self.ends(program)
        self.assertEqual(status, 0, err)
        found = [Finding(Level(level), what, mend) for level, what, mend in json.loads(out)]
        return self.is_among(found, level, words)

    def is_among(self, found: list[Finding], level: Level, words: str) -> Finding:
        levels = [Level.OK, Level.WARNING, Level.FAULT]
        worst = max((each.level for each in found), key=levels.index, default=None)
        self.assertEqual(worst, level, found)
        matching = [each for each in found if each.level is level and words in each.what]
        self.assertTrue(matching, f"{words!r} is not in {found}")
        self.assertEqual(bool(matching[0].mend), level is not OK)
        return matching[0]

    def keeps_something(self) -> None:
        """Make a store in which something was said."""
        from chatsvc.stores.sqlite.file import File

        file = File(str(self.store), "normal")
        file.open()
        file.append([said(number, f"{number} " + "x" * 1000) for number in range(1, 200)])
        file.close()

    def serves_somewhere(self, *options: Any) -> tuple[int, subprocess.Popen[str]]:
        """A server that uses the store, once it lets people in; its port and its process."""
        port = free_port()
        process = self.serves(f"--port={port}", "--store=sqlite:chat.sqlite", *options)
        self.calls(port).sees_some("Welcome")
        return port, process
