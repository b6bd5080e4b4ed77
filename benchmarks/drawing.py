"""How many bytes the client's full screen, and WeeChat's, take for each arriving line.

Both see the same room at the same time, with the same people in their lists, on terminals of the
same size. WeeChat's list of buffers is hidden, as ours has none.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
import time
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from benchmarks.clients import CLIENTS, LOOK_AT, Seat, drop_all, seated
from benchmarks.history import served

SIZES = ["200x50", "120x40", "100x24", "80x24", "60x20", "40x12", "30x10", "20x10"]  # columns, rows
ROOM = "#ops"
SPEAKERS = ["ann", "bob", "carol"]
SYLLABLES = [["ma", "lo", "ste", "ri"], ["di", "na", "rou", "ke"], ["", "l", "sto"]]  # of others
LINES = [
    "is anybody looking at the build?",
    "yes",
    "it failed at the third step, as the disk of the second machine is full; I am clearing it now",
    "thanks! see https://build.example.org/runs/1234/steps/3 for the whole log of it",
]
EVERY = 0.3  # seconds between two lines, so that each is drawn by itself
SETTLE = 3.0  # seconds
SLOW = 960  # bytes a second, of 9600 baud


def main() -> None:
    """Count for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=12, help="in the room")
    parser.add_argument("--lines", type=int, default=60, help="that are counted")
    parser.add_argument("sizes", nargs="*", default=SIZES, metavar="COLUMNSxROWS")
    options = parser.parse_args()
    for each in options.sizes:
        columns, rows = map(int, each.split("x"))
        found = _count((rows, columns), options.people, options.lines)
        told = [f"{which} {size:.0f} ({SLOW / size:.1f})" for which, size in found.items()]
        print(
            f"{each}, {options.people} people, bytes a line (lines a second at 9600 baud):"
            f" {', '.join(told)}",
            flush=True,
        )


def _count(size: tuple[int, int], people: int, lines: int) -> dict[str, float]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _, port, _ = stack.enter_context(served(folder / "chat.sqlite"))
        names = [*SPEAKERS, *map("".join, product(*SYLLABLES))][: people - len(CLIENTS)]
        speakers = [_comes(stack, port, name) for name in names][: len(SPEAKERS)]
        seats = {which: stack.enter_context(seated(which, port, [ROOM], size)) for which in CLIENTS}
        for which, seat in seats.items():
            seat.sees(ROOM)
            seat.types(f"{LOOK_AT[which]} {ROOM}")
        time.sleep(SETTLE)  # WeeChat asks about lines that come together
        seats["WeeChat"].types("/bar hide buflist")
        _say(speakers, size[0])  # so that the screens are full
        _settle(seats)
        before = {which: seat.drawn for which, seat in seats.items()}
        _say(speakers, lines, EVERY)
        _settle(seats)
        return {which: (seat.drawn - before[which]) / lines for which, seat in seats.items()}


def _settle(seats: dict[str, Seat]) -> None:
    """Wait until neither draws any more; WeeChat draws parts of words, which are not looked for."""
    drawn: list[int] = []
    while drawn != (drawn := [seat.drawn for seat in seats.values()]):
        time.sleep(SETTLE)


def _comes(stack: ExitStack, port: int, name: str) -> socket.socket:
    """Somebody in the room, who reads nothing."""
    person = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
    person.sendall(f"/nick {name}\n/join {ROOM}\n".encode())
    drop_all(person)
    return person


def _say(speakers: list[socket.socket], lines: int, every: float = 0) -> None:
    for number in range(lines):
        line = f"/say {ROOM} {LINES[number % len(LINES)]}\n"
        speakers[number % len(speakers)].sendall(line.encode())
        time.sleep(every)


if __name__ == "__main__":
    main()
