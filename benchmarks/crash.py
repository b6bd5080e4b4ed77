"""Kills a server that people talk to at full speed, again and again, and looks what is left."""

from __future__ import annotations

import argparse
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

SENDERS = 4
LINES_AT_ONCE = 20
START = 120.0  # seconds in which the server must listen
_SAID = re.compile(rb"^client\d+: (\d+ \d+)\n", re.MULTILINE)


class Lost(Exception):
    """Something is not as it was seen; the text says what."""


def main() -> None:
    """Do it as often as the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--store", default="sqlite:{file}", help="{file} is filled in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            seen, kept = crash(Path(folder), random.uniform(0.3, 1.5), options.store)
            print(f"{number + 1}. {seen} lines seen, {kept} kept since the beginning", flush=True)


def crash(folder: Path, seconds: float, store: str = "sqlite:{file}") -> tuple[int, int]:
    """Run a server, kill it, and run it again: how many lines were seen, and how many are kept.

    folder: where the store is, from the last time if there was one.
    seconds: between the first answers and the kill.

    Raises Lost.
    """
    port = _free_port()
    server = _start(folder, port, store)
    before = len(_kept(folder))
    people = [_Person(port, f"{time.time_ns()}") for _ in range(SENDERS)]
    for person in people:
        person.heard.wait(START)
    time.sleep(seconds)
    server.send_signal(signal.SIGKILL)
    server.wait()
    for person in people:
        person.join()
    server = _start(folder, port, store)  # it has to come up with what is there
    server.terminate()
    server.wait()
    kept = _kept(folder)
    for person in people:
        seen = person.seen()
        first = kept.index(seen[0]) if seen and seen[0] in kept else 0
        if kept[first : first + len(seen)] != seen:
            raise Lost(f"of {len(seen)} lines that somebody saw, not all are kept in their order")
    if len(set(kept)) != len(kept):
        raise Lost("something is kept twice")
    of_each: dict[str, int] = {}
    for line in kept[before:]:
        speaker, number = line.split()
        if int(number) != of_each.get(speaker, 0):
            raise Lost(f"of {speaker}, {number} follows {of_each.get(speaker, 0) - 1}")
        of_each[speaker] = int(number) + 1
    return max(len(person.seen()) for person in people), len(kept)


class _Person(threading.Thread):
    """Says numbers as fast as possible, and remembers what is seen of what all say.

    heard: set once something that this one said has come back.
    """

    def __init__(self, port: int, name: str) -> None:
        super().__init__()
        self.heard = threading.Event()
        self._name = name
        self._received = b""
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.recv(1000)  # the welcome
        self.start()

    def run(self) -> None:
        number = 0
        awaited = b""
        with suppress(OSError), self._socket:
            while True:
                if awaited in self._received[-100_000:]:
                    if number:
                        self.heard.set()
                    lines = [f"{self._name} {number + n}" for n in range(LINES_AT_ONCE)]
                    number += LINES_AT_ONCE
                    awaited = f": {lines[-1]}\n".encode()
                    self._socket.sendall("".join(f"/bc {line}\n" for line in lines).encode())
                data = self._socket.recv(65536)
                if not data:
                    return
                self._received += data

    def seen(self) -> list[str]:
        """What all have said since the first of them, complete lines only, in this one's order."""
        return [line.decode() for line in _SAID.findall(self._received)]


def _start(folder: Path, port: int, store: str) -> subprocess.Popen[bytes]:
    twistd = Path(sys.executable).with_name("twistd")
    where = store.format(file=folder / "chat.sqlite")
    words = [twistd, "-n", "--pidfile=", "chatsvc", "--port", port, "--interface", "127.0.0.1"]
    server = subprocess.Popen(
        [*map(str, words), "--throttle", "off", "--store", where],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
            if probe.recv(100):
                return server
        time.sleep(0.05)
    server.kill()
    raise Lost("the server does not come up again")


def _kept(folder: Path) -> list[str]:
    with sqlite3.connect(f"file:{folder / 'chat.sqlite'}?mode=ro", uri=True) as store:
        return [text for (text,) in store.execute("SELECT text FROM said ORDER BY id")]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
