"""The log file, which rotates and can be reopened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from twisted.logger import FileLogObserver, ILogObserver, LogEvent, textFileLogObserver
from twisted.python.logfile import LogFile
from zope.interface import implementer

if TYPE_CHECKING:
    from pathlib import Path

MODE = 0o640  # of a new file, as names and addresses are for administrators
MOST_ROTATED = 99  # rotated files of a megabyte each; the oldest is deleted


@implementer(ILogObserver)
class LogToFile:
    """Logs to a file, which rotates at one megabyte. Raises OSError.

    path: the file; an existing one keeps its mode and its owner.
    owner: the user and the group of a new file; -1 for those of this process.
    """

    def __init__(self, path: Path, owner: tuple[int, int] = (-1, -1)) -> None:
        self._path = path.absolute()
        self._owner = owner
        self._file, self._observe = self._opened()

    def __call__(self, event: LogEvent) -> None:
        """Log an event."""
        self._observe(event)

    def reopen(self) -> None:
        """Switch to the file that is at the path now. If it raises OSError, the old one stays."""
        old = self._file
        self._file, self._observe = self._opened()
        old.close()

    def rotate(self) -> None:
        """Rotate the file."""
        self._file.rotate()

    def _opened(self) -> tuple[LogFile, FileLogObserver]:
        is_new = not self._path.exists()
        file = LogFile.fromFullPath(
            str(self._path), defaultMode=MODE if is_new else None, maxRotatedFiles=MOST_ROTATED
        )
        if is_new and self._owner != (-1, -1) and os.geteuid() == 0:
            os.chown(self._path, *self._owner)
        return file, textFileLogObserver(file)
