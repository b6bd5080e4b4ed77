"""Bugs: they are logged, and disturb nobody else."""

from __future__ import annotations

from collections import Counter
from traceback import format_tb
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from twisted.python.failure import Failure

MOST_KINDS = 20  # kinds of bugs logged within a minute

_log = Logger()
_number = 0  # of all since the start
_seen: Counter[str] = Counter()  # bugs since the last summary, by kind and line of code


def log_bug(error: BaseException | None) -> None:
    """Log where an error happened, but not its text, which may contain somebody's message.

    Repetitions within a minute are only counted.
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
    _seen[which] += 1
    if _seen[which] == 1 and which != "others":
        _log.error(
            "A mistake in the server: {kind}\n{traceback}",
            kind=kind,
            traceback="".join(format_tb(traceback)),
        )


def number() -> int:
    """The number of bugs since the start, repetitions included."""
    return _number


def sum_up() -> None:
    """Log how often each was repeated; called once a minute."""
    for which, count in _seen.items():
        again = count if which == "others" else count - 1
        if again:
            _log.error("{again} more mistakes in the server: {which}", again=again, which=which)
    _seen.clear()


def spawn(coroutine: Coroutine[object, object, None]) -> Deferred[None]:
    """Start a coroutine at once, and log what it raises."""

    def failed(failure: Failure) -> None:
        log_bug(failure.value)

    # Twisted's annotations want coroutines that yield Deferreds, which the chat's don't say.
    return Deferred.fromCoroutine(coroutine).addErrback(failed)  # type: ignore[arg-type]
