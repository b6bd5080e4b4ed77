"""Mistakes of ours: they end up in the log, and cost nobody else anything."""

from __future__ import annotations

from traceback import format_tb
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from twisted.python.failure import Failure

_log = Logger()


def log_mistake(error: BaseException | None) -> None:
    """Log where it happened. Not the error itself: its text may hold what somebody said."""
    _log.error(
        "A mistake in the server: {kind}\n{trace}",
        kind=type(error).__name__,
        trace="".join(format_tb(error.__traceback__ if error else None)),
    )


def spawn(coroutine: Coroutine[object, object, None]) -> Deferred[None]:
    """Run a coroutine, at once as far as it does not wait; log what it raises."""

    def failed(failure: Failure) -> None:
        log_mistake(failure.value)

    # Twisted's annotations want coroutines that yield Deferreds, which the chat's don't say.
    return Deferred.fromCoroutine(coroutine).addErrback(failed)  # type: ignore[arg-type]
