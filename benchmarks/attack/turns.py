"""Runs twistd, and notes the turns of its reactor: how long each has kept the processor busy.

python -m benchmarks.attack.turns FILE, and the arguments of twistd.
"""

from __future__ import annotations

import json
import sys
import time
from array import array
from bisect import bisect
from collections.abc import Sequence
from math import inf
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

MOST = 200_000  # turns that are noted: those of ten seconds at least


class Turn(NamedTuple):
    """A turn of the reactor.

    began: by time.monotonic().
    worked: CPU seconds of the process before.
    took: CPU seconds of the reactor's thread.
    """

    began: float
    worked: float
    took: float


class Turns:
    """Stands before the poll object of a reactor, as each turn begins with a poll.

    It takes all its memory at once, as that of the process is measured, too.
    """

    def __init__(self, poller: Any) -> None:
        self._columns = [array("d", bytes(8 * MOST)) for _ in Turn._fields]
        self._number = 0  # of turns so far
        self._poller = poller
        self._begin()

    def _begin(self) -> None:
        self._began, self._worked = time.monotonic(), time.process_time()
        self._busy_before = time.thread_time()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)

    def poll(self, *how: Any) -> Any:
        """Poll: that is the end of one turn, and the beginning of the next."""
        took = time.thread_time() - self._busy_before
        place = self._number % MOST
        for column, fact in zip(self._columns, (self._began, self._worked, took), strict=True):
            column[place] = fact
        self._number += 1
        happened = self._poller.poll(*how)
        self._begin()
        return happened

    @property
    def noted(self) -> list[Turn]:
        """The last turns, oldest first."""
        first = max(0, self._number - MOST)
        places = [number % MOST for number in range(first, self._number)]
        return [Turn(*[column[place] for column in self._columns]) for place in places]


def noted(file: Path) -> list[Turn]:
    """The turns noted in a file; none if twistd did not end as it should."""
    return [Turn(*each) for each in json.loads(file.read_text())] if file.exists() else []


def longest(turns: Sequence[Turn], begin: float, end: float) -> float:
    """The CPU seconds of the longest turn that began in that time; without end if unknown."""
    if not _is_noted(turns, begin):
        return inf
    return max((turn.took for turn in turns if begin <= turn.began < end), default=0.0)


def work(turns: Sequence[Turn], begin: float, end: float) -> float:
    """The CPU seconds of the server between two times, about; without end if unknown."""
    return _worked(turns, end) - _worked(turns, begin) if _is_noted(turns, begin) else inf


def _is_noted(turns: Sequence[Turn], begin: float) -> bool:
    """Whether the turns from a time on are known."""
    return bool(turns) and (len(turns) < MOST or turns[0].began <= begin)


def _worked(turns: Sequence[Turn], at: float) -> float:
    number = bisect(turns, at, key=attrgetter("began"))
    if not number:
        return turns[0].worked
    turn = turns[number - 1]
    so_far = turn.worked + at - turn.began  # as if it had the processor all the time
    return so_far if number == len(turns) else min(so_far, turns[number].worked)


def note(file: Path) -> None:
    """Note the turns of the reactor, and write them down when it ends."""
    from twisted.internet import reactor

    any_reactor: Any = reactor
    turns = any_reactor._poller = Turns(any_reactor._poller)  # noqa: SLF001  # there is no other way
    any_reactor.addSystemEventTrigger(
        "after", "shutdown", lambda: file.write_text(json.dumps(turns.noted))
    )


def main() -> None:
    """Run twistd."""
    note(Path(sys.argv.pop(1)))
    from twisted.scripts import twistd

    twistd.run()


if __name__ == "__main__":
    main()
