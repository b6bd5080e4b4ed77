"""The history of typed lines, kept in a file."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.client.own_commands import OWN, called, is_command
from chatsvc.command.typed import meant, secrets
from chatsvc.errors import Unsaid
from chatsvc.terminal.editing.recall import HISTORY

if TYPE_CHECKING:
    from pathlib import Path


class History:
    """A file of texts, one JSON string a line, which nobody else can read.

    Without a file, the history ends with the run. Texts that may contain a secret are not kept, and
    are removed if an earlier version has kept them.

    path: the file; None for none.
    texts: newest last.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.texts: list[str] = []
        if path is not None:
            lines = _lines(path)
            texts = [text for text in map(_text, lines) if text is not None and _may_be_kept(text)]
            self.texts = texts[-HISTORY:]
            # As it is rewritten at the start, the file grows only by one run.
            if len(self.texts) == HISTORY or len(self.texts) < len(lines):
                self._write("w", self.texts)

    def add(self, text: str) -> None:
        """Keep a text, unless it may contain a secret."""
        if _may_be_kept(text):
            self._write("a", [text])

    def _write(self, mode: str, texts: list[str]) -> None:
        if self._path is None:
            return
        lines = "".join([f"{json.dumps(text)}\n" for text in texts])
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(self._path, mode, encoding="utf-8", opener=_private) as file:
                file.write(lines)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _text(line: str) -> str | None:
    """The text of a line; None if there is none."""
    try:
        text = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return text if isinstance(text, str) else None


def hidden(line: str) -> list[tuple[int, int]]:
    """The ranges of passwords and keys in a typed line; the client's own commands have none."""
    return [] if called(line) in OWN else secrets(line)


def _may_be_kept(text: str) -> bool:
    """Whether a text is known to contain no secret; an unknown command may contain one."""
    try:
        name, _ = meant(text)
    except Unsaid:
        return False
    is_known = not name or is_command(name[1:].casefold())
    return is_known and not any(map(hidden, (text, *text.split("\n"))))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
