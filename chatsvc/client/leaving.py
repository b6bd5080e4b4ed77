"""Leaving and stopping on signals, after giving the terminal back to the shell."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

# Signals that do not end a program, cannot be caught, or report a bug of the program.
_OTHERS = {
    signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT,
    signal.SIGCHLD, signal.SIGWINCH, signal.SIGURG,
    signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
}  # fmt: skip


def _ending() -> list[int]:
    """The signals that end a program by default, except those ignored here."""
    return [
        number
        for number in signal.valid_signals() - _OTHERS
        if signal.getsignal(number) is not signal.SIG_IGN  # such as SIGHUP under nohup
    ]


def exit_on_signals() -> None:
    """Turn signals into SystemExit, so that the terminal is given back."""

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
    is_leaving: returns whether leaving has begun, or there is nothing to leave: then the program
        ends at once.
    give_back: gives the terminal back to the shell before that.
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

    give_back: gives the terminal back to the shell before that.
    take: called on SIGCONT, which may also follow a SIGSTOP.
    """
    if signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN:
        return
    signal.signal(signal.SIGTSTP, lambda *_: reactor.callFromThread(stop, give_back, take))
    signal.signal(signal.SIGCONT, lambda *_: reactor.callFromThread(take))


def stop(give_back: Callable[[], object], take: Callable[[], object]) -> None:
    """Stop the whole job: if a script runs the client, the shell waits for the script.

    Without a shell that could continue the job, nothing is stopped.
    """
    give_back()
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.kill(0, signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTSTP)  # to this thread, so that it does not run on
    signal.signal(signal.SIGTSTP, before)
    take()


def restore() -> None:
    """Make standard input and output blocking again: the shell shares the terminal."""
    for descriptor in 0, 1:
        os.set_blocking(descriptor, True)


def take() -> None:
    """Make them non-blocking, as the reactor needs them."""
    for descriptor in 0, 1:
        os.set_blocking(descriptor, False)
