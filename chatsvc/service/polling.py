"""Polling: a turn of the reactor handles no more of what has happened to sockets than fits."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any

from chatsvc.clock import Stint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chatsvc.clock import Clock

FEW = 8  # so many are handled in each turn, however long that takes
HANDLED_WITHIN = 0.001  # seconds of work; then the others wait for the next turn
_OVER = select.POLLHUP | select.POLLERR
_Happened = tuple[int, int]  # a file descriptor, and what has happened there


def take_turns(reactor: Any, clock: Clock, is_first: Callable[[Any], bool]) -> None:
    """Make a reactor handle what has happened to many sockets in several turns.

    Where the reactor has no poll object, it goes on as it did.

    is_first: whether what a transport has received is handled in this turn in any case, and before
        the others. When a connection is over, that may wait.
    """
    poller = getattr(reactor, "_poller", None)
    if poller is not None:
        poller = Poller(poller, reactor._selectables, clock, is_first)  # noqa: SLF001  # beside it
        reactor._poller = poller  # noqa: SLF001  # Twisted has no other way in


class Poller:
    """Stands before a poll object, and gives what has happened in pieces.

    What was not handled has still happened at the next poll, as long as there is something to do.

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
        self._stint = Stint(clock.seconds, clock.busy)
        self._left: set[int] = set()  # those that were not handled in the last turn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)

    def poll(self, *how: Any) -> Sequence[_Happened] | Iterator[_Happened]:
        """Wait until something happens, and give what is to be handled in this turn."""
        happened: Sequence[_Happened] = self._poller.poll(*how)
        return self._in_order(happened) if len(happened) > FEW else happened

    def _in_order(self, happened: Sequence[_Happened]) -> Iterator[_Happened]:
        """Give those that are first, then those that have waited, and of the others what fits."""
        stint, selectables = self._stint, self._selectables
        stint.begin()
        left, self._left = self._left, set()
        first, again, others = [], [], []
        for each in happened:
            transport = selectables.get(each[0])
            if each[0] in left:
                again.append((each, transport))
            elif not each[1] & _OVER and self._is_first(transport):
                first.append((each, transport))
            else:
                others.append((each, transport))
        for each, transport in first:
            if selectables.get(each[0]) is transport:  # else it was closed meanwhile
                yield each
        handled = 0
        for each, transport in [*again, *others]:
            if handled >= FEW and stint.is_longer(HANDLED_WITHIN):
                self._left.add(each[0])
            elif selectables.get(each[0]) is transport:
                handled += 1
                yield each
