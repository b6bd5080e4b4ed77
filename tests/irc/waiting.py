"""Waiting for what programs do."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

PATIENCE = 180.0  # seconds; some clients wait for many before they connect again


def wait_for(happened: Callable[[], bool], what: str) -> None:
    """Wait until something has happened; raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.1)


def wait_for_port(port: int) -> None:
    """Wait until something listens on a port of this machine; raises TimeoutError."""

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for(listens, f"port {port} listens")
