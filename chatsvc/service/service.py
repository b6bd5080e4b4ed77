"""The service that twistd runs, and its signals."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.application.service import MultiService
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized

from chatsvc.service.log.output import LogFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chatsvc.service.log.output import Log
    from chatsvc.service.ports import Ports

PID_FILE_MODE = 0o644  # whatever the umask: it is no secret

_log = Logger()


class Server(MultiService):
    """Listens and logs; reloads its files on SIGHUP, and reopens the log on SIGUSR1.

    In the foreground, it ends when its terminal closes.

    log: the log; None if twistd logs by itself.
    files: the calls that reload files, by name; one that raises OSError or ValueError has kept the
        old file.
    pid_file: twistd's pid file; empty for none.
    """

    def __init__(
        self,
        ports: Ports,
        log: Log | None,
        files: Mapping[str, Callable[[], object]],
        pid_file: str,
    ) -> None:
        super().__init__()
        self._log = log
        self._files = {"log": log.reopen, **files} if isinstance(log, LogFile) else files
        self._pid_file = pid_file
        self._terminal = next((each for each in (0, 1, 2) if os.isatty(each)), None)
        ports.setServiceParent(self)

    def setServiceParent(self, parent: Any) -> None:
        """Attach to twistd's application, and take over its log."""
        if self._log is not None and isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self._log)
        super().setServiceParent(parent)

    def privilegedStartService(self) -> None:
        """Handle signals, and listen."""
        from twisted.internet import reactor

        def handle(number: int, do: Callable[[], None]) -> None:
            # In a turn of the reactor, as a signal may come in the middle of anything. Twisted's
            # annotations omit the methods that only reactors with threads have.
            signal.signal(number, lambda *_: reactor.callFromThread(do))  # type: ignore[attr-defined]

        handle(signal.SIGHUP, self._hung_up)
        handle(signal.SIGUSR1, lambda: self._report("SIGUSR1", self._files.keys() & {"log"}))
        if self._pid_file:
            with suppress(OSError):
                # Anybody who may write to it chooses which process is stopped instead of this one.
                os.chmod(self._pid_file, PID_FILE_MODE)
        try:
            super().privilegedStartService()
        except SystemExit:
            if self._pid_file:  # twistd would leave it behind
                with suppress(OSError):
                    os.unlink(self._pid_file)
            raise

    def _hung_up(self) -> None:
        if self._terminal is not None and not os.isatty(self._terminal):
            from twisted.internet import reactor

            reactor.stop()
            return
        self._report("SIGHUP", self._files)

    def reload(self) -> list[tuple[bool, str]]:
        """Reload all files; returns for each whether that succeeded, and the result in words."""
        return [self._reloaded(name) for name in self._files]

    def _report(self, cause: str, names: Iterable[str]) -> None:
        """Reload some files, and log how that went."""
        for name in names:
            was_reloaded, text = self._reloaded(name)
            (_log.info if was_reloaded else _log.error)("{cause}: {text}", cause=cause, text=text)

    def _reloaded(self, name: str) -> tuple[bool, str]:
        try:
            self._files[name]()
        except (OSError, ValueError) as error:
            return False, f"the {name} was not reloaded, and stays as it was: {error}"
        return True, f"the {name} was reloaded."
