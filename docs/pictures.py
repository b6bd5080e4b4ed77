"""Draws the pictures of the client, of real sessions: ``python docs/pictures.py``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.client.terminal import Seat
from tests.processes import TWISTD, Caller, free_port
from tests.terminal.emulator import Emulator

PICTURES = Path(__file__).parent / "pictures"
SIZE = {"columns": 84, "rows": 18}
WIDE, HIGH, MARGIN = 8.4, 18, 12  # pixels of a cell, and around all
INK, PAPER, CURSOR = "#d6d6d6", "#17191c", "#9aa0a6"
BASIC = {
    "black": "#000000", "red": "#cd3131", "green": "#0dbc79", "brown": "#e5e510",
    "blue": "#2472c8", "magenta": "#bc3fbc", "cyan": "#11a8cd", "white": "#e5e5e5",
}  # fmt: skip
FONT = "ui-monospace,'DejaVu Sans Mono','Noto Sans Mono CJK SC',Menlo,Consolas,monospace"


def picture(emulator: Emulator, title: str) -> str:
    """What a terminal shows, as SVG."""
    width = emulator.columns * WIDE + 2 * MARGIN
    height = emulator.lines * HIGH + 2 * MARGIN
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" font-family="{FONT}" font-size="14">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>',
    ]
    left, top = _corner(emulator.cursor.x, emulator.cursor.y)
    drawn.append(f'<rect x="{left:g}" y="{top:g}" width="{WIDE}" height="{HIGH}" fill="{CURSOR}"/>')
    for y in range(emulator.lines):
        drawn += _row(emulator, y)
    return "\n".join([*drawn, "</svg>", ""])


def _row(emulator: Emulator, y: int) -> list[str]:
    """Runs of cells that look the same, each where it stands; wide characters by themselves."""
    cells = [(x, emulator.buffer[y][x]) for x in range(emulator.columns)]
    backs, texts = [], []
    for (ink, paper, is_bold, _), run in groupby(cells, lambda each: _look(*each)):
        (x, first), *rest = list(run)
        left, top = _corner(x, y)
        if paper != PAPER:
            size = f'width="{(1 + len(rest)) * WIDE:g}" height="{HIGH}"'
            backs.append(f'<rect x="{left:g}" y="{top:g}" {size} fill="{paper}"/>')
        text = "".join([first.data, *[cell.data for _, cell in rest]]).rstrip()
        if text:
            bold = ' font-weight="bold"' if is_bold else ""
            place = f'x="{left:g}" y="{top + 13.5:g}" xml:space="preserve"'
            texts.append(f'<text {place} fill="{ink}"{bold}>{escape(text)}</text>')
    return [*backs, *texts]


def _look(x: int, cell: Any) -> tuple[str, str, bool, int]:
    """Colours, boldness, and for a character that is not of ASCII where it stands."""
    ink = INK if cell.fg == "default" else BASIC.get(cell.fg, f"#{cell.fg}")
    paper = PAPER
    if cell.reverse:
        ink, paper = paper, ink
    return ink, paper, cell.bold, -1 if cell.data.isascii() and cell.data else x


def _corner(x: int, y: int) -> tuple[float, float]:
    return MARGIN + x * WIDE, MARGIN + y * HIGH


def main() -> None:
    """Play, and draw what ann sees."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        server = _serve(folder, port)
        seats: list[Seat] = []
        try:
            _play(folder, port, server, seats)
        finally:
            for seat in seats:
                seat.close()
            server.kill()
            server.wait()


def _serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    options = ["--port", str(port), "--interface", "127.0.0.1", "--store", "sqlite:chat.sqlite"]
    command = [TWISTD, "-n", "--pidfile=", "chatsvc", *options]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)


def _play(folder: Path, port: int, server: subprocess.Popen[bytes], seats: list[Seat]) -> None:
    def sits(name: str) -> Seat:
        seat = Seat(folder, "localhost", str(port), "--name", name, **SIZE)  # type: ignore[arg-type]
        seats.append(seat)
        seat.sees(f"{name}@localhost")
        return seat

    cat = Caller(port)
    cat.types("/nick cat")
    ann = sits("ann")
    bob = sits("bob")
    ann.sees("now known as bob")
    _says(bob, "good morning! is the new build out?")
    cat.types("since ten minutes ago: 漢字 and emoji 🎉 line up now")
    bob.sees("line up now")
    _says(bob, "/me opens the release notes")
    _says(ann, "bob: tell me when you have read them, please")
    bob.sees("when you have read them")
    cat.types("netcat is all I have here, and it does")
    bob.sees("netcat is all")
    for person in (ann, bob):
        _says(person, "/join #ops")
        person.sees("You are in #ops")
    ann.sees("bob has joined #ops")
    _says(ann, "who is on call tonight?")
    ann.presses(b"\x1b1")
    _says(bob, "I am, from six")
    ann.sees("#ops +1")
    bob.presses(b"\x1b1")
    _says(bob, "ann, done. I like the part about restarts")
    ann.sees("about restarts")
    bob.types("/dm ann lunch at noon?\r")
    ann.sees("@bob !1")
    ann.types("thanks, then I shall send")
    ann.sees("> thanks, then I shall send")
    _draw(ann, "conversation", "Three people talk in the lobby; ann types while lines arrive")

    ann.presses(b"\x15", b"\x1b2")
    ann.sees("I am, from six")
    bob.presses(b"\x1b2")
    _says(bob, "disk 3 of the archive looks tired, by the way")
    ann.sees("looks tired")
    ann.types("/pri\t")
    ann.types("\tops \t")
    ann.sees("invite-only")
    _draw(ann, "rooms", "A room, with a line where unread begins, and a command that is completed")

    ann.presses(b"\x15")
    server.kill()
    server.wait()
    ann.sees("no connection")
    _says(ann, "order a new one? I can sign that today")
    ann.sees("1 waiting")
    _draw(
        ann, "reconnect", "The server is gone for a moment; what was typed waits, and is said once"
    )


def _says(seat: Seat, text: str) -> None:
    seat.types(f"{text}\r")
    last = text.split(" ", 1)[1] if text.startswith("/") else text
    seat.sees(last[:30])
    time.sleep(0.1)  # for the others to see it first


def _draw(seat: Seat, name: str, title: str) -> None:
    while seat.watch(0.2):  # until it is quiet
        pass
    (PICTURES / f"{name}.svg").write_text(picture(seat.emulator, title), "utf-8")


if __name__ == "__main__":
    main()
