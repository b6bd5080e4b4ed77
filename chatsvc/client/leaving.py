"""Signals: leaving and stopping, and giving back what the shell shares with us before that."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

# What does not end a program, or cannot be caught, or is a mistake of the program itself.
_OTHERS = {
    signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT,
    signal.SIGCHLD, signal.SIGWINCH, signal.SIGURG,
    signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
}  # fmt: skip


def _ending() -> list[int]:
    """The signals that end a program which does nothing about them, but for those ignored here."""
    return [
        number
        for number in signal.valid_signals() - _OTHERS
        if signal.getsignal(number) is not signal.SIG_IGN  # such as SIGHUP under nohup
    ]


def exit_on_signals() -> None:
    """Have a signal end the program as an exit does, which gives back what is taken."""

    def interrupted(number: int, frame: object) -> None:
        sys.exit(128 + number)

    for number in _ending():
        if number != signal.SIGINT:  # that is KeyboardInterrupt
            signal.signal(number, interrupted)


def leave_on_signals(
    reactor: Any,
    leave: Callable[[int], object],
    is_leaving: Callable[[], bool],
    give_back: Callable[[], object],
) -> None:
    """Leave on the signals that end a program.

    leave: called with the exit status.
    is_leaving: whether that has begun, or nothing has that could be left: then it ends at once.
    give_back: called before that, for what the shell shares with us.
    """

    def interrupted(number: int, frame: object) -> None:
        if is_leaving():
            give_back()
            os._exit(128 + number)
        reactor.callFromThread(leave, 128 + number)

    for number in _ending():
        # Not before: the reactor installs its own handlers when it starts.
        reactor.callWhenRunning(signal.signal, number, interrupted)


def stop_on_signal(
    reactor: Any, give_back: Callable[[], object], take: Callable[[], object]
) -> None:
    """Stop on SIGTSTP.

    give_back: called before that, for what the shell shares with us.
    take: called when this goes on, as it may after a SIGSTOP, too.
    """
    if signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN:
        return
    signal.signal(signal.SIGTSTP, lambda *_: reactor.callFromThread(stop, give_back, take))
    signal.signal(signal.SIGCONT, lambda *_: reactor.callFromThread(take))


def stop(give_back: Callable[[], object], take: Callable[[], object]) -> None:
    """Stop, with all of our job: the shell is told of a script that runs us, not of us.

    Where there is no shell that could let it go on, nothing is stopped.
    """
    give_back()
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.kill(0, signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTSTP)  # to this thread, which does not run on meanwhile
    signal.signal(signal.SIGTSTP, before)
    take()


def restore() -> None:
    """Make standard input and output blocking again: the shell shares the terminal with us."""
    for descriptor in 0, 1:
        os.set_blocking(descriptor, True)


def take() -> None:
    """Have them as the reactor wants them."""
    for descriptor in 0, 1:
        os.set_blocking(descriptor, False)
