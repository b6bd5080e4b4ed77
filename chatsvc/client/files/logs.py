"""Logs of messages on this machine: one file per room or person, and day."""

from __future__ import annotations

import errno
import os
import re
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatsvc.client import wording
from chatsvc.client.own_name import OwnName
from chatsvc.events.forms import event_of
from chatsvc.terminal.styles import neutral
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.client.settings.values import Settings

LONGEST_NAME = 200  # bytes of a folder's name; file systems take 255
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class Logs:
    """Appends messages and events of rooms, and direct messages, to files.

    It writes each line at once, and keeps no file open. Lines that a file does not take are left
    out, and the user is told.

    folder: of the logs; None for none.
    server: the name of its folder in that.
    tell: called when they cannot be written, and when they can again.
    """

    def __init__(self, folder: Path | None, server: str, tell: Callable[[str], object]) -> None:
        self._folder = None if folder is None else folder / file_name(server)
        self._tell = tell
        self._own = OwnName()
        self._missing = 0  # lines that were left out since the last that was written

    def hear(self, received: dict[str, Any]) -> None:
        """Log an event, unless it is an old one, or belongs to no room or conversation."""
        if self._folder is None:
            return
        event = event_of(received)
        self._own.hear(event)
        if not wording.is_new(received):
            return
        where = self._own.where(event)
        if not where or received.get("event") in ("listed", "done"):
            return
        at = wording.moment(received) or datetime.now().astimezone()
        path = self._folder / file_name(folded(where)) / f"{at:%Y-%m-%d}.log"
        lines = [neutral(line) for line in wording.text(received).split("\n")]
        self._write(path, "".join([f"{at:%H:%M:%S} {line}\n" for line in lines]).encode())

    def _write(self, path: Path, data: bytes) -> None:
        try:
            _append(path, data)
        except OSError as error:
            if not self._missing:
                self._tell(f"The log cannot be written: {path}: {error.strerror}")
            self._missing += 1
            return
        if self._missing:
            self._tell(f"The log is written again, without {self._missing} of its messages.")
            self._missing = 0


def _append(path: Path, data: bytes) -> None:
    """Append to a file; it and its folders are made if need be. Raises OSError."""
    try:
        file = os.open(path, _FLAGS, 0o600)
    except FileNotFoundError:
        for folder in reversed(path.parents):
            if not folder.exists():
                folder.mkdir(mode=0o700)
        file = os.open(path, _FLAGS, 0o600)
    try:
        if os.write(file, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(file)


def logs_of(settings: Settings, tell: Callable[[str], object]) -> Logs:
    """The logs of the settings. See `Logs`."""
    folder = Path(settings.logs).expanduser() if settings.logs else None
    return Logs(folder, settings.title, tell)


def file_name(text: str) -> str:
    """A text as the name of a file: letters, digits and few signs, others as %20; never hidden."""

    def coded(found: re.Match[str]) -> str:
        return "".join([f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")])

    name = re.sub(r"^\.|[^\w#@.:+-]", coded, text) or "%"
    if len(name.encode()) <= LONGEST_NAME:
        return name
    digest = sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return name.encode()[: LONGEST_NAME - 17].decode(errors="ignore") + f"%{digest}"
