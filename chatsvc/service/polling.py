"""Polling: a turn of the reactor handles only as many ready sockets as it has time for."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chatsvc.bugs import log_bug
from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from chatsvc.clock import Clock
    from chatsvc.service.reactor_clock import ReactorClock

FEW = 4  # ready sockets that do not wait for the results of other threads
HANDLED_WITHIN = 0.0005  # seconds of work; then the others wait for the next turn
FIRST_WITHIN = 0.003  # the same for the first ones
MOST_READY = 1000  # looked at in a turn, which takes a millisecond
_OVER = select.POLLHUP | select.POLLERR
_Handle = Callable[[Any, int, int], object]
_Polled = tuple[int, int]  # a file descriptor, and what it is ready for
_Ready = tuple[_Polled, Any]  # the same with its transport


def take_turns(
    reactor: Any,
    clock: ReactorClock,
    is_first: Callable[[Any, float], bool],
    is_committing: Callable[[], bool],
) -> None:
    """Make a reactor handle many ready sockets in several turns, each with an end of the clock's.

    A reactor without a poll object is left as it is.

    is_first: whether a transport's input is handled in this turn in any case, and before the
        others'; called with the time, too. The end of a connection may wait.
    is_committing: whether people wait for the store's thread.
    """
    poller = getattr(reactor, "_poller", None)
    if poller is not None:
        # Twisted has no other way in.
        selectables, reads = reactor._selectables, reactor._reads  # noqa: SLF001  # no public way in
        handle = _with_quick_reads(reactor._doReadOrWrite, reactor._disconnectSelectable)  # noqa: SLF001  # likewise
        reactor._poller = Poller(  # noqa: SLF001  # likewise
            poller, selectables, reads, handle, clock, is_first, is_committing
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

    Those that were not handled are ready again at the next poll, but connections that are over and
    have to wait are taken out of it, and ended a few in each turn. Otherwise each turn would
    look at all of a crowd that has gone, which takes longer than what it handles.

    Twisted's own loop would set up the context of its log for each socket, which takes half as long
    as to receive a line.

    selectables: the transports, by their file descriptors.
    reads: the file descriptors of those that are to be read.
    handle: reads from a transport, or writes to it; called with the descriptor and what it is ready
        for, too.
    """

    def __init__(
        self,
        poller: Any,
        selectables: dict[int, Any],
        reads: Container[int],
        handle: _Handle,
        clock: Clock,
        is_first: Callable[[Any, float], bool],
        is_committing: Callable[[], bool],
    ) -> None:
        self._poller = poller
        self._selectables = selectables
        self._reads = reads
        self._handle = handle
        self._is_first = is_first
        self._is_committing = is_committing
        self._is_wanted = clock.is_wanted
        self._seconds = clock.seconds
        self._stint = Stint(clock)
        self._postponed: set[int] = set()  # by the last turn; file descriptors
        self._over: list[_Ready] = []  # connections to be ended
        self._taken_out: set[int] = set()  # the file descriptors of those

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
        if self._over:
            timeout = 0
        polled: Sequence[_Polled] = self._poller.poll(timeout, *[MOST_READY for _ in most])
        if polled and self._is_committing() and not self._is_wanted():
            os.sched_yield()
        ready = [(each, self._selectables.get(each[0])) for each in polled]
        if len(ready) > 1:
            self._handle_in_order(ready)
        else:
            self._postponed.clear()
            self._handle_all(ready)
        if self._over:
            self._end_some()
        return ()

    def modify(self, descriptor: int, *how: Any) -> None:
        """Change what is polled for; nothing more for a connection that is over."""
        if descriptor not in self._taken_out:
            self._poller.modify(descriptor, *how)

    def unregister(self, descriptor: int) -> None:
        """Poll for a file descriptor no more."""
        if descriptor in self._taken_out:
            self._taken_out.remove(descriptor)
        else:
            self._poller.unregister(descriptor)

    def _end_some(self) -> None:
        """End as many of the connections that are over as there is time for."""
        self._stint.begin()
        over, self._over = self._over, []
        for number, one in enumerate(over):
            if number and self._stint.is_over(HANDLED_WITHIN):
                self._over += over[number:]
                break
            (descriptor, happened), transport = one
            if descriptor not in self._reads:  # by now
                happened &= ~select.POLLIN
            self._handle_all([((descriptor, happened), transport)])
            if self._is_there(one):
                self._over.append(one)  # there is more to be read before its end

    def _is_there(self, one: _Ready) -> bool:
        """Whether a transport was not closed meanwhile."""
        (descriptor, _), transport = one
        return transport is not None and self._selectables.get(descriptor) is transport

    def _handle_in_order(self, ready: list[_Ready]) -> None:
        """Handle as many as fit, but one in any case, and far more of the first ones.

        Only if some were postponed do the first ones really come first, then those postponed:
        finding out who is first takes longer than reading from ten of them.
        """
        postponed, self._postponed = self._postponed, set()
        first: list[_Ready] = []
        if postponed:
            ready.sort(key=lambda one: one[0][0] not in postponed)
            first, ready = self._parted(ready)
        self._stint.begin()  # looking at thousands takes time, which is nobody's work
        late = self._handle_some(first, FIRST_WITHIN, len(first))
        if late:
            late += ready
        elif (late := self._handle_some(ready, HANDLED_WITHIN, FEW)) and not postponed:
            first, others = self._parted(late)
            late = self._handle_some(first, FIRST_WITHIN, len(first)) + others
        for one in late:
            (descriptor, happened), _ = one
            if not happened & _OVER:
                self._postponed.add(descriptor)
            elif self._is_there(one):
                self._poller.unregister(descriptor)
                self._taken_out.add(descriptor)
                self._over.append(one)

    def _handle_some(self, ready: list[_Ready], within: float, few: int) -> list[_Ready]:
        """Handle one, and as many more as there is time for; returns the others.

        few: how many do not wait for the results of other threads.
        """
        for number, one in enumerate(ready):
            is_over = self._stint.is_longer if number < few else self._stint.is_over
            if number and is_over(within):
                return ready[number:]
            self._handle_all((one,))
        return []

    def _parted(self, ready: list[_Ready]) -> tuple[list[_Ready], list[_Ready]]:
        """The first ones, and the others."""
        now = self._seconds()
        first: list[_Ready] = []
        others: list[_Ready] = []
        for one in ready:
            (_, happened), transport = one
            is_first = not happened & _OVER and self._is_first(transport, now)
            (first if is_first else others).append(one)
        return first, others

    def _handle_all(self, ready: Sequence[_Ready]) -> None:
        for (descriptor, happened), transport in ready:
            # As in `_is_there`; a call for each would take longer than the poll.
            if transport is not None and self._selectables.get(descriptor) is transport:
                try:
                    self._handle(transport, descriptor, happened)
                except BaseException as error:  # as Twisted does
                    log_bug(error)
