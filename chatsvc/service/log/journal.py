"""The journal, written to the log: visits and moderation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from twisted.logger import Logger, LogLevel

from chatsvc import bugs
from chatsvc.text.numbers import counted
from chatsvc.text.safe import clean
from chatsvc.throttle import Throttle

if TYPE_CHECKING:
    from chatsvc.clock import Clock

LINES = 200  # of one kind, at once
LINES_A_SECOND = 2.0  # of one kind, in the long run: some 15 MB a day

_LIFE = "{seconds} s ({door}, lines: {lines})"  # of a connection
# Programs that ban addresses look for the words at the beginning of a line, and the address after
# them: see docs/operating.md. Names come later, and have neither blanks nor control characters.
_FORMATS = {
    "joined": "{name} joined{source}.",
    "resumed": "{name} came back{source}.",
    "quit": "{name} quit after " + _LIFE + ".",
    "lost": "{name} has lost its connection after " + _LIFE + ": {reason}",
    "ended": "The connection of {name} was closed after " + _LIFE + ": {reason}.",
    "stream ended": "A stream of {room} ended after {seconds} s: {reason}",
    "renamed": "{name} is now known as {new}.",
    "logged in": "{name} logged in{source}.",
    "registered": "{name} registered{source}.",
    "unregistered": "{name} unregistered{source}.",
    "password changed": "{name} changed the password{source}.",
    "slowed": "Flood{source}: the lines of {name} are taken more slowly.",
    "silenced": "Flood{source}: no lines of {name} are taken for {seconds:.0f} seconds.",
    "act": "{what}{source} {place}{until} (act {act}).",
    "undone": "{name} undid act {act}: {what}{source} {place}.",
    "locked": "{name} locked the server for {span}.",
    "unlocked": "{name} ended the lockdown.",
    "certificate added": "{name} added a certificate{source}.",
    "certificate removed": "{name} removed a certificate{source}.",
    "hook added": "{name} added the hook {hook}{source}.",
    "hook revoked": "{name} revoked the hook {hook}{source}.",
    "token added": "{name} added the token {token}{source}.",
    "token revoked": "{name} revoked the token {token}{source}.",
    "challenge": "Answered an ACME challenge{source}.",
    "administered": "{name} ran: {what}",
    "reloaded": "{name} reloaded the server's files: {what}",
}
_DETAILS = {
    "unseen": "A connection{source} that nobody has seen ended after " + _LIFE + ": {reason}",
}
_WARNINGS = {
    "wrong password": "Wrong password{source} for {name}.",
    "too many passwords": "Too many wrong passwords{source}.",
    "no TLS": "TLS failed{source}: {reason}.",
    "stalled": "Gave up the connection{source} of {name}, who does not read: {kilobytes} KiB wait.",
    "full": "Refused connection{source}: the server is full.",
    "crowded": "Refused connection{source}: too many from that address.",
    "rushed": "Refused connection{source}: too many of late from that address.",
    "not spoken": "Refused connection{source}: it speaks {reason}.",
    "no header": "Refused connection{source}: no PROXY header.",
    "no challenge": "Left an ACME challenge{source} unanswered: {reason}.",
    "banned": "Refused connection{source}: banned (act {act}).",
    "account banned": "Refused login{source}: {name} is banned (act {act}).",
}
_BY_KIND = {
    kind: (level, text)
    for level, texts in (
        (LogLevel.debug, _DETAILS),
        (LogLevel.info, _FORMATS),
        (LogLevel.warn, _WARNINGS),
    )
    for kind, text in texts.items()
}

# Programs that ban addresses look for this name, which must not change with the class.
_log = Logger("chatsvc.journal.LogJournal")


class LogJournal:
    """Writes a line for each event, with a bound for each kind.

    with_addresses: whether the lines have addresses.
    counts: the number of events of each kind, those left out included.
    """

    def __init__(self, clock: Clock, with_addresses: bool) -> None:
        self.counts: Counter[str] = Counter()
        self._clock = clock
        self._with_addresses = with_addresses
        self._throttle = Throttle(LINES, LINES_A_SECOND)
        self._rested: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()

    def write(self, kind: str, address: str | None = None, **facts: object) -> None:
        """Write an event; see the table of kinds for the facts."""
        self.counts[kind] += 1
        now = self._clock.seconds()
        rested = self._throttle.take(self._rested.get(kind, 0.0), now)
        if self._throttle.wait(rested, now) > 0:
            if kind not in _DETAILS:  # which are seldom logged at all
                self._left_out[kind] += 1
            return
        self._rested[kind] = rested
        shown = address if self._with_addresses else None
        cleaned = {
            name: clean(fact) if isinstance(fact, str) else fact for name, fact in facts.items()
        }
        source = "" if shown is None else f" from {shown}"
        level, text = _BY_KIND[kind]
        _log.emit(level, text, kind=kind, address=shown, source=source, **cleaned)

    def sum_up(self) -> None:
        """Write how many lines and bugs were left out."""
        left_out, self._left_out = self._left_out, Counter()
        for kind, count in left_out.items():
            lines = counted(count, "more line was", "more lines were")
            _log.warn("{lines} left out: {kind}.", lines=lines, count=count, kind=kind)
        bugs.sum_up()
