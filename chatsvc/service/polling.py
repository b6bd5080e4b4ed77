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


def take_turns(reactor: Any, clock: Clock, is_first: Callable[[Any], bool]) -> None:
    """Make a reactor handle many ready sockets in several turns.

    A reactor without a poll object is left as it is.

    is_first: whether a transport's input is handled in this turn in any case, and before the
        others'. The end of a connection may wait.
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
        is_first: Callable[[Any], bool],
    ) -> None:
        self._poller = poller
        self._selectables = selectables
        self._is_first = is_first
        self._stint = Stint(clock)
        self._postponed: set[int] = set()  # by the last turn; file descriptors

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)

    def poll(self, *how: Any) -> Sequence[_Ready] | Iterator[_Ready]:
        """Wait for ready sockets, and return those to be handled in this turn."""
        ready: Sequence[_Ready] = self._poller.poll(*how)
        return self._in_order(ready) if len(ready) > FEW else ready

    def _in_order(self, ready: Sequence[_Ready]) -> Iterator[_Ready]:
        """The first ones, then as many as fit of those postponed before, and of the others."""
        stint, selectables = self._stint, self._selectables
        postponed, self._postponed = self._postponed, set()
        first, again, others = [], [], []
        for each in ready:
            transport = selectables.get(each[0])
            if each[0] in postponed:
                again.append((each, transport))
            elif not each[1] & _OVER and self._is_first(transport):
                first.append((each, transport))
            else:
                others.append((each, transport))
        stint.begin()  # to look at thousands takes time, which is no work for any of them
        for each, transport in first:
            if selectables.get(each[0]) is transport:  # else it was closed meanwhile
                yield each
        handled = 0
        rest = [*again, *others]
        for number, (each, transport) in enumerate(rest):
            if handled >= FEW and stint.is_over(HANDLED_WITHIN):
                self._postponed = {descriptor for (descriptor, _), _ in rest[number:]}
                return
            if selectables.get(each[0]) is transport:
                handled += 1
                yield each
