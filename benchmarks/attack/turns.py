"""Runs twistd, and notes the turns of its reactor: how long each has kept the processor busy.

python -m benchmarks.attack.turns FILE, and the arguments of twistd.
"""

from __future__ import annotations

import json
import sys
import time
from math import inf
from pathlib import Path
from typing import Any

LONG = 0.001  # seconds; shorter turns are not noted


class Turns:
    """Stands before the poll object of a reactor, as each turn begins with a poll.

    noted: when each long turn began, by time.monotonic(), and the CPU seconds that it took.
    """

    def __init__(self, poller: Any) -> None:
        self.noted: list[tuple[float, float]] = []
        self._poller = poller
        self._began = 0.0
        self._busy_before = time.thread_time()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)

    def poll(self, *how: Any) -> Any:
        """Poll: that is the end of one turn, and the beginning of the next."""
        took = time.thread_time() - self._busy_before
        if took > LONG:
            self.noted.append((self._began, took))
        happened = self._poller.poll(*how)
        self._began = time.monotonic()
        self._busy_before = time.thread_time()
        return happened


def longest(file: Path, begin: float, end: float) -> float:
    """The CPU seconds of the longest turn that began in that time, of those noted in a file.

    Without end if there is no file, as twistd did not end as it should.
    """
    if not file.exists():
        return inf
    noted = json.loads(file.read_text())
    return max((took for began, took in noted if begin <= began < end), default=0.0)


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
