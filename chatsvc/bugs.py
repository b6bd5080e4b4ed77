"""Bugs: they are logged, and disturb nobody else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from traceback import format_tb
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from twisted.python.failure import Failure

MOST_KINDS = 20  # kinds of bugs logged within a minute
_LETTERS = "bcdfghjkmnpqrstvwxz"  # they make no words
_LENGTH = 8  # of a report

_log = Logger()


@dataclass
class _Seen:
    """A kind of bug: its report, and how often it has happened since the last summary."""

    report: str
    count: int = 0


_number = 0  # of bugs since the start
_seen: dict[str, _Seen] = {}  # by kind and line of code


def log_bug(error: BaseException | None) -> str:
    """Log where an error happened, but not its text, which may contain somebody's message.

    Repetitions within a minute are only counted.

    Returns the report: a random word for the person who met the bug, under which the log has it.
    """
    global _number
    _number += 1
    kind = type(error).__name__
    traceback = error.__traceback__ if error else None
    last = traceback
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    which = f"{kind} at {last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else kind
    if which not in _seen and len(_seen) >= MOST_KINDS:
        which = "others"
    report = "".join([secrets.choice(_LETTERS) for _ in range(_LENGTH)])
    seen = _seen.setdefault(which, _Seen(report))
    seen.count += 1
    if seen.count == 1 and which != "others":
        _log.error(
            "A mistake in the server: {kind} ({report})\n{traceback}",
            kind=kind,
            report=report,
            traceback="".join(format_tb(traceback)),
        )
    return seen.report


def number() -> int:
    """The number of bugs since the start, repetitions included."""
    return _number


def sum_up() -> None:
    """Log how often each was repeated; called once a minute."""
    for which, seen in _seen.items():
        again = seen.count if which == "others" else seen.count - 1
        if again:
            _log.error(
                "{again} more {mistakes} in the server: {which} ({report})",
                again=again,
                mistakes="mistake" if again == 1 else "mistakes",
                which=which,
                report=seen.report,
            )
    _seen.clear()


class _Spawn:
    """Starts coroutines, and logs what they raise."""

    def __call__(self, coroutine: Coroutine[object, object, None], /) -> Deferred[None]:
        """Start a coroutine at once, and log what it raises."""
        return Deferred.fromCoroutine(coroutine).addErrback(self._failed)  # type: ignore[arg-type]  # the chat's yield any object

    def report(self, error: BaseException, /) -> str:
        """Log a bug; returns its report."""
        return log_bug(error)

    def _failed(self, failure: Failure) -> None:
        log_bug(failure.value)


spawn = _Spawn()
