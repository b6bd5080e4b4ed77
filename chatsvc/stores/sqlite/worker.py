"""A thread that does one thing after another."""

from __future__ import annotations

import threading
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Together = Callable[[Sequence[Callable[[], None]]], Sequence[Exception | None]]


AGAIN = 1.0  # seconds until something that failed is tried again
MOST_TOGETHER = 100  # things done together, so that none of them waits long for the others
T = TypeVar("T")


class _Job(NamedTuple):
    work: Callable[[], Any]
    done: Deferred[Any]
    is_joint: bool


class Thread:
    """Does one thing after another away from the reactor, which is handed the results.

    from_thread: makes a call in the reactor's thread.
    in_spare_time: called when nothing is waiting to be done; does a little of what can wait, and
        returns in how many seconds it should be called again: 0 when there is more of it, None when
        there will be nothing before something else has been done.
    together: does several things, in their order, and returns what each has raised, or None.
        Without it, nothing may be asked for by `does_jointly`.
    """

    _log = Logger()

    def __init__(
        self,
        name: str,
        from_thread: Callable[..., object],
        in_spare_time: Callable[[], float | None],
        together: Together | None = None,
    ) -> None:
        self._name = name
        self._from_thread = from_thread
        self._in_spare_time = in_spare_time
        self._together = together
        self._work: SimpleQueue[_Job | None] = SimpleQueue()
        self._next: list[_Job | None] = []  # taken out of the queue, and not begun; one at most

    def start(self) -> None:
        """Begin with what there is to do."""
        # If the process ends without `stop`, what is not done by then was promised to nobody.
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """End, when all that was asked for is done."""
        self._work.put(None)

    def does(self, work: Callable[..., T], *args: object) -> Deferred[T]:
        """Do this next, after all that was asked for before; what it returns or raises."""
        return self._ask(partial(work, *args), is_joint=False)

    def does_jointly(self, work: Callable[..., None], *args: object) -> Deferred[None]:
        """The same, but together with what stands next to it in the queue and may be, too."""
        return self._ask(partial(work, *args), is_joint=True)

    def _ask(self, work: Callable[[], Any], is_joint: bool) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self._work.put(_Job(work, done, is_joint))
        return done

    def _run(self) -> None:
        wait: float | None = 0
        while True:
            try:
                job = self._next.pop() if self._next else self._work.get(timeout=wait)
            except Empty:
                wait = self._spare_time()
                continue
            if job is None:
                return
            jobs = self._joined(job)
            if len(jobs) > 1:
                self._do_together(jobs)
            else:
                self._do(job)
            wait = 0

    def _joined(self, first: _Job) -> list[_Job]:
        """A thing to do, with those that wait behind it and can be done together with it."""
        jobs = [first]
        while first.is_joint and len(jobs) < MOST_TOGETHER:
            try:
                job = self._work.get_nowait()
            except Empty:
                break
            if job is None or not job.is_joint:
                self._next.append(job)
                break
            jobs.append(job)
        return jobs

    def _do(self, job: _Job) -> None:
        try:
            result = job.work()
        except Exception:
            self._from_thread(job.done.errback, Failure())
        else:
            self._from_thread(job.done.callback, result)

    def _do_together(self, jobs: list[_Job]) -> None:
        try:
            assert self._together is not None
            raised = self._together([job.work for job in jobs])
        except Exception as error:
            raised = [error] * len(jobs)
        for job, failed in zip(jobs, raised, strict=True):
            if failed is None:
                self._from_thread(job.done.callback, None)
            else:
                self._from_thread(job.done.errback, Failure(failed))

    def _spare_time(self) -> float | None:
        try:
            return self._in_spare_time()
        except Exception:
            self._log.failure("What {thread} does in its spare time failed.", thread=self._name)
            return AGAIN
