"""How a server does that has a million things to remember: its start, its memory, its answers."""

from __future__ import annotations

import argparse
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median, quantiles

from chatsvc.store import Stored
from chatsvc.stores.sqlite.file import File

BATCH = 10_000
TIMES = 100  # that each question is asked
QUESTIONS = [
    "/history 50",
    "/history around 500000",
    "/history since 7d",
    "/search w1",
    "/search w1 w2",
    "/search w2000",
    "/search w4000 w3",
    "/search w40*",
]
TALK = 50  # messages a second, while the questions are asked
WORDS = 5000  # different ones; the n-th is used in proportion to 1/n


def main() -> None:
    """Fill a store, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            served(folder / "empty.sqlite") as (_, port, process),
            socket.create_connection(("127.0.0.1", port)),
        ):
            empty = _rss(process)
        fill(folder / "full.sqlite", options.events)
        with served(folder / "full.sqlite") as (seconds, port, process):
            print(f"{options.events:,} events")
            print(f"from the command to the welcome: {seconds:.2f} s")
            alone = _talk(port, [])
            for question in QUESTIONS:
                times = [seconds * 1000 for seconds in _ask(port, question)]
                print(f"{question}: median {median(times):.1f} ms, longest {max(times):.1f} ms")
            print(f"what others say, p50 / p99: {alone} ms")
            print(f"the same while all these are asked: {_talk(port, QUESTIONS)} ms")
            print(f"memory: {_rss(process):.1f} MiB, with an empty store {empty:.1f} MiB")


def fill(path: Path, events: int) -> None:
    """Make a store with so many messages, in which all is indexed."""
    file = File(str(path), "normal")
    file.open()
    words = [f"w{n}" for n in range(1, WORDS)]
    weights = [1 / n for n in range(1, WORDS)]
    begin = time.time() - events
    for start in range(1, events + 1, BATCH):
        texts = random.choices(words, weights, k=8 * BATCH)
        file.append(
            [
                Stored(start + n, "", start + n, begin + start + n, "Said", f"client{n % 50}",
                       " ".join(texts[8 * n : 8 * n + 8]))
                for n in range(BATCH)
            ]
        )  # fmt: skip
    while file.in_spare_time() == 0:
        pass
    file.close()


@contextmanager
def served(path: Path) -> Iterator[tuple[float, int, int]]:
    """A server with that store: seconds until it welcomes somebody, its port, its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    twistd = Path(sys.executable).with_name("twistd")
    words = [twistd, "-n", "--pidfile=", "chatsvc", "--port", port, "--interface", "127.0.0.1"]
    started = time.monotonic()
    server = subprocess.Popen(
        [*map(str, words), "--throttle", "off", "--store", f"sqlite:{path}"],
        cwd=path.parent,
        stdout=subprocess.DEVNULL,
    )
    try:
        while server.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as first:
                first.recv(100)
                break
            time.sleep(0.01)
        yield time.monotonic() - started, port, server.pid
    finally:
        server.terminate()
        server.wait()


def _ask(port: int, question: str) -> list[float]:
    """Seconds until the answer to a question, again and again."""
    times = []
    with socket.create_connection(("127.0.0.1", port)) as asker, asker.makefile("rwb") as lines:
        for number in range(TIMES):
            end = f'"/nothing{number}"'.encode()
            started = time.monotonic()
            lines.write(f"{question}\n/nothing{number}\n".encode())
            lines.flush()
            while end not in lines.readline():
                pass
            times.append(time.monotonic() - started)
    return times


def _talk(port: int, questions: list[str]) -> str:
    """Say something again and again while questions are asked: how long it is on its way, in ms."""
    askers = [threading.Thread(target=_ask, args=(port, question)) for question in questions]
    times = []
    with socket.create_connection(("127.0.0.1", port)) as speaker, speaker.makefile("rwb") as lines:
        for asker in askers:
            asker.start()
        count = 0
        while count < TALK * 2 or any(asker.is_alive() for asker in askers):
            said = f": number {count}\n".encode()
            started = time.monotonic()
            lines.write(f"/bc number {count}\n".encode())
            lines.flush()
            while not lines.readline().endswith(said):
                pass
            times.append((time.monotonic() - started) * 1000)
            time.sleep(1 / TALK)
            count += 1
    return f"{median(times):.1f} / {quantiles(times, n=100)[98]:.1f}"


def _rss(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
