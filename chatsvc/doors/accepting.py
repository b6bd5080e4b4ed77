"""Accepting: a port accepts and ends a few connections at a time, when it is their turn."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from twisted.internet import tcp

from chatsvc.chat.flow.admission import Admission, Rank, Share
from chatsvc.doors.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.clock import Clock, Timer

AT_ONCE = 5  # connections that a port accepts in a turn; one while people talk
# Seconds between two such turns while people talk: what they send, and the store's thread, would
# otherwise wait for a turn each time. The kernel's queue, if full, still passes in some seconds.
PAUSE = 0.0002
# Such turns between two searches for garbage among what is young. Python counts the objects made,
# less those that end, however old: where as many go as come, it would search when there are 20,000.
COLLECT_EVERY = 20
SOON = 1e-6  # seconds; whatever has to wait at all is called in a turn that has time for it


class Acceptor:
    """Accepts connections at a port, whose newcomers have one share of the server's time.

    Until it is their turn, they wait in the kernel, whose queue has a bound of its own.

    port: an IListeningPort of Twisted's, whose doRead accepts.
    """

    def __init__(self, port: Any, admission: Admission, clock: Clock) -> None:
        self._port = port
        self._accept = port.doRead
        self._admission = admission
        self._clock = clock
        self._share = Share()
        self._turns = 0  # in which it has accepted
        self._is_admitted = False  # it accepts in any case, as it was its turn
        port.doRead = self._ready
        port.reactor = _Reactor(port.reactor, clock)
        if getattr(port, "transport", None) is tcp.Server:  # those of Unix sockets have others
            port.transport = Transport

    def _ready(self) -> None:
        if not (self._is_admitted or self._admission.admits(False)):
            self._port.stopReading()
            self._admission.wait(self._admitted, self._share, self._share, Rank.STRANGER)
            return
        self._is_admitted = False
        is_talk = self._admission.is_talk
        self._port.numberAccepts = 1 if is_talk else AT_ONCE  # Twisted lets it grow without a bound
        self._accept()
        self._turns += 1
        if self._turns % COLLECT_EVERY == 0:
            gc.collect(1)
        self._admission.charge(self._share, self._share, 0)
        if is_talk:
            self._port.stopReading()
            self._clock.callLater(PAUSE, self._go_on)

    def _admitted(self) -> None:
        self._is_admitted = True
        self._go_on()

    def _go_on(self) -> None:
        if self._port.connected:  # it was not closed meanwhile
            self._port.startReading()


class _Reactor:
    """The reactor of a port and its connections, which makes delayed calls by the clock.

    Twisted ends each connection that is aborted by such a call; a crowd is aborted at once.
    """

    def __init__(self, reactor: Any, clock: Clock) -> None:
        self._reactor = reactor
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reactor, name)
        setattr(self, name, found)  # this way takes longer than the reactor's own
        return found

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call after some seconds, or a little later."""
        return self._clock.callLater(max(delay, SOON), call, *args)
