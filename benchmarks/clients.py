"""Our client beside WeeChat in the same rooms: memory, start, and bytes drawn for the same text."""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import random
import shlex
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median

from benchmarks.history import served

SIZE = (40, 120)  # rows, columns
SPEAKERS = 5
ELSEWHERE = 1000  # lines a second, in the rooms that are not shown
SHOWN = 100  # lines a second, in the one that is
LENGTHS = (2, 20)  # words of a line
LATEST = 60.0  # seconds for anything to be drawn
QUIET = 2.0  # seconds without a line, before memory is looked at
LAST = "that was all"


class Seat:
    """A client in a pseudo-terminal, whose output is counted, and then dropped.

    drawn: the bytes that it has drawn.
    """

    def __init__(self, words: Sequence[str], home: Path, size: tuple[int, int]) -> None:
        self.drawn = 0
        self._seen = b""
        self._terminal, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self._started = time.monotonic()
        self.process = subprocess.Popen(
            words,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env=_environment(home),
        )
        os.close(slave)
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._terminal, 2**16)
            except OSError:  # the client has ended
                return
            with self._changed:
                self.drawn += len(data)
                self._seen = (self._seen + data)[-(2**16) :]
                self._changed.notify()

    def sees(self, text: str) -> float:
        """Wait until that is drawn; returns the seconds since the start."""
        with self._changed:
            if not self._changed.wait_for(lambda: text.encode() in self._seen, LATEST):
                sys.exit(f"{self.process.args!r} has not drawn {text!r}: {self._seen[-2000:]!r}")
            return time.monotonic() - self._started

    def types(self, text: str) -> None:
        """Type a line."""
        os.write(self._terminal, f"{text}\r".encode())

    @property
    def cpu(self) -> float:
        """The seconds of processor time taken."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, what: str) -> float:
        """A line of the kernel's summary of the memory (Rss, Pss), in MiB."""
        summary = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(summary.partition(f"\n{what}:")[2].split()[0]) / 1024

    def close(self) -> None:
        """End the client."""
        self.process.kill()
        self.process.wait()


def _environment(home: Path) -> dict[str, str]:
    """The usual one, in which Python keeps bytecode, as it does where something is installed."""
    kept = {name: each for name, each in os.environ.items() if not name.startswith("PYTHON")}
    terminal = {"LANG": "C.UTF-8", "TERM": "xterm-256color"}
    return {**kept, **terminal, "HOME": str(home), "XDG_STATE_HOME": str(home)}


def ours(port: int, rooms: Sequence[str], home: Path) -> list[str]:
    """The words that start our client in some rooms."""
    file = home / "settings.toml"
    listed = ", ".join([f'"{room}"' for room in rooms])
    file.write_text(f"rooms = [{listed}]\n")
    program = str(Path(sys.executable).with_name("chatsvc"))
    return [program, "127.0.0.1", str(port), "--settings", str(file)]


def weechat(port: int, rooms: Sequence[str], home: Path) -> list[str]:
    """The words that start WeeChat in some rooms, with its own settings otherwise."""
    commands = [
        f"/server add bench 127.0.0.1/{port}",
        "/set irc.server.bench.nicks theirs",
        f"/set irc.server.bench.autojoin {','.join(rooms)}",
        "/connect bench",
    ]
    return ["weechat", "--dir", str(home / "weechat"), *[w for c in commands for w in ("-r", c)]]


CLIENTS = {"chatsvc": ours, "WeeChat": weechat}
FIRST = {"chatsvc": "@127.0.0.1", "WeeChat": "weechat"}  # drawn with the first screen
LOOK_AT = {"chatsvc": "/window", "WeeChat": "/buffer"}  # goes to a room


@contextmanager
def seated(
    which: str, port: int, rooms: Sequence[str], size: tuple[int, int] = SIZE
) -> Iterator[Seat]:
    """A client that has just begun, with a home of its own."""
    with tempfile.TemporaryDirectory() as name:
        seat = Seat(CLIENTS[which](port, rooms, Path(name)), Path(name), size)
        try:
            yield seat
        finally:
            seat.close()


def main() -> None:
    """Start each some times, then both with the same lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=10)
    parser.add_argument("--lines", type=int, default=2000, help="said in each room")
    parser.add_argument("--starts", type=int, default=5, help="of each client")
    options = parser.parse_args()
    rooms = [f"#room{number}" for number in range(options.rooms)]
    with tempfile.TemporaryDirectory() as name, served(Path(name) / "c.sqlite") as (_, port, _):
        start(port, options.starts)
        talk(port, rooms, options.lines)


def start(port: int, times: int) -> None:
    """Start the clients in turns."""
    taken: dict[str, list[tuple[float, float]]] = {which: [] for which in CLIENTS}
    for turn in range(times + 1):
        for which, found in taken.items():
            with seated(which, port, []) as seat:
                seconds = seat.sees(FIRST[which])
                if turn:  # the first one finds neither bytecode nor files in memory
                    found.append((seconds * 1000, seat.cpu * 1000))
    for which, found in taken.items():
        wall, cpu = zip(*found, strict=True)
        print(
            f"{which}: first screen after {median(wall):.0f} ms (least {min(wall):.0f}),"
            f" processor {median(cpu):.0f} ms (least {min(cpu):.0f})"
        )


def talk(port: int, rooms: Sequence[str], lines: int) -> None:
    """Say lines in all rooms, of which the clients show the first, and look at the clients."""
    with ExitStack() as closing:
        seats = {which: closing.enter_context(seated(which, port, rooms)) for which in CLIENTS}
        say = Talk(port, rooms)
        for which, seat in seats.items():
            seat.sees(rooms[0])
            time.sleep(QUIET)
            seat.types(f"{LOOK_AT[which]} {rooms[0]}")
        time.sleep(QUIET)
        before = {which: (seat.cpu, seat.drawn) for which, seat in seats.items()}
        _print("in all rooms, without a line", seats)
        say.lines(rooms[1:], lines, ELSEWHERE)
        time.sleep(QUIET)
        _took(f"{lines:,} lines in each of {len(rooms) - 1} rooms not shown", seats, before)
        before = {which: (seat.cpu, seat.drawn) for which, seat in seats.items()}
        say.lines(rooms[:1], lines, SHOWN)
        for seat in seats.values():
            seat.sees(LAST)
        time.sleep(QUIET)
        _took(f"{lines:,} lines in the room shown", seats, before)
        _print("with all lines", seats)


def _print(when: str, seats: dict[str, Seat]) -> None:
    for which, seat in seats.items():
        print(f"{which}, {when}: {_memory(seat)}")


def _memory(seat: Seat) -> str:
    return f"RSS {seat.memory('Rss'):.1f} MiB, PSS {seat.memory('Pss'):.1f} MiB"


def _took(what: str, seats: dict[str, Seat], before: dict[str, tuple[float, int]]) -> None:
    for which, seat in seats.items():
        cpu, drawn = before[which]
        seconds = seat.cpu - cpu
        print(f"{which}, {what}: {seat.drawn - drawn:,} bytes drawn, processor {seconds:.2f} s")


class Talk:
    """People who talk, the same each time."""

    def __init__(self, port: int, rooms: Sequence[str]) -> None:
        self._random = random.Random(1)
        self._words = [
            "".join(self._random.choices("abcdefghijklmnoprstuvwy", k=self._random.randint(2, 9)))
            for _ in range(2000)
        ]
        self._speakers = [socket.create_connection(("127.0.0.1", port)) for _ in range(SPEAKERS)]
        for number, each in enumerate(self._speakers):
            each.sendall(f"/nick speaker{number}\n".encode())
            each.sendall("".join([f"/join {room}\n" for room in rooms]).encode())
            drop_all(each)

    def lines(self, rooms: Sequence[str], lines: int, rate: float) -> None:
        """Say lines in each room by turns, so many a second, and the last one at the end."""
        due = time.monotonic()
        for number in range(lines):
            for room in rooms:
                text = " ".join(self._random.choices(self._words, k=self._random.randint(*LENGTHS)))
                text = LAST if number == lines - 1 else text
                speaker = self._random.choice(self._speakers)
                speaker.sendall(f"/say {room} {shlex.quote(text)}\n".encode())
                due += 1 / rate
                time.sleep(max(0.0, due - time.monotonic()))


def drop_all(person: socket.socket) -> None:
    """Have a thread read what the server says to somebody who looks at nothing."""

    def read() -> None:
        with suppress(OSError):  # closed
            while person.recv(2**16):
                pass

    threading.Thread(target=read, daemon=True).start()


if __name__ == "__main__":
    main()
