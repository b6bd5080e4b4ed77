"""A worker: a thread with a queue."""

from __future__ import annotations

import threading
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Together = Callable[[Sequence[Callable[[], None]]], Sequence[Exception | None]]


AGAIN = 1.0  # seconds until a retry
MOST_TOGETHER = 100  # calls in one batch, so that none waits long
# Seconds for which others wait for what is urgent, where something was lately, so that both are
# done together: a batch of their own would hold it up for as long as the disk takes.
GATHER = 0.004
LATELY = 0.1
GIVE_WAY = 0.001  # seconds that the reactor waits for what is urgent, at most
T = TypeVar("T")


def at_once(call: Callable[[], object]) -> None:
    """Make a call."""
    call()


class _Job(NamedTuple):
    work: Callable[[], Any]
    done: Deferred[Any]
    is_joint: bool
    over: threading.Lock | None = None  # of what is urgent: held until it is done

    @property
    def is_urgent(self) -> bool:
        return self.over is not None


class Thread:
    """Makes calls in a thread, one after another, and passes the results to the reactor.

    from_thread: makes a call in the reactor's thread.
    queue: makes a call there, in a turn that has time for what is done with a result.
    in_spare_time: called when the queue is empty; does a small step of what can wait, and returns
        the seconds until it is called again: 0 if there is more to do, None for after the next
        call.
    together: makes several calls in order, and returns what each raised, or None; for
        `does_jointly`.
    is_patient: whether each call waits until the reactor has taken the last result, so that no turn
        of the reactor takes many.
    urgent: held while what is urgent is done, for which the calls of patient threads wait. Three
        threads do not share the interpreter's lock fairly: who has waited for the disk would wait
        for tens of milliseconds while two others hand it to each other.
    """

    _log = Logger()

    def __init__(
        self,
        name: str,
        from_thread: Callable[..., object],
        in_spare_time: Callable[[], float | None],
        together: Together | None = None,
        is_patient: bool = False,
        urgent: threading.Lock | None = None,
        queue: Callable[[Callable[[], object]], object] = at_once,
    ) -> None:
        self._name = name
        self._from_thread = from_thread
        self._queue = queue
        self._in_spare_time = in_spare_time
        self._together = together
        self._taken = threading.Event() if is_patient else None
        self._urgent = urgent or threading.Lock()
        self._work: SimpleQueue[_Job | None] = SimpleQueue()
        self._next: list[_Job | None] = []  # taken from the queue, but not begun; one at most
        self._over = threading.Lock()  # of the last urgent call
        self._urgent_results: SimpleQueue[tuple[_Job, Any]] = SimpleQueue()
        self._urgent_at = -inf  # when something urgent was taken from the queue

    def start(self) -> None:
        """Start the thread."""
        # A daemon: if the process ends without `stop`, nobody waits for unfinished work.
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """Stop once the queue is done."""
        self._work.put(None)

    def waiting(self) -> int:
        """The number of calls that have not begun."""
        return self._work.qsize()

    def does(self, work: Callable[..., T], *args: object) -> Deferred[T]:
        """Queue a call; fires with what it returns or raises."""
        return self._ask(partial(work, *args), is_joint=False)

    def does_jointly(self, work: Callable[..., None], *args: object) -> Deferred[None]:
        """The same, in one batch with neighbours in the queue of the same kind."""
        return self._ask(partial(work, *args), is_joint=True)

    def does_urgently(self, work: Callable[..., None], *args: object) -> Deferred[None]:
        """The same; the result is passed on before all others that wait."""
        self._over = over = threading.Lock()
        over.acquire()
        return self._ask(partial(work, *args), is_joint=True, over=over)

    def give_way(self) -> None:
        """Wait until the last urgent call is done, GIVE_WAY at most, and pass its result on.

        Where they share one processor, a busy reactor leaves it to the thread only at a tick of the
        kernel's, which come every 4 ms, and perhaps not at the first; and so each time that the
        thread has given the interpreter's lock away.
        """
        if self._over.acquire(timeout=GIVE_WAY):
            self._over.release()
            self._pass_urgent()

    def _ask(
        self, work: Callable[[], Any], is_joint: bool, over: threading.Lock | None = None
    ) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self._work.put(_Job(work, done, is_joint, over))
        return done

    def _run(self) -> None:
        while (job := self._next.pop() if self._next else self._awaited()) is not None:
            jobs = self._joined(job)
            urgent = [each.over for each in jobs if each.over is not None]
            if urgent:
                with self._urgent:
                    self._do_all(jobs)
                for over in urgent:
                    over.release()
            else:
                if self._taken is not None:
                    with self._urgent:
                        pass
                self._do_all(jobs)

    def _awaited(self) -> _Job | None:
        """Wait for a job, in spare time."""
        while self._work.empty():
            wait = self._spare_time()
            if wait != 0:
                try:
                    return self._work.get(timeout=wait)
                except Empty:
                    continue
        return self._work.get()

    def _joined(self, first: _Job) -> list[_Job]:
        """A job, with those after it that can join its batch, and perhaps one that is to come."""
        jobs = [first]
        until = now = monotonic()
        if now < self._urgent_at + LATELY:
            until += GATHER
        while first.is_joint and len(jobs) < MOST_TOGETHER:
            if jobs[-1].is_urgent:
                self._urgent_at = until = now
            wait = until - monotonic()
            if wait <= 0 and self._work.empty():
                break
            try:
                job = self._work.get(timeout=max(0.0, wait))
            except Empty:
                break
            if job is None or not job.is_joint:
                self._next.append(job)
                break
            jobs.append(job)
        return jobs

    def _do_all(self, jobs: list[_Job]) -> None:
        """Do what is one batch."""
        if len(jobs) > 1:
            self._do_together(jobs)
        else:
            self._do(jobs[0])

    def _do(self, job: _Job) -> None:
        try:
            result = job.work()
        except Exception:
            result = Failure()
        self._end([(job, result)])
        if self._taken is not None:
            self._taken.wait()
            self._taken.clear()

    def _do_together(self, jobs: list[_Job]) -> None:
        try:
            assert self._together is not None
            raised = self._together([job.work for job in jobs])
        except Exception as error:
            raised = [error] * len(jobs)
        results = [
            (job, None if failed is None else Failure(failed))
            for job, failed in zip(jobs, raised, strict=True)
        ]
        self._end(results)

    def _end(self, results: Sequence[tuple[_Job, Any]]) -> None:
        for each in results:
            if each[0].is_urgent:
                self._urgent_results.put(each)
        self._from_thread(self._pass_on, results)

    def _pass_on(self, results: Sequence[tuple[_Job, Any]]) -> None:
        """Pass results on, in the reactor's thread: what is urgent at once, the others in turn."""
        self._pass_urgent()
        for job, result in results:
            if not job.is_urgent:
                self._queue(partial(self._pass, job, result))

    def _pass_urgent(self) -> None:
        while not self._urgent_results.empty():
            job, result = self._urgent_results.get()
            job.done.callback(result)

    def _pass(self, job: _Job, result: Any) -> None:
        job.done.callback(result)
        if self._taken is not None:
            self._taken.set()

    def _spare_time(self) -> float | None:
        try:
            return self._in_spare_time()
        except Exception:
            self._log.failure("What {thread} does in its spare time failed.", thread=self._name)
            return AGAIN
