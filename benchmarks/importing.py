"""How people fare who talk while a million messages are imported, indexed and exported."""

from __future__ import annotations

import argparse
import json
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median, quantiles

from benchmarks.history import WORDS, served

PEOPLE = 5
EACH_SAYS = 10  # lines a second
ALONE = 20.0  # seconds for which people talk with nothing else going on
ROOMS = 5
PASSWORD = "correct-horse"


def main() -> None:
    """Import, while people talk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export = folder / "export.jsonl"
        _write(export, options.messages)
        print(f"{options.messages:,} messages, {export.stat().st_size / 2**20:.0f} MiB of JSON")
        with served(folder / "chat.sqlite") as (_, port, process):
            with socket.create_connection(("127.0.0.1", port)) as ann:
                ann.sendall(f"/nick ann\n/register {PASSWORD}\n".encode())
                time.sleep(1)
            before = _memory(process)
            alone = _talk(port, lambda: time.sleep(ALONE))
            _print("alone", alone, alone)

            def imports() -> None:
                _admin(folder, "import", export.name, "--owner", "ann")

            _print("while it is imported", _talk(port, imports), alone, options.messages)
            _print("while it is indexed", _talk(port, lambda: _wait_for_index(folder)), alone)

            def exports() -> None:
                _admin(folder, "export", "all", "--output", "again.jsonl")

            _print("while it is exported", _talk(port, exports), alone, options.messages)
            _print("alone again", _talk(port, lambda: time.sleep(ALONE)), alone)
            print(f"memory: {before:.0f} MiB before, {_memory(process):.0f} MiB at most")
        assert _texts(export) == _texts(folder / "again.jsonl"), "not all came back"


def _write(path: Path, messages: int) -> None:
    """Write an export of some rooms, in which words are as frequent as in a language."""
    words = [f"w{n}" for n in range(1, WORDS)]
    weights = [1 / n for n in range(1, WORDS)]
    begin = time.time() - messages - 86400
    with path.open("w") as file:
        head = {"chatsvc": "export", "version": 1, "of": "rooms", "at": begin}
        file.write(json.dumps(head) + "\n")
        for n in range(messages):
            if n % 1000 == 0:
                texts = random.choices(words, weights, k=8 * 1000)
            said = {"type": "message", "room": f"#old{n % ROOMS}", "at": begin + n, "kind": "said"}
            start = n % 1000 * 8
            text = " ".join(texts[start : start + 8])
            file.write(json.dumps(said | {"by": f"person{n % 50}", "text": text}) + "\n")
        file.write(json.dumps({"type": "end", "messages": messages}) + "\n")


def _texts(path: Path) -> list[tuple[str, float, str]]:
    """What an export says, in order of time."""
    with path.open() as file:
        found = [json.loads(line) for line in file]
    said = [(each["at"], each["by"], each["text"]) for each in found if "text" in each]
    return sorted((by, at, text) for at, by, text in said if by.startswith("person"))


def _admin(folder: Path, *words: str) -> None:
    program = [sys.executable, "-m", "chatsvc.admin", "--socket", "chat.admin"]
    subprocess.run([*program, *words], cwd=folder, check=True)


def _wait_for_index(folder: Path) -> None:
    """Wait until all that was imported is in the index."""
    left = "SELECT 1 FROM imports WHERE unindexed <= last"
    with closing(sqlite3.connect(f"file:{folder}/chat.sqlite?mode=ro", uri=True)) as database:
        while database.execute(left).fetchone():
            time.sleep(0.5)


class _Talk:
    """What came of talking: how long lines were on their way, in seconds, and for how long."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.lasted = 0.0


def _talk(port: int, work: Callable[[], object]) -> _Talk:
    """Have people say something again and again until some work is done."""
    talk = _Talk()
    over = threading.Event()
    people = [threading.Thread(target=_person, args=(port, talk, over)) for _ in range(PEOPLE)]
    for person in people:
        person.start()
    started = time.monotonic()
    try:
        work()
    finally:
        talk.lasted = time.monotonic() - started
        over.set()
        for person in people:
            person.join()
    return talk


def _person(port: int, talk: _Talk, over: threading.Event) -> None:
    with _connected(port) as (connection, lines):
        count = 0
        while not over.is_set():
            time.sleep(random.uniform(0.5, 1.5) / EACH_SAYS)
            said = f"number {count} of {id(lines)}"
            started = time.monotonic()
            connection.sendall(f"{said}\n".encode())
            while not lines.readline().endswith(f": {said}\n".encode()):
                pass
            talk.times.append(time.monotonic() - started)
            count += 1


@contextmanager
def _connected(port: int) -> Iterator[tuple[socket.socket, socket.SocketIO]]:
    with (
        socket.create_connection(("127.0.0.1", port)) as connection,
        connection.makefile("rb") as lines,
    ):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection, lines  # type: ignore[misc]  # it is buffered


def _print(when: str, talk: _Talk, alone: _Talk, messages: int = 0) -> None:
    p50, p99 = median(talk.times) * 1000, quantiles(talk.times, n=100)[98] * 1000
    ratio = p99 / (quantiles(alone.times, n=100)[98] * 1000)
    speed = f", {messages / talk.lasted:,.0f} messages a second" if messages else ""
    print(
        f"{when}: {talk.lasted:.1f} s{speed}; lines of others p50 {p50:.1f} ms, p99 {p99:.1f} ms,"
        f" {ratio:.2f} times that of alone ({len(talk.times)} lines)",
        flush=True,
    )


def _memory(process: int) -> float:
    """The most memory of a process, in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
