"""What others feel of a flood of wrong logins."""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import socket
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles

from benchmarks.history import served

ADDRESSES = 50
LOGINS = 1000  # a second
TALK = 100  # messages a second
LISTENERS = 100
SETTLE = 2.0  # seconds


def main() -> None:
    """Talk, once without and once with the flood, in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each part")
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, served(Path(name) / "c.sqlite") as (_, port, _):
        _register(port)
        listening = multiprocessing.Process(target=_listen, args=(port,), daemon=True)
        listening.start()
        time.sleep(SETTLE)
        for _ in range(options.repetitions):
            alone = _talk(port, options.seconds)
            flooding = multiprocessing.Process(target=_flood, args=(port,), daemon=True)
            flooding.start()
            time.sleep(SETTLE)
            flooded = _talk(port, options.seconds)
            flooding.terminate()
            flooding.join()
            time.sleep(SETTLE)
            for title, times in (("alone", alone), (f"{LOGINS} wrong logins a second", flooded)):
                p99 = quantiles(times, n=100)[98]
                print(f"{title}: p50 {median(times):.2f} ms, p99 {p99:.2f} ms")
        listening.terminate()


def _register(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as ann, ann.makefile("rwb") as lines:
        lines.write(b"/nick ann\n/register correct-horse\n")
        lines.flush()
        while b"is yours" not in lines.readline():
            pass


def _listen(port: int) -> None:
    people = [socket.create_connection(("127.0.0.1", port)) for _ in range(LISTENERS)]
    for person in people:
        person.setblocking(False)
    while True:
        time.sleep(0.02)
        _skip(people)


def _skip(people: list[socket.socket]) -> None:
    for person in people:
        with suppress(BlockingIOError):
            person.recv(65536)


def _flood(port: int) -> None:
    people = []
    for number in range(ADDRESSES):
        person = socket.socket()
        person.bind((f"127.0.1.{number + 1}", 0))
        person.connect(("127.0.0.1", port))
        person.setblocking(False)
        people.append(person)
    begun = time.monotonic()
    for number in itertools.count():
        person = people[number % ADDRESSES]
        with suppress(BlockingIOError):
            person.recv(65536)
        with suppress(BlockingIOError):
            person.send(f"/login name{number} wrong-password\n".encode())
        time.sleep(max(0.0, begun + number / LOGINS - time.monotonic()))


def _talk(port: int, seconds: float) -> list[float]:
    """How long what somebody says is on its way back, in ms."""
    times = []
    with socket.create_connection(("127.0.0.1", port)) as speaker, speaker.makefile("rwb") as lines:
        for number in range(int(seconds * TALK)):
            said = f": number {number}\n".encode()
            started = time.monotonic()
            lines.write(f"/bc number {number}\n".encode())
            lines.flush()
            while not lines.readline().endswith(said):
                pass
            times.append((time.monotonic() - started) * 1000)
            time.sleep(max(0.0, started + 1 / TALK - time.monotonic()))
    return times


if __name__ == "__main__":
    main()
