"""Runs twistd, and notes the turns of its reactor: how long each has kept the processor busy.

python -m benchmarks.attack.turns FILE, and the arguments of twistd.
"""

from __future__ import annotations

import json
import sys
import time
from bisect import bisect
from collections.abc import Sequence
from math import inf
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple


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

    noted: the turns.
    """

    def __init__(self, poller: Any) -> None:
        self.noted: list[Turn] = []
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
        self.noted.append(Turn(self._began, self._worked, took))
        happened = self._poller.poll(*how)
        self._begin()
        return happened


def noted(file: Path) -> list[Turn]:
    """The turns noted in a file; none if twistd did not end as it should."""
    return [Turn(*each) for each in json.loads(file.read_text())] if file.exists() else []


def longest(turns: Sequence[Turn], begin: float, end: float) -> float:
    """The CPU seconds of the longest turn that began in that time; without end if none is noted."""
    if not turns:
        return inf
    return max((turn.took for turn in turns if begin <= turn.began < end), default=0.0)


def work(turns: Sequence[Turn], begin: float, end: float) -> float:
    """The CPU seconds of the server between two times, about; without end if none is noted."""
    return _worked(turns, end) - _worked(turns, begin) if turns else inf


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
