"""The output of the log: standard output, or a file that can be reopened."""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from twisted.logger import ILogObserver, LogEvent, LogLevel, PredicateResult
from zope.interface import implementer

from chatsvc.service.log import formats
from chatsvc.settings import levels
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twisted.logger import ILogFilterPredicate

STDOUT = 1
MODE = 0o640  # of a new file, as names and addresses are for administrators
LARGEST = 100 * 2**20  # bytes of a file; logrotate comes long before
_OPEN = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


@implementer(ILogObserver)
class Log:
    """Writes the log to a file descriptor.

    Lines that cannot be written, as on a full disk, are left out and counted; a line says so once
    there is space again.

    show: the format.
    levels: determines what is logged.
    """

    def __init__(self, descriptor: int, show: formats.Format) -> None:
        self.levels: ILogFilterPredicate = levels.parsed(levels.DEFAULT)
        self._descriptor = descriptor
        self._show = show
        self._left_out = 0  # events since something could be written
        self._why = ""
        self._is_line_open = False  # only a part of the last line could be written

    def __call__(self, event: LogEvent) -> None:
        """Log an event, if its level is high enough."""
        if self.levels(event) is not PredicateResult.no:
            text = self._show(event)
            if text:
                self._write(text)

    def _write(self, text: str) -> None:
        if self._left_out:
            text = self._apology() + text
        data = text.encode("utf-8", "replace")
        if self._is_line_open:
            data = b"\n" + data
        done = 0
        try:
            while done < len(data):
                done += os.write(self._descriptor, data[done:])
        except OSError as error:
            self._left_out += 1
            self._why = error.strerror or str(error)
            if done:
                self._is_line_open = data[done - 1 : done] != b"\n"
        else:
            self._left_out = 0
            self._is_line_open = False
        self._has_written(done)

    def _has_written(self, size: int) -> None:
        """Note that some bytes were written."""

    def _apology(self) -> str:
        return self._show(
            {
                "log_level": LogLevel.warn,
                "log_namespace": __name__,
                "log_time": time.time(),
                "log_format": "{lines} could not be written here: {why}.",
                "lines": counted(self._left_out, "more line"),
                "count": self._left_out,
                "why": self._why,
            }
        )


class LogFile(Log):
    """Writes the log to a file. Raises OSError.

    A file that nobody rotates is moved to the same name with `.1`, in place of the previous one,
    when it is too large.

    path: the file; an existing one keeps its mode and its owner.
    owner: the user and the group of a new file; -1 for those of this process.
    """

    def __init__(
        self, path: Path, show: formats.Format = formats.as_text, owner: tuple[int, int] = (-1, -1)
    ) -> None:
        self._path = path.absolute()
        self._owner = owner
        super().__init__(self._opened(), show)
        self._measure()

    def reopen(self) -> None:
        """Switch to the file that is at the path now. If it raises OSError, the old one stays."""
        new = self._opened()
        # The number stays the same, as other threads may be about to write.
        os.dup2(new, self._descriptor, inheritable=False)
        os.close(new)
        self._measure()
        self._is_line_open = False

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _measure(self) -> None:
        status = os.fstat(self._descriptor)
        self._is_file = stat.S_ISREG(status.st_mode)  # and no pipe, such as /dev/stdout
        self._size = status.st_size

    def _has_written(self, size: int) -> None:
        self._size += size
        if self._size > LARGEST and self._is_file:
            with suppress(OSError):  # in a folder of somebody else's
                os.replace(self._path, f"{self._path}.1")
                self.reopen()
            self._size = 0

    def _opened(self) -> int:
        try:
            # This follows no symbolic link: its target would become the server's.
            descriptor = os.open(self._path, _OPEN | os.O_EXCL, MODE)
        except FileExistsError:
            return self._opened_as_it_is()
        os.fchmod(descriptor, MODE)  # whatever the umask
        if self._owner != (-1, -1) and os.geteuid() == 0:
            os.fchown(descriptor, *self._owner)
        return descriptor

    def _opened_as_it_is(self) -> int:
        try:
            return os.open(self._path, _OPEN | os.O_NOFOLLOW, MODE)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        if os.geteuid() == 0 and os.lstat(self._path).st_uid != 0:
            raise PermissionError(errno.EPERM, "it is a symbolic link of another user than root")
        return os.open(self._path, _OPEN, MODE)  # such as /dev/stdout


def is_journald(descriptor: int, environment: Mapping[str, str]) -> bool:
    """Whether a file descriptor leads to journald, as systemd.exec(5) has it."""
    status = os.fstat(descriptor)
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
