"""The notifications to systemd, or whatever else has started the server (sd_notify(3))."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class Manager:
    """The service manager.

    watchdog: the seconds within which it wants to hear that the server works; None if it does not.
    """

    def __init__(self, address: str, watchdog: float | None = None) -> None:
        self.watchdog = watchdog
        self._address = f"\0{address[1:]}" if address[0] == "@" else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)

    @classmethod
    def of(cls, environment: MutableMapping[str, str]) -> Manager | None:
        """The manager of an environment, which other programs do not inherit; None if none."""
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        pid = environment.pop("WATCHDOG_PID", "")
        if address[:1] not in ("/", "@"):
            return None
        is_watched = microseconds.isdecimal() and int(microseconds) > 0
        is_ours = not pid or pid == str(os.getpid())
        return cls(address, int(microseconds) / 1e6 if is_watched and is_ours else None)

    def tell(self, **facts: object) -> None:
        """Tell the manager something, unless it is too busy to hear it."""
        text = "\n".join([f"{name}={value}" for name, value in facts.items()])
        with suppress(OSError):
            self._socket.sendto(text.encode(), self._address)

    def close(self) -> None:
        """Tell nothing more."""
        self._socket.close()
