"""What the kernel alone takes to give one line to everybody."""

from __future__ import annotations

import resource
import socket
import time
from contextlib import ExitStack
from functools import cache

TIMES = 20
LINE = b"client1: " + b"x" * 54 + b"\n"


@cache
def write_to_all(readers: int) -> float:
    """Milliseconds that it takes to write one line to so many sockets of TCP: the worst of a few.

    While somebody attacks, nobody hears anything sooner than that, whatever the server does.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=readers))
            address = listener.getsockname()
            connected = []
            for _ in range(readers):
                stack.enter_context(socket.create_connection(address))
                connected.append(stack.enter_context(listener.accept()[0]))
            return max(_written(connected) for _ in range(TIMES)) * 1000
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _written(connected: list[socket.socket]) -> float:
    begun = time.perf_counter()
    for each in connected:
        each.send(LINE)
    return time.perf_counter() - begun
