"""A process that imports what the programs do, and forks for each of them."""

from __future__ import annotations

import atexit
import fcntl
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import termios
import time
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, cast

from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins

import chatsvc
from tests.forking.forked import MOST, Order

if TYPE_CHECKING:
    from io import TextIOWrapper

OTHERS = (
    *("coverage", "encodings.idna", "platformdirs", "twisted.application.internet"),
    *("twisted.internet.default", "twisted.scripts.twistd"),
)


def import_all() -> None:
    """Import everything that the programs may, but the programs, and no reactor yet."""
    for each in walk_packages(chatsvc.__path__, "chatsvc."):
        if not each.name.endswith("__main__"):
            import_module(each.name)
    for name in OTHERS:
        import_module(name)
    list(getPlugins(IServiceMaker))


def fork(orders: socket.socket) -> tuple[Order, list[int]]:
    """Fork for each order, and tell how each fork has ended; in a fork, its order and streams.

    Ends the process when nobody is left to order anything.
    """
    ends: dict[int, tuple[int, int]] = {}  # by the descriptor of a fork: its id, where to tell
    while True:
        for fd in select.select([orders.fileno(), *ends], [], [])[0]:
            if fd == orders.fileno():
                order, fds, _, _ = socket.recv_fds(orders, MOST, 4)
                if not order:
                    sys.exit()
                if (pid := os.fork()) == 0:
                    orders.detach()
                    return json.loads(order), fds[:3]
                ends[os.pidfd_open(pid)] = pid, fds.pop()
                orders.send(b"%d" % pid)
                for stream in fds:
                    os.close(stream)
            else:
                pid, end = ends.pop(fd)
                with suppress(BrokenPipeError):  # the tests end
                    os.write(end, b"%d" % os.waitpid(pid, 0)[1])
                os.close(end)
                os.close(fd)


def become(order: Order, streams: list[int]) -> None:
    """Make this process what it would be if it had been started."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if os.isatty(0):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        # As at a start behind a terminal: the tests may run under nohup, or behind a shell's &.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in signal.SIGQUIT, signal.SIGHUP:
            signal.signal(number, signal.SIG_DFL)
    cast("TextIOWrapper", sys.stdout).reconfigure(line_buffering=os.isatty(1))
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    if os.environ.get("COVERAGE_PROCESS_CONFIG"):
        import_module("coverage").process_startup()


def run(command: list[str]) -> None:
    """Run a program, as `python` does."""
    if command[0] == sys.executable:
        _, _, module, *arguments = command
        sys.argv[:] = [module, *arguments]
        sys.path[0] = os.getcwd()
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = command
        sys.path[0] = str(Path(command[0]).parent)
        runpy.run_path(command[0], run_name="__main__")


def leave(statuses: list[int]) -> None:
    """End with a status, if there is one, and clear nothing away: most of a fork's time is that."""
    if statuses:
        with suppress(OSError, ValueError, AttributeError):  # which the interpreter tells of
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(*statuses)


if __name__ == "__main__":
    import_all()
    gc.collect()
    gc.freeze()  # what is shared with the forks is not written to
    order, streams = fork(socket.socket(fileno=os.dup(0)))
    statuses: list[int] = []
    atexit.register(partial(leave, statuses))  # before the program's own, and so called after them
    become(order, streams)
    try:
        run(order["command"])
        statuses.append(0)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            statuses.append(end.code or 0)
        raise
