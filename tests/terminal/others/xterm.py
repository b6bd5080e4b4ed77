"""xterm.js without a window, in node: the terminal of VS Code and of many pages."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from tests.terminal.others.other import Other, Shown

_FOLDER = Path(__file__).parent
_PACKAGE = _FOLDER / "build/node_modules/@xterm/headless"
REASON = (
    ""
    if shutil.which("node") and _PACKAGE.is_dir()
    else "node or @xterm/headless is not installed (make terminals)"
)


@cache
def _node() -> subprocess.Popen[str]:
    """The process that has the terminal; it ends with this one, whose pipe it reads."""
    return subprocess.Popen(
        ["node", str(_FOLDER / "xterm.js"), str(_PACKAGE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


class Xterm(Other):
    """The one terminal of the process; a new one takes the place of the last."""

    def __init__(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self._found = self._ask(size=[columns, lines], is_new=True)

    def _ask(self, **what: Any) -> dict[str, Any]:
        node = _node()
        assert node.stdin
        assert node.stdout
        node.stdin.write(json.dumps(what) + "\n")
        node.stdin.flush()
        found: dict[str, Any] = json.loads(node.stdout.readline())
        return found

    def feed(self, data: bytes) -> None:
        self._found = self._ask(data=b64encode(data).decode())

    def resize(self, lines: int, columns: int) -> None:
        self.columns, self.lines = columns, lines
        self._found = self._ask(size=[columns, lines])

    def cells(self) -> list[list[Shown]]:
        return [[Shown(*cell) for cell in row] for row in self._found["rows"]]

    @property
    def cursor(self) -> tuple[int, int]:
        row, column = self._found["cursor"]
        return row, column
