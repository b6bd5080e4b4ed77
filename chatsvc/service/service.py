"""The service that twistd runs, and its signals."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized

from chatsvc.bugs import spawn
from chatsvc.service.log.output import LogFile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from chatsvc.service.log.output import Log
    from chatsvc.service.log.syslog import Syslog
    from chatsvc.service.ports import Ports
    from chatsvc.service.systemd.reports import Reports

PID_FILE_MODE = 0o644  # whatever the umask: it is no secret

_log = Logger()


class Server(MultiService):
    """Listens and logs; reloads its files on SIGHUP, and reopens the log on SIGUSR1.

    In the foreground, it ends when its terminal closes.

    log: the log; None if twistd logs by itself.
    settings: rereads the settings; returns for each change, or mistake, whether it is one, in
        words.
    files: returns the calls that reload files, by name; one that raises OSError or ValueError has
        kept the old file.
    pid_file: twistd's pid file; empty for none.
    reports: to systemd; None if it does not want any.
    """

    def __init__(
        self,
        ports: Ports,
        log: Log | Syslog | None,
        settings: Callable[[], Awaitable[list[tuple[bool, str]]]],
        files: Callable[[], Mapping[str, Callable[[], object]]],
        pid_file: str,
        reports: Reports | None = None,
    ) -> None:
        super().__init__()
        self._log = log
        self._settings = settings
        self._files = files
        self._lock = DeferredLock()
        self._pid_file = pid_file
        self._terminal = next((each for each in (0, 1, 2) if os.isatty(each)), None)
        ports.setServiceParent(self)
        self._reports = reports
        if reports is not None:
            ports.opened.append(reports.ready)
            reports.setServiceParent(self)

    def setServiceParent(self, parent: Any) -> None:
        """Attach to twistd's application, and take over its log."""
        if self._log is not None and isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self._log)
        super().setServiceParent(parent)

    def privilegedStartService(self) -> None:
        """Handle signals, and listen."""
        from twisted.internet import reactor

        def handle(number: int, do: Callable[[], None]) -> None:
            # In a turn of the reactor, as a signal may come in the middle of anything.
            signal.signal(number, lambda *_: reactor.callFromThread(do))  # type: ignore[attr-defined]  # zope's stubs

        handle(signal.SIGHUP, self._hung_up)
        handle(signal.SIGUSR1, lambda: _report("SIGUSR1", self._reopen()))
        if self._pid_file:
            with suppress(OSError):
                # Anybody who could write to it would choose another process to be stopped.
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
        spawn(self._reload_for_signal())

    async def _reload_for_signal(self) -> None:
        with nullcontext() if self._reports is None else self._reports.reloading():
            _report("SIGHUP", await self.reload())

    async def reload(self) -> list[tuple[bool, str]]:
        """Reload the settings and all files.

        Returns for each whether that succeeded, and the result in words.
        """
        # One after another, so that the last one to begin wins.
        return await self._lock.run(lambda: Deferred.fromCoroutine(self._reload()))

    async def _reload(self) -> list[tuple[bool, str]]:
        found = self._reopen()  # what follows may be logged
        found += await self._settings()
        return found + [_reloaded(name, read) for name, read in self._files().items()]

    def _reopen(self) -> list[tuple[bool, str]]:
        return [_reloaded("log", self._log.reopen)] if isinstance(self._log, LogFile) else []


def _reloaded(name: str, read: Callable[[], object]) -> tuple[bool, str]:
    try:
        read()
    except (OSError, ValueError) as error:
        return False, f"the {name} was not reloaded, and stays as it was: {error}"
    return True, f"the {name} was reloaded."


def _report(cause: str, found: Iterable[tuple[bool, str]]) -> None:
    """Log what was reloaded."""
    for was_reloaded, text in found:
        (_log.info if was_reloaded else _log.error)("{cause}: {text}", cause=cause, text=text)
