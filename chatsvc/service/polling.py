"""Polling: a turn of the reactor handles only as many ready sockets as it has time for."""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chatsvc.bugs import log_bug
from chatsvc.chat.flow.admission import STRANGERS_WITHIN, Rank
from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from chatsvc.chat.flow.admission import Admission
    from chatsvc.clock import Clock
    from chatsvc.service.reactor_clock import ReactorClock

FEW = 4  # ready sockets that do not wait for the results of other threads
HANDLED_WITHIN = 0.0005  # seconds of work; then the others wait for the next turn
RESTED_WITHIN = 0.002  # the same for rested people
MOST_READY = 300  # looked at in a turn, which takes a millisecond where all have to wait
_OVER = select.POLLHUP | select.POLLERR
_Handle = Callable[[Any, int, int], object]
_Polled = tuple[int, int]  # a file descriptor, and what it is ready for
_Ready = tuple[_Polled, Any]  # the same with its transport


def take_turns(
    reactor: Any,
    clock: ReactorClock,
    rank_of: Callable[[Any, float], Rank],
    admission: Admission,
) -> None:
    """Make a reactor handle many ready sockets in several turns, each with an end of the clock's.

    A reactor without a poll object is left as it is.

    rank_of: the rank of a transport; called with the time, too.
    admission: knows whether people talk, and wait for the store's thread.
    """
    poller = getattr(reactor, "_poller", None)
    if poller is not None:
        # Twisted has no other way in.
        selectables = reactor._selectables  # noqa: SLF001  # no public way in
        reads, writes = reactor._reads, reactor._writes  # noqa: SLF001  # likewise
        handle = _with_quick_reads(reactor._doReadOrWrite, reactor._disconnectSelectable)  # noqa: SLF001  # likewise
        reactor._poller = Poller(  # noqa: SLF001  # likewise
            poller, selectables, reads, writes, handle, clock, rank_of, admission
        )
        clock.end_turns(reactor)


def _with_quick_reads(handle: _Handle, disconnect: Callable[[Any, Any, bool], object]) -> _Handle:
    """A reactor's way to handle ready sockets, except those that are only to be read from.

    Twisted's own way takes as long for these as to receive a line.
    """

    def handle_quickly(transport: Any, descriptor: int, happened: int) -> None:
        if happened != select.POLLIN:
            handle(transport, descriptor, happened)
            return
        try:
            over = transport.doRead()
        except BaseException as error:  # as Twisted does
            log_bug(error)
            over = error
        if over:
            disconnect(transport, over, True)

    return handle_quickly


class Poller:
    """Wraps a poll object, and handles the ready sockets bit by bit.

    Those that have to wait are taken out of the poll, and put back once it is their turn. Otherwise
    each turn would look at all of a crowd, which takes longer than what it handles. Rested people
    go first, strangers and connections that are over last, where at least one of each is handled.

    Twisted's own loop would set up the context of its log for each socket, which takes half as long
    as to receive a line.

    selectables: the transports, by their file descriptors.
    reads, writes: the file descriptors of those that are to be read, and written to.
    handle: reads from a transport, or writes to it; called with the descriptor and what it is ready
        for, too.
    """

    def __init__(
        self,
        poller: Any,
        selectables: dict[int, Any],
        reads: Container[int],
        writes: Container[int],
        handle: _Handle,
        clock: Clock,
        rank_of: Callable[[Any, float], Rank],
        admission: Admission,
    ) -> None:
        self._poller = poller
        self._selectables = selectables
        self._reads = reads
        self._writes = writes
        self._handle = handle
        self._rank_of = rank_of
        self._admission = admission
        self._is_wanted = clock.is_wanted
        self._seconds = clock.seconds
        self._stint = Stint(clock)
        self._rested: deque[_Ready] = deque()
        self._others: deque[_Ready] = deque()
        self._strangers: deque[_Ready] = deque()  # and connections that are over
        self._taken_out: set[int] = set()  # the file descriptors of all these

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._poller, name)
        setattr(self, name, found)  # this way takes longer than what the kernel does
        return found

    def poll(self, *how: Any) -> tuple[()]:
        """Wait for ready sockets, and handle those of this turn; none is left to the reactor.

        Where the store's thread has the same processor, it would wait for that until this thread
        has nothing to do, or for some milliseconds. To yield takes as long if other programs want
        it, too: only a turn that has something to do, and not yet the store's result, does so.
        """
        timeout, *most = how
        is_crowded = self._rested or self._others or self._strangers
        if is_crowded:
            timeout = 0
        polled: Sequence[_Polled] = self._poller.poll(timeout, *[MOST_READY for _ in most])
        has_more = polled or timeout == 0
        if has_more and self._admission.is_committing() and not self._is_wanted():
            os.sched_yield()
        ready = [(each, self._selectables.get(each[0])) for each in polled]
        if is_crowded:
            self._handle_in_order(ready)
        elif len(ready) > 1:
            self._handle_as_they_come(ready)
        else:
            self._handle_all(ready)
        return ()

    def modify(self, descriptor: int, *how: Any) -> None:
        """Change what is polled for, unless it waits for its turn: then that is found out."""
        if descriptor not in self._taken_out:
            self._poller.modify(descriptor, *how)

    def unregister(self, descriptor: int) -> None:
        """Poll for a file descriptor no more."""
        if descriptor in self._taken_out:
            self._taken_out.remove(descriptor)
        else:
            self._poller.unregister(descriptor)

    def _handle_as_they_come(self, ready: Sequence[_Ready]) -> None:
        """Handle as many as fit, and rested people.

        Who that is is asked only if some have to wait: it takes longer than reading from ten.
        """
        self._stint.begin()
        queue = deque(ready)
        self._handle_some(queue, HANDLED_WITHIN, FEW)
        if queue:
            self._part(queue)
            self._handle_some(self._rested, RESTED_WITHIN, len(self._rested))
            self._take_out()

    def _handle_in_order(self, ready: Sequence[_Ready]) -> None:
        """Handle as many of each rank as fit."""
        self._part(ready)
        self._stint.begin()  # looking at hundreds takes time, which is nobody's work
        self._handle_some(self._rested, RESTED_WITHIN, len(self._rested))
        if not self._rested:
            self._handle_some(self._others, HANDLED_WITHIN, FEW)
        within = STRANGERS_WITHIN if self._admission.is_talk else HANDLED_WITHIN
        self._handle_some(self._strangers, within, 1)
        self._take_out()

    def _handle_some(self, queue: deque[_Ready], within: float, few: int) -> None:
        """Handle one, and as many more as there is time for; the others stay in the queue.

        few: how many do not wait for the results of other threads.
        """
        for number in range(len(queue)):
            is_over = self._stint.is_longer if number < few else self._stint.is_over
            if number and is_over(within):
                break
            one = queue.popleft()
            if one[0][0] in self._taken_out:
                one = self._put_back(one)
            self._handle_all((one,))

    def _part(self, ready: Iterable[_Ready]) -> None:
        """Queue some by their ranks."""
        now = self._seconds()
        for one in ready:
            (_, happened), transport = one
            rank = Rank.STRANGER if happened & _OVER else self._rank_of(transport, now)
            if rank is Rank.RESTED:
                self._rested.append(one)
            elif rank is Rank.STRANGER:
                self._strangers.append(one)
            else:
                self._others.append(one)

    def _take_out(self) -> None:
        """Take those that have come to the queues in this turn out of the poll."""
        for queue in self._rested, self._others, self._strangers:
            for (descriptor, _), transport in reversed(queue):
                if descriptor in self._taken_out:
                    break
                if transport is not None and self._selectables.get(descriptor) is transport:
                    self._poller.unregister(descriptor)
                    self._taken_out.add(descriptor)

    def _put_back(self, one: _Ready) -> _Ready:
        """Put one back into the poll; returns it with what is wanted of it by now."""
        (descriptor, happened), transport = one
        if self._selectables.get(descriptor) is not transport:  # the descriptor is another's
            return one
        reads = select.POLLIN * (descriptor in self._reads)
        writes = select.POLLOUT * (descriptor in self._writes)
        self._taken_out.remove(descriptor)
        self._poller.register(descriptor, reads | writes)
        return (descriptor, happened & (reads | writes | _OVER)), transport

    def _handle_all(self, ready: Sequence[_Ready]) -> None:
        for (descriptor, happened), transport in ready:
            # It was not closed meanwhile, nor is the descriptor another's.
            if transport is not None and self._selectables.get(descriptor) is transport:
                try:
                    self._handle(transport, descriptor, happened)
                except BaseException as error:  # as Twisted does
                    log_bug(error)
