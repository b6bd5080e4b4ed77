"""The recent lines of the log, for administrators who ask for the last ones, or follow them."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from zope.interface import implementer

from chatsvc.text.safe import clean

MOST = 1000  # lines kept
LONGEST = 2000  # characters of a line
_OURS = "chatsvc"  # begins the names of our parts; what Twisted logs is about itself


class Logged(NamedTuple):
    """A line of the log.

    at: seconds since the epoch.
    kind: of an event of the journal; empty for others.
    """

    at: float
    level: str
    part: str
    kind: str
    text: str


@implementer(ILogObserver)
class Recent:
    """Keeps the last lines of the log, without their tracebacks."""

    def __init__(self) -> None:
        self._lines: deque[Logged] = deque(maxlen=MOST)
        self.total = 0  # lines so far

    def start(self) -> None:
        """Keep what is logged from now on."""
        globalLogPublisher.addObserver(self)

    def stop(self) -> None:
        """Keep no more."""
        globalLogPublisher.removeObserver(self)

    def __call__(self, event: LogEvent) -> None:
        """Keep an event; called in whichever thread it was logged."""
        part = str(event.get("log_namespace", ""))
        if part.startswith(_OURS):
            level = event.get("log_level", LogLevel.info)
            text = clean(formatEvent(event).partition("\n")[0])[:LONGEST]
            kind = str(event.get("kind", ""))
            self._lines.append(Logged(event["log_time"], level.name, part, kind, text))
            self.total += 1

    def after(self, position: int) -> tuple[list[Logged], int]:
        """The lines after the first so many; and the number of those that are forgotten."""
        lines, total = list(self._lines), self.total
        first = total - len(lines)
        return lines[max(0, position - first) :], max(0, first - position)
