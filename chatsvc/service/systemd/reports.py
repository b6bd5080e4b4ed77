"""Reports to systemd: when the server is ready, and that it works."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from twisted.application.service import Service

from chatsvc.doors.round_trip import make_round_trip
from chatsvc.store import StoreError
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatsvc.chat.chat import Chat
    from chatsvc.clock import Timer
    from chatsvc.service.systemd.notify import Manager

STATUS_EVERY = 30.0  # seconds
EXTEND_EVERY = 10.0  # seconds, while the store is opened, which may take minutes
EXTEND_BY = 60.0  # seconds


class Reports(Service):
    """Reports the state of the server to the service manager.

    It tells the watchdog only what a round trip through the chat and the store has shown: if either
    hangs, the manager hears nothing more, and restarts the server. A store that fails does not
    hang; a restart would not fix it.
    """

    def __init__(self, manager: Manager, chat: Chat) -> None:
        self._manager = manager
        self._chat = chat
        self._timer: Timer | None = None
        self._is_checking = False
        self._trouble = ""  # of the store

    def startService(self) -> None:
        """Ask for patience until the server is ready."""
        super().startService()
        self._manager.tell(STATUS="Opening the store.")
        self._wait()

    def _wait(self) -> None:
        self._manager.tell(EXTEND_TIMEOUT_USEC=int(EXTEND_BY * 1e6))
        self._timer = self._chat.clock.callLater(EXTEND_EVERY, self._wait)

    def ready(self) -> None:
        """Report that people are let in."""
        self._stop()
        self._manager.tell(READY=1, STATUS=self._status())
        self._beat()

    def _beat(self) -> None:
        watchdog = self._manager.watchdog
        every = STATUS_EVERY if watchdog is None else min(watchdog / 2, STATUS_EVERY)
        self._timer = self._chat.clock.callLater(every, self._beat)
        if watchdog is None:
            self._manager.tell(STATUS=self._status())
        elif not self._is_checking:
            self._chat.spawn(self._check())

    async def _check(self) -> None:
        """Report that the server works, once that is certain."""
        self._is_checking = True
        try:
            await make_round_trip(self._chat)
            self._trouble = ""
        except StoreError as error:
            self._trouble = f"The store fails: {clean(str(error))}. "
        finally:
            self._is_checking = False
        if self._timer is not None:
            self._manager.tell(WATCHDOG=1, STATUS=self._status())

    def _status(self) -> str:
        people, rooms = len(self._chat.users), len(self._chat.rooms)
        return f"{self._trouble}People: {people}. Rooms: {rooms}."

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Report that files are reloaded, and when that is over."""
        self._manager.tell(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)
        try:
            yield
        finally:
            self._manager.tell(READY=1)

    def stopService(self) -> None:
        """Report that the server ends."""
        super().stopService()
        self._stop()
        self._manager.tell(STOPPING=1, STATUS="Telling everybody goodbye.")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
