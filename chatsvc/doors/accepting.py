"""Accepting: a port accepts a few connections at a time, when it is its turn."""

from __future__ import annotations

from typing import Any

from twisted.internet import tcp

from chatsvc.chat.flow.admission import Admission, Share
from chatsvc.doors.transport import Transport

AT_ONCE = 20  # connections that a port accepts in a turn


class Acceptor:
    """Accepts connections at a port, whose newcomers have one share of the server's time.

    Until it is their turn, they wait in the kernel, whose queue has a bound of its own.

    port: an IListeningPort of Twisted's, whose doRead accepts.
    """

    def __init__(self, port: Any, admission: Admission) -> None:
        self._port = port
        self._accept = port.doRead
        self._admission = admission
        self._share = Share()
        port.doRead = self._ready
        if getattr(port, "transport", None) is tcp.Server:  # those of Unix sockets have others
            port.transport = Transport

    def _ready(self) -> None:
        if not self._admission.admits(False):
            self._port.stopReading()
            self._admission.wait(self._go_on, self._share, self._share, is_rested=False)
            return
        self._port.numberAccepts = AT_ONCE  # in a flood, Twisted lets it grow without a bound
        self._accept()
        self._admission.charge(self._share, self._share, 0)

    def _go_on(self) -> None:
        if self._port.connected:  # it was not closed meanwhile
            self._port.startReading()
