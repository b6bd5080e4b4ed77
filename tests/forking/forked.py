"""A program that is forked rather than started."""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, AnyStr, TypedDict

# What Python, or the libraries of the system, read only at a start begins with one of these.
AT_THE_START = ("LANG", "LC_", "LD_", "PYTHON")
MOST = 2**17  # bytes of a message to the forker, or from it


class Order(TypedDict):
    """What is to be run, and where."""

    command: list[str]
    cwd: str
    env: dict[str, str]


class Forked(subprocess.Popen[AnyStr]):
    """A program that is forked; otherwise it is like one that is started.

    Its command is the interpreter, -m and a module, or else a script; then their arguments. If its
    standard input is a terminal, that is the one of a new session.
    """

    # The forker is the parent, so these three of subprocess's methods ask it.

    def _execute_child(
        self, args: Any, executable: Any, preexec: Any, close: Any, keep: Any, cwd: Any, env: Any,
        startup: Any, flags: Any, shell: Any,
        stdin: int, to_it: int, from_it: int, stdout: int, errors: int, stderr: int, *others: Any,
    ) -> None:  # fmt: skip
        order: Order = {
            "command": [str(arg) for arg in args],
            "cwd": str(cwd or os.getcwd()),
            "env": dict(os.environ if env is None else env),
        }
        self._end: int
        self._end, end = os.pipe()
        # A stream that is not given is this process's own.
        streams: list[int] = [max(fd, own) for own, fd in enumerate((stdin, stdout, stderr))]
        forker = _forker()
        socket.send_fds(forker, [json.dumps(order).encode()], [*streams, end])
        self.pid = int(forker.recv(MOST))
        self._child_created = True
        os.close(end)
        self._close_pipe_fds(stdin, to_it, from_it, stdout, errors, stderr)  # type: ignore[attr-defined]  # no stub

    def _try_wait(self, flags: int) -> tuple[int, int]:
        if flags & os.WNOHANG and not select.select([self._end], [], [], 0)[0]:
            return 0, 0
        status = int(os.read(self._end, MOST))
        os.close(self._end)
        return self.pid, status

    def _internal_poll(self, *others: Any, **more: Any) -> int | None:
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def how_with(environment: Mapping[str, str]) -> type[subprocess.Popen[Any]]:
    """How a program begins with these variables: it is forked if none of them is for its start."""
    is_for_the_start = any(name.startswith(AT_THE_START) for name in environment)
    return subprocess.Popen if is_for_the_start else Forked


@cache
def _forker() -> socket.socket:
    """A connection to the process that forks, which ends with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        forker = subprocess.Popen(
            [sys.executable, "-m", "tests.forking.forker"],
            stdin=theirs.fileno(),
            cwd=Path(__file__).parents[2],
            env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
            start_new_session=True,  # Ctrl-C is for the tests, which end what they began
        )

    @atexit.register
    def end() -> None:
        ours.close()
        forker.wait()

    return ours
