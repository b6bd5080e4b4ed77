"""A place at a server that outlives the client."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from chatsvc.client.connection.place import Place
from chatsvc.client.files.places import state_file

if TYPE_CHECKING:
    from pathlib import Path

    from chatsvc.client.settings.values import Settings

MOST_KEPT = 50  # files; the oldest are removed


class KeptPlace(Place):
    """A place whose token is in a file, readable only by its owner, for one client at a time.

    A client that finds the file in use has another place, which ends with the client.

    folder: of the files; None for no file.
    whose: the server's address and the name; each pair has a file of its own.
    """

    def __init__(self, folder: Path | None, *whose: str) -> None:
        super().__init__()
        self._file: int | None = None
        if folder is None:
            return
        path = folder / sha256(json.dumps(whose).encode()).hexdigest()
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(file)
                return
            self._file = file
            with suppress(ValueError, KeyError, TypeError):
                kept = json.loads(os.pread(file, 4096, 0))
                token, self.seen = str(kept["token"]), int(kept["seen"])
                self.token = token
            os.utime(path)
            files = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
            for old in files[MOST_KEPT:]:
                _remove(old)

    def keep(self) -> None:
        """Write the place to the file, for the next client."""
        self._write(json.dumps({"token": self.token, "seen": self.seen}))

    def end(self) -> None:
        """Remove the file: the place was given up, and the next client gets another."""
        self._write("")

    def close(self) -> None:
        """Leave the file to the next client."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, text: str) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.pwrite(self._file, text.encode(), 0)
                os.ftruncate(self._file, len(text.encode()))


def kept_place(settings: Settings) -> KeptPlace:
    """The place for the server and the name of the settings."""
    return KeptPlace(state_file("places"), settings.where, settings.login or settings.name)


def _remove(path: Path) -> None:
    """Remove the file of a place, unless a client has it."""
    with open(path) as file, suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
