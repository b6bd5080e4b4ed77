"""The pace at which a store is read beside a server, so that people do not feel it."""

from __future__ import annotations

import sqlite3
from time import sleep

STEPS = 10_000  # of SQLite's virtual machine: half a millisecond of work
PAUSE = 0.001  # seconds after these steps


def go_gently(db: sqlite3.Connection) -> None:
    """Pause often in all work of a connection.

    Low priority would not be enough. On a busy machine, a process may keep the processor for some
    milliseconds, and a server waits for it several times for each message: with quick_check of a
    million messages beside it, its p99 was three times as long; with these pauses, as without it.
    """
    db.set_progress_handler(_pause, STEPS)


def _pause() -> int:
    sleep(PAUSE)
    return 0  # go on
