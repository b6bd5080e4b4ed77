"""What somebody has typed, kept from one run to the next."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.terminal.editor import HISTORY

if TYPE_CHECKING:
    from pathlib import Path


class History:
    """A file of texts, a JSON string each, which nobody else can read.

    Without it, which is no misfortune, the history ends with the run.

    path: of the file; None for none.
    texts: the newest last.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.texts: list[str] = []
        if path is not None:
            with suppress(OSError, ValueError):
                texts = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
                self.texts = [text for text in texts if isinstance(text, str)][-HISTORY:]
            if len(self.texts) == HISTORY:  # it grows by what is typed in one run, and no more
                self._write("w", self.texts)

    def add(self, text: str) -> None:
        """Keep a text."""
        self._write("a", [text])

    def _write(self, mode: str, texts: list[str]) -> None:
        if self._path is None:
            return
        lines = "".join([f"{json.dumps(text)}\n" for text in texts])
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(self._path, mode, encoding="utf-8", opener=_private) as file:
                file.write(lines)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
