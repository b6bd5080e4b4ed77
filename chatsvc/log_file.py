"""The file that is logged to, which can be opened anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from twisted.logger import FileLogObserver, ILogObserver, LogEvent, textFileLogObserver
from twisted.python.logfile import LogFile
from zope.interface import implementer

if TYPE_CHECKING:
    from pathlib import Path

MODE = 0o640  # of a file that is made: names and addresses are for administrators
MOST_ROTATED = 99  # files of a megabyte each that are kept beside it; the oldest is deleted


@implementer(ILogObserver)
class LogToFile:
    """Logs to a file, which is moved aside when it has a megabyte. Raises OSError.

    path: the file; one that is there keeps its mode and its owner.
    owner: the user and the group that are given a file that is made; -1 for whoever makes it.
    """

    def __init__(self, path: Path, owner: tuple[int, int] = (-1, -1)) -> None:
        self._path = path.absolute()
        self._owner = owner
        self._file, self._observe = self._opened()

    def __call__(self, event: LogEvent) -> None:
        """Log something."""
        self._observe(event)

    def reopen(self) -> None:
        """Go on in the file that has the path now. Raises OSError, and goes on in the old one."""
        old = self._file
        self._file, self._observe = self._opened()
        old.close()

    def rotate(self) -> None:
        """Move the file aside, and begin another."""
        self._file.rotate()

    def _opened(self) -> tuple[LogFile, FileLogObserver]:
        is_new = not self._path.exists()
        file = LogFile.fromFullPath(
            str(self._path), defaultMode=MODE if is_new else None, maxRotatedFiles=MOST_ROTATED
        )
        if is_new and self._owner != (-1, -1) and os.geteuid() == 0:
            os.chown(self._path, *self._owner)
        return file, textFileLogObserver(file)
