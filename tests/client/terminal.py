"""The client on a terminal of its own, and somebody who sits before that."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from chatsvc.terminal.picture.picture import Picture
from tests.forking.forked import how_with
from tests.patience import PATIENCE
from tests.processes import UNMEASURED, ProcessTestCase
from tests.terminal.emulator import Emulator

T = TypeVar("T")

_BEHIND = b"\0"  # comes behind all that a client has sent which has ended; terminals ignore it


def _sit_down() -> None:
    """Make the terminal that of the process, for Ctrl-C to be a signal, which it does not ignore.

    A shell starts what runs in the background with two of these ignored, and nohup with the third.
    """
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in signal.SIGINT, signal.SIGQUIT, signal.SIGHUP:
        signal.signal(number, signal.SIG_DFL)


class Seat:
    """A terminal with the client on it.

    run: what runs the client, if it is not run by itself.
    sent: all bytes that the client has sent to it.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        run: Sequence[str] = (),
        **environment: str,
    ) -> None:
        self.emulator = Emulator(columns, rows)
        self.sent = b""
        self._master, slave = pty.openpty()
        self._size(columns, rows)
        self.modes = termios.tcgetattr(slave)
        self._slave = slave
        environment = {
            "TERM": "xterm-256color",
            "TZ": "UTC",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            **environment,
        }
        program = subprocess.Popen if run else how_with(environment)
        self.process = program(
            [*run, sys.executable, "-m", "chatsvc.client", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_sit_down,
            env={**os.environ, **environment},
        )

    def types(self, text: str) -> None:
        os.write(self._master, text.encode())

    def presses(self, *keys: bytes) -> None:
        for key in keys:
            os.write(self._master, key)

    def resizes(self, columns: int, rows: int) -> None:
        self.emulator.resize(rows, columns)
        self._size(columns, rows)
        os.kill(self.process.pid, signal.SIGWINCH)

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def watch(self, seconds: float, most: int = 65536) -> bool:
        """Take what comes within that time, at most so many bytes; whether there was anything."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._master, most)
        except OSError:  # the other side is closed
            return False
        self.sent += data
        self.emulator.feed(data)
        return bool(data)

    def until(
        self,
        happened: Callable[[], T],
        missing: Callable[[], object] = lambda: "not as awaited",
        within: float = PATIENCE,
    ) -> T:
        """Take what comes until something is so; what it is."""
        deadline = time.monotonic() + within
        while not (found := happened()):
            self.watch(0.05)
            if time.monotonic() > deadline:
                raise AssertionError(f"{missing()} on\n{self.text}")
        return found

    def sees(self, *texts: str, within: float = PATIENCE) -> None:
        """Wait until all these are on the screen, of which nothing more is to be drawn then."""

        def missing() -> list[str]:
            return [text for text in texts if text not in self.text]

        self.until(lambda: self.is_drawn() and not missing(), missing, within)

    def is_drawn(self) -> bool:
        """Whether the last picture has come as a whole: the cursor is hidden while it is drawn."""
        return self.sent.rfind(b"\x1b[?25l") <= self.sent.rfind(b"\x1b[?25h")

    def sees_no_more(self, text: str) -> None:
        """Wait until this is not on the screen any more."""
        self.until(lambda: self.is_drawn() and text not in self.text, lambda: f"still {text!r}")

    def receives(self, data: bytes) -> None:
        """Wait until these bytes have come."""
        self.until(lambda: data in self.sent, lambda: f"{data!r} in {self.sent!r}")

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self.emulator.rows]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def ends(self) -> int:
        """Wait for the end; the exit status."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            self.watch(0.05)
        status = self.process.wait(PATIENCE)
        os.write(self._slave, _BEHIND)
        self.until(lambda: self.sent.endswith(_BEHIND))
        self.sent = self.sent.removesuffix(_BEHIND)
        return status

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def is_as_before(self) -> bool:
        """Whether the terminal behaves as it did before."""
        return termios.tcgetattr(self._slave) == self.modes

    @property
    def last_words(self) -> bytes:
        """What has come since the terminal was given back."""
        return self.sent.rpartition(Picture().stop())[2]


class SeatTestCase(ProcessTestCase):
    """People at terminals, and a server.

    is_client_measured: whether the clients measure what they cover.
    """

    is_client_measured = False

    @property
    def measuring(self) -> dict[str, str]:
        """What the environment of a client has for that."""
        return {} if self.is_client_measured else UNMEASURED

    def sits_down(self, *arguments: str, **options: Any) -> Seat:
        seat = Seat(self.folder, *arguments, **{**self.measuring, **options})
        self.addCleanup(seat.close)
        return seat
