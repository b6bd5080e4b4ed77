"""Polling: a turn of the reactor handles only as many ready sockets as it has time for."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any

from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chatsvc.clock import Clock

FEW = 4  # ready sockets that are handled in each turn, however long that takes
HANDLED_WITHIN = 0.0005  # seconds of work; then the others wait for the next turn
_OVER = select.POLLHUP | select.POLLERR
_Ready = tuple[int, int]  # a file descriptor, and what it is ready for
_Known = tuple[_Ready, Any]  # the same with its transport


def take_turns(reactor: Any, clock: Clock, is_first: Callable[[Any, float], bool]) -> None:
    """Make a reactor handle many ready sockets in several turns.

    A reactor without a poll object is left as it is.

    is_first: whether a transport's input is handled in this turn in any case, and before the
        others'; called with the time, too. The end of a connection may wait.
    """
    poller = getattr(reactor, "_poller", None)
    if poller is not None:
        poller = Poller(poller, reactor._selectables, clock, is_first)  # noqa: SLF001  # beside it
        reactor._poller = poller  # noqa: SLF001  # Twisted has no other way in


class Poller:
    """Wraps a poll object, and returns the ready sockets bit by bit.

    Those that were not handled are ready again at the next poll.

    selectables: the transports, by their file descriptors.
    """

    def __init__(
        self,
        poller: Any,
        selectables: dict[int, Any],
        clock: Clock,
        is_first: Callable[[Any, float], bool],
    ) -> None:
        self._poller = poller
        self._selectables = selectables
        self._is_first = is_first
        self._seconds = clock.seconds
        self._stint = Stint(clock)
        self._postponed: set[int] = set()  # by the last turn; file descriptors

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._poller, name)
        setattr(self, name, found)  # this way takes longer than what the kernel does
        return found

    def poll(self, *how: Any) -> Sequence[_Ready] | Iterator[_Ready]:
        """Wait for ready sockets, and return those to be handled in this turn."""
        ready: Sequence[_Ready] = self._poller.poll(*how)
        return self._in_order(ready) if len(ready) > FEW else ready

    def _in_order(self, ready: Sequence[_Ready]) -> Iterator[_Ready]:
        """As many as fit, but all of the first ones.

        Only if some were postponed, the first ones really come first, then those postponed: to find
        out who is first takes longer than to read what ten have sent.
        """
        postponed, self._postponed = self._postponed, set()
        first: list[_Known] = []
        rest = [(each, self._selectables.get(each[0])) for each in ready]
        if postponed:
            first, rest = self._parted(rest)
            rest.sort(key=lambda known: known[0][0] not in postponed)
        self._stint.begin()  # to look at thousands takes time, which is no work for any of them
        yield from self._open(first)
        handled = 0
        for number, known in enumerate(rest):
            if handled >= FEW and self._stint.is_over(HANDLED_WITHIN):
                late = rest[number:]
                if not postponed:
                    first, late = self._parted(late)
                    yield from self._open(first)
                self._postponed = {descriptor for (descriptor, _), _ in late}
                return
            each, transport = known
            if self._selectables.get(each[0]) is transport:
                handled += 1
                yield each

    def _parted(self, ready: Sequence[_Known]) -> tuple[list[_Known], list[_Known]]:
        """The first ones, and the others."""
        now = self._seconds()
        first: list[_Known] = []
        others: list[_Known] = []
        for known in ready:
            (_, happened), transport = known
            is_first = not happened & _OVER and self._is_first(transport, now)
            (first if is_first else others).append(known)
        return first, others

    def _open(self, ready: Sequence[_Known]) -> Iterator[_Ready]:
        """Those that were not closed meanwhile."""
        for each, transport in ready:
            if self._selectables.get(each[0]) is transport:
                yield each
