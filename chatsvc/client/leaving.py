"""Leaving when a signal asks for it, and giving back what the shell shares with us."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any


def leave_on_signals(
    reactor: Any,
    leave: Callable[[], object],
    is_leaving: Callable[[], bool],
    give_back: Callable[[], object],
) -> None:
    """Leave on SIGINT, SIGTERM and SIGHUP.

    is_leaving: whether that has begun, or nothing has that could be left: then it ends at once.
    give_back: called before that, for what the shell shares with us.
    """

    def interrupted(number: int, frame: object) -> None:
        if is_leaving():
            give_back()
            os._exit(128 + number)
        reactor.callFromThread(leave)

    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        # Not before: the reactor installs its own handlers when it starts.
        reactor.callWhenRunning(signal.signal, number, interrupted)


def restore() -> None:
    """Make standard input and output blocking again: the shell shares the terminal with us."""
    for descriptor in 0, 1:
        os.set_blocking(descriptor, True)
