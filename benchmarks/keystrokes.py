"""How soon what is typed shows in the client's full screen, while many lines arrive."""

from __future__ import annotations

import argparse
import fcntl
import multiprocessing
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from statistics import median, quantiles

from benchmarks.attack.turns import longest, noted
from benchmarks.history import served

LINES = 2000  # a second
BURST = 20  # of them at once
SIZE = (40, 120)  # rows, columns
PROMPT = "#lobby> "
EVERY = 0.1  # seconds between two keys
LATEST = 60.0  # seconds for a key to show
SETTLE = 2.0  # seconds


def main() -> None:
    """Type, once while nothing arrives and once in the flood."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each part")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, served(Path(name) / "c.sqlite") as (_, port, _):
        client, terminal = _client(port, name)
        begun = time.monotonic()
        alone = _type(terminal, options.seconds)
        print(f"alone: {_worded(alone)}, {_memory(client)} MiB")
        talking = multiprocessing.Process(target=_talk, args=(port,), daemon=True)
        talking.start()
        flood = time.monotonic()
        flooded = _type(terminal, options.seconds)
        over = time.monotonic()
        print(f"{LINES} lines a second: {_worded(flooded)}, {_memory(client)} MiB")
        talking.terminate()
        os.write(terminal, b"\x15/quit\r")
        _read(terminal, SETTLE)
        client.wait()
        for what, begin, end in ("alone", begun, flood), ("in the flood", flood, over):
            turn = longest(noted(Path(name) / "turns"), begin, end) * 1000
            print(f"the longest turn {what}: {turn:.1f} ms of the processor")


def _client(port: int, folder: str) -> tuple[subprocess.Popen[bytes], int]:
    terminal, slave = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    client = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "benchmarks.client_turns",
            f"{folder}/turns",
            "127.0.0.1",
            str(port),
        ],
        stdin=slave,
        stdout=slave,
        env={**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": folder},
    )
    os.close(slave)
    _read(terminal, SETTLE)
    return client, terminal


def _type(terminal: int, seconds: float) -> list[float]:
    """Type an x again and again, and take it back; how long each took to show, in ms."""
    times = []
    end = time.monotonic() + seconds
    typed = 0
    while time.monotonic() < end:
        _read(terminal, EVERY)
        typed = (typed + 1) % 20
        os.write(terminal, b"x" if typed else b"\x15")
        # Nothing else that is drawn has an x.
        cleared = f"\x1b[{SIZE[0]};{1 + len(PROMPT)}H\x1b[K".encode()
        times.append(1000 * _shown(terminal, b"x" if typed else cleared))
    os.write(terminal, b"\x15")
    return times


def _shown(terminal: int, picture: bytes) -> float:
    """How many seconds it takes until that is drawn."""
    start = time.monotonic()
    seen = b""
    while picture not in seen:
        if not select.select([terminal], [], [], LATEST)[0] or time.monotonic() > start + LATEST:
            sys.exit(f"{picture!r} was not drawn: {seen[-2000:]!r}")
        seen += os.read(terminal, 65536)
    return time.monotonic() - start


def _read(terminal: int, seconds: float) -> None:
    """Read whatever is drawn in that time."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:  # the client has ended
                return


def _talk(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as ann:
        due = time.monotonic()
        for number in range(10**9):
            ann.sendall(b"".join([b"some line, number %d of many\n" % number] * BURST))
            ann.setblocking(False)
            while select.select([ann], [], [], 0)[0] and ann.recv(65536):
                pass
            ann.setblocking(True)
            due += BURST / LINES
            time.sleep(max(0.0, due - time.monotonic()))


def _worded(times: list[float]) -> str:
    return f"p50 {median(times):.1f} ms, p99 {quantiles(times, n=100)[98]:.1f} ms"


def _memory(client: subprocess.Popen[bytes]) -> int:
    pages = int(Path(f"/proc/{client.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


if __name__ == "__main__":
    main()
