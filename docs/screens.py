"""Draws the pictures of the client, of a real session: ``python docs/screens.py``."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.client.terminal import Seat
from tests.processes import TWISTD, Caller, free_port
from tests.terminal.emulator import Emulator

PICTURES = Path(__file__).parent / "pictures"
COLUMNS, ROWS = 100, 12  # there is space for the list of people, and for the bar
WIDTH, HEIGHT, BASELINE, MARGIN = 9, 19, 14, 12  # pixels: of a cell, in it, around all
FONT = "ui-monospace,'DejaVu Sans Mono',Menlo,'Liberation Mono','Noto Sans Mono CJK JP',monospace"
NAMED = {
    "black": "#000000", "red": "#cd3131", "green": "#0dbc79", "brown": "#c7b22b",
    "blue": "#2472c8", "magenta": "#bc3fbc", "cyan": "#11a8cd", "white": "#d4d4d4",
    "brightblack": "#767676", "brightred": "#f14c4c", "brightgreen": "#23d18b",
    "brightbrown": "#f5f543", "brightblue": "#3b8eea", "brightmagenta": "#d670d6",
    "brightcyan": "#29b8db", "brightwhite": "#ffffff",
}  # fmt: skip


class Ground(NamedTuple):
    """The colours of text and background where a terminal sets none."""

    ink: str
    paper: str


DARK = Ground("#d4d4d4", "#0a0a0c")
LIGHT = Ground("#24242a", "#fbfbfa")


class Terminal(Emulator):
    """An emulator that knows what is faint: it calls that italics, which the client never uses."""

    def select_graphic_rendition(self, *attrs: int, **kwargs: Any) -> None:
        """Set the style of what is drawn from now on."""
        if 38 not in attrs and 48 not in attrs:  # there, 2 is something else, or a colour
            attrs = tuple(3 if each == 2 else each for each in attrs)
        super().select_graphic_rendition(*attrs, **kwargs)


class Look(NamedTuple):
    """What a cell looks like; its colours are those of CSS."""

    ink: str
    paper: str
    is_bold: bool
    is_faint: bool


@dataclass
class Run:
    """Cells beside each other that look the same.

    x: the column of the first.
    width: in columns.
    is_open: whether more may follow. A wide character ends its run, since fonts differ in how
        wide it is, and what follows has to stand in its column anyway.
    """

    x: int
    look: Look
    text: str = ""
    width: int = 0
    is_open: bool = True


def picture(emulator: Emulator, title: str, ground: Ground = DARK) -> str:
    """What a terminal shows, as SVG."""
    width, height = emulator.columns * WIDTH + 2 * MARGIN, emulator.lines * HEIGHT + 2 * MARGIN
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="{FONT}" font-size="15">',
        f"<title>{escape(title)}</title>",
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6"'
        f' fill="{ground.paper}" stroke="#808080" stroke-opacity="0.4"/>',
    ]
    for y in range(emulator.lines):
        runs = _runs(emulator, y, ground)
        top = MARGIN + y * HEIGHT
        drawn += [
            f'<rect x="{_left(run)}" y="{top}" width="{run.width * WIDTH}" height="{HEIGHT}"'
            f' fill="{run.look.paper}" shape-rendering="crispEdges"/>'
            for run in runs
            if run.look.paper != ground.paper
        ]
        if spans := "".join([_span(run) for run in runs if not run.text.isspace()]):
            drawn.append(f'<text y="{top + BASELINE}" xml:space="preserve">{spans}</text>')
    return "\n".join([*drawn, "</svg>", ""])


def _runs(emulator: Emulator, y: int, ground: Ground) -> list[Run]:
    """All of a row."""
    runs: list[Run] = []
    for x in range(emulator.columns):
        cell = emulator.buffer[y][x]
        if not cell.data and runs:  # the right half of a wide character
            runs[-1].width += 1
            runs[-1].is_open = False
            continue
        cursor = emulator.cursor
        is_cursor = (x, y) == (cursor.x, cursor.y) and not cursor.hidden
        look = _look(cell, ground, is_cursor)
        # What stands apart has a column of its own, since fonts differ in how wide blanks are.
        is_behind_gap = bool(runs) and runs[-1].text.endswith("  ")
        is_apart = cell.data == "│" or (cell.data != " " and is_behind_gap)
        if not runs or runs[-1].look != look or not runs[-1].is_open or is_apart:
            runs.append(Run(x, look))
        runs[-1].text += cell.data
        runs[-1].width += 1
    return runs


def _look(cell: Any, ground: Ground, is_cursor: bool) -> Look:
    ink = ground.ink if cell.fg == "default" else NAMED.get(cell.fg, f"#{cell.fg}")
    paper = ground.paper if cell.bg == "default" else NAMED.get(cell.bg, f"#{cell.bg}")
    if cell.reverse != is_cursor:
        ink, paper = paper, ink
    return Look(ink, paper, cell.bold, cell.italics)


def _span(run: Run) -> str:
    bold = ' font-weight="bold"' if run.look.is_bold else ""
    faint = ' fill-opacity="0.6"' if run.look.is_faint else ""
    style = f'x="{_left(run)}" fill="{run.look.ink}"{bold}{faint}'
    return f"<tspan {style}>{escape(run.text.rstrip())}</tspan>"


def _left(run: Run) -> int:
    return MARGIN + run.x * WIDTH


class Session:
    """A server, and ann, bob and cat, who has only netcat, all in the lobby.

    closing: has what is started here end with it.
    """

    def __init__(self, folder: Path, ground: Ground, closing: ExitStack) -> None:
        self._folder = folder
        self.ground = ground
        self._closing = closing
        self._port = _port()
        options = ["--port", str(self._port), "--interface", "127.0.0.1", "--store", "sqlite:chat"]
        self.server = subprocess.Popen(
            [TWISTD, "-n", "--pidfile=", "chatsvc", *options], cwd=folder, stdout=subprocess.DEVNULL
        )
        closing.callback(self.stop)
        self.cat = Caller(self._port)
        closing.callback(self.cat.socket.close)
        self.cat.types("/nick cat")
        self.cat.sees("server: client1 is now known as cat.")
        self.ann = self._comes("ann")
        self.bob = self._comes("bob")
        self.ann.sees(", 3 here")
        self.bob.sees(", 3 here")

    def _comes(self, name: str) -> Seat:
        where = "127.0.0.1", str(self._port)
        seat = Seat(self._folder, *where, "--name", name, columns=COLUMNS, rows=ROWS, NO_COLOR="")
        self._closing.callback(seat.close)
        seat.emulator = Terminal(COLUMNS, ROWS)
        seat.sees(f"{name}@127.0.0.1")
        paper = self.ground.paper
        seat.types(f"\x1b]11;rgb:{paper[1:3]}/{paper[3:5]}/{paper[5:]}\a")
        return seat

    def stop(self) -> None:
        """Kill the server."""
        self.server.kill()
        self.server.wait()

    def says(self, who: Seat | Caller, text: str) -> None:
        """Say a line, and wait until both at terminals, who look at that room, see it."""
        if isinstance(who, Caller):
            who.types(text)
        else:
            who.types(f"{text}\r")
        for seat in (self.ann, self.bob):
            seat.sees(text.removeprefix("/me "))

    def drawn(self, title: str) -> str:
        """What ann sees."""
        while self.ann.watch(0.3) or "lag " in self.ann.rows[-2]:  # until all is there, and quiet
            pass
        return picture(self.ann.emulator, title, self.ground)


def _port() -> int:
    """The usual one if nobody has it, since it is in the pictures."""
    try:
        socket.create_server(("127.0.0.1", 5000)).close()
    except OSError:
        return free_port()
    return 5000


def _play(session: Session) -> Iterator[tuple[str, str]]:
    """Play the scenes; of each, the name of the picture, and what ann sees as SVG."""
    drawn = session.drawn
    ann, bob, cat, says = session.ann, session.bob, session.cat, session.says
    for seat in (ann, bob):
        seat.types("/join #ops\r")
        seat.sees("You are in #ops", "[2 #ops")
    ann.sees(", 2 here")
    ann.types("/topic the archive is read-only until Friday\r")
    ann.sees("#ops  the archive")
    says(ann, "who is on call tonight?")
    says(bob, "I am, from six o'clock on")
    for seat in (ann, bob):
        seat.presses(b"\x1b1")
        seat.sees("[1 #lobby")
    says(cat, "good morning! all I have here is netcat")
    says(bob, "that will do, we see no difference")
    says(cat, "greetings from the 東京 office, where 🍜 is for lunch")
    says(bob, "/me opens the release notes")
    says(ann, "tell me when you have read them, please")
    says(cat, "which release?")
    says(bob, "1.4: it comes back by itself when the network does")
    bob.presses(b"\x1b2")
    bob.sees("[2 #ops")
    bob.types("disk 3 of the archive looks tired\r")
    ann.sees(" 2 #ops +1 ")
    bob.types("it is the one that we bought second-hand\r")
    ann.sees(" 2 #ops +2 ")
    bob.presses(b"\x1b1")
    bob.sees("[1 #lobby")
    says(bob, "ann: done. I like the part about restarts")
    bob.types("/dm ann lunch at noon?\r")
    ann.sees(" 3 @bob !1 ")
    says(cat, "then I shall try that with the cable")
    ann.types("good. I am still typing, and nothing of what arr")
    ann.sees("nothing of what arr")
    yield "conversation", drawn("Three people talk in the lobby; ann types while lines come")

    ann.presses(b"\x15", b"\x1b2")
    ann.sees("[2 #ops", "— new —", "second-hand")
    ann.types("/priv\t#o\t\t")
    ann.sees("> /privacy #ops", "invite-only")
    yield (
        "rooms",
        drawn(
            "A room: its topic and people, a line where unread begins, and what Tab would complete"
        ),
    )

    ann.presses(b"\x15")
    ann.sees("[2 #ops")
    session.stop()
    ann.sees("no connection")
    ann.types("order a new one, I can sign that today\r")
    ann.sees(", 1 waiting", "sign that today")
    ann.types("and a spare on")
    ann.sees("> and a spare on")
    yield "reconnect", drawn("The server is gone; what was typed waits, and is said once")


def main() -> None:
    """Draw all pictures, or leave all as they are."""
    pictures = {}
    for which, ground in {"dark": DARK, "light": LIGHT}.items():
        with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
            for name, drawn in _play(Session(Path(folder), ground, closing)):
                pictures[f"{name}-{which}"] = drawn
    PICTURES.mkdir(exist_ok=True)
    for name, drawn in pictures.items():
        draft = PICTURES / f"{name}.svg.new"
        draft.write_text(drawn, "utf-8")
        draft.replace(PICTURES / f"{name}.svg")


if __name__ == "__main__":
    main()
