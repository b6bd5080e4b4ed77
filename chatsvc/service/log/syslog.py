"""The log of a server that logs to syslog."""

from __future__ import annotations

import syslog
from typing import TYPE_CHECKING

from twisted.logger import ILogObserver, LogEvent, PredicateResult
from zope.interface import implementer

from chatsvc.service.log import formats
from chatsvc.settings import levels

if TYPE_CHECKING:
    from twisted.logger import ILogFilterPredicate


@implementer(ILogObserver)
class Syslog:
    """Writes the log to syslog, as a daemon's, each line with the priority of its level.

    prefix: the name of the program there.
    show: the format.
    levels: determines what is logged.
    """

    def __init__(self, prefix: str, show: formats.Format) -> None:
        self.levels: ILogFilterPredicate = levels.parsed(levels.DEFAULT)
        self._show = formats.for_journald(show)  # syslog has the time, and these priorities
        syslog.openlog(prefix, syslog.LOG_PID, syslog.LOG_DAEMON)

    def __call__(self, event: LogEvent) -> None:
        """Log an event, if its level is high enough."""
        if self.levels(event) is not PredicateResult.no:
            for line in self._show(event).splitlines():
                priority, _, text = line.removeprefix("<").partition(">")
                syslog.syslog(int(priority), text)
