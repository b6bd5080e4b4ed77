"""A thread that does one thing after another."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable


AGAIN = 1.0  # seconds until something that failed is tried again
T = TypeVar("T")


class Thread:
    """Does one thing after another away from the reactor, which is handed the results.

    from_thread: makes a call in the reactor's thread.
    in_spare_time: called when nothing is waiting to be done; does a little of what can wait, and
        returns in how many seconds it should be called again: 0 when there is more of it, None when
        there will be nothing before something else has been done.
    """

    _log = Logger()

    def __init__(
        self,
        name: str,
        from_thread: Callable[..., object],
        in_spare_time: Callable[[], float | None],
    ) -> None:
        self._name = name
        self._from_thread = from_thread
        self._in_spare_time = in_spare_time
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def start(self) -> None:
        """Begin with what there is to do."""
        # If the process ends without `stop`, what is not done by then was promised to nobody.
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """End, when all that was asked for is done."""
        self._work.put(None)

    def does(self, work: Callable[..., T], *args: object) -> Deferred[T]:
        """Do this next, after all that was asked for before; what it returns or raises."""
        done: Deferred[T] = Deferred()

        def do() -> None:
            try:
                result = work(*args)
            except Exception:
                self._from_thread(done.errback, Failure())
            else:
                self._from_thread(done.callback, result)

        self._work.put(do)
        return done

    def _run(self) -> None:
        wait: float | None = 0
        while True:
            try:
                work = self._work.get(timeout=wait)
            except Empty:
                wait = self._spare_time()
                continue
            if work is None:
                return
            work()
            wait = 0

    def _spare_time(self) -> float | None:
        try:
            return self._in_spare_time()
        except Exception:
            self._log.failure("What {thread} does in its spare time failed.", thread=self._name)
            return AGAIN
