"""tmux, which is a terminal to the programs in it."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
import tty
from functools import cache
from typing import Any

from wcwidth import iter_graphemes, wcwidth

from tests.terminal.others.other import BLANK, Other, Shown

REASON = "" if shutil.which("tmux") else "tmux is not installed"
_PIECE = re.compile(r"\x1b\[([0-9;]*)m|(.)", re.DOTALL)
_BOLD, _REVERSE = "1", "7"
_WAIT = "sleep infinity"  # what runs in the pane, and neither reads nor writes
# Of a cluster. Of longer ones, tmux 3.3 loses the end, and it may draw a mark behind two of them on
# the cell before.
_MOST_BYTES = 21
_HAVE_YOU, _YES = b"\x1b[5n", b"\x1b[0n"  # the status of the device, which is asked for to wait


def fitting(value: Any) -> Any:
    """The same texts, in lists and tuples of any depth, without what tmux keeps of no cluster."""
    if isinstance(value, str):
        return "".join([_cut(each) for each in iter_graphemes(value)])
    if type(value) in (list, tuple):
        return type(value)(map(fitting, value))
    return value


def _cut(cluster: str) -> str:
    while len(cluster.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        cluster = cluster[:-1]
    return cluster.rstrip("\u200d")


def _is_certain(text: str) -> bool:
    """Whether all terminals draw a text as wide as `wcwidth` says."""
    return text.isascii() or (text.isalpha() and wcwidth(text) > 0)


class _Server:
    """tmux, with one window of one pane, whose terminal we write to in the place of a program."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder)
        self._tmux = subprocess.Popen(
            ["tmux", "-S", f"{folder}/socket", "-f", os.devnull, "-u", "-C", "new-session", _WAIT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        )
        atexit.register(self.end)
        self._answer()
        self.does("refresh-client -f no-output")
        self.does("set-option -g window-size manual")
        self._pane = os.open(self.does("display-message -p '#{pane_tty}'")[0], os.O_RDWR)
        tty.setraw(self._pane)

    def end(self) -> None:
        """End it, and what runs in it."""
        self.does("kill-server")
        self._tmux.wait()

    def does(self, command: str) -> list[str]:
        """Have it run one of its commands; the lines that it prints."""
        assert self._tmux.stdin
        self._tmux.stdin.write(f"{command}\n".encode())
        self._tmux.stdin.flush()
        return self._answer()

    def _answer(self) -> list[str]:
        assert self._tmux.stdout
        lines: list[str] = []
        has_begun = False
        while line := self._tmux.stdout.readline():
            if line.startswith((b"%end ", b"%error ")) and has_begun:
                assert line.startswith(b"%end "), lines
                break
            if has_begun:
                lines.append(line[:-1].decode("utf-8", "surrogateescape"))
            has_begun = has_begun or line.startswith(b"%begin ")
        return lines

    def feed(self, data: bytes) -> None:
        """Write to the terminal, and wait until tmux has taken it."""
        data += _HAVE_YOU
        while data:
            data = data[os.write(self._pane, data) :]
        seen = b""
        while not seen.endswith(_YES):
            seen += os.read(self._pane, 1024)


_server = cache(_Server)


class Tmux(Other):
    """The one pane; a new terminal takes the place of the last."""

    def __init__(self, columns: int, lines: int) -> None:
        self._server = _server()
        self._server.feed(b"\x1b[?1049l\x1bc")
        self.resize(lines, columns)

    def feed(self, data: bytes) -> None:
        self._server.feed(data)

    def resize(self, lines: int, columns: int) -> None:
        self.columns, self.lines = columns, lines
        self._server.does(f"resize-window -x {columns} -y {lines}")

    def cells(self) -> list[list[Shown]]:
        before = self.cursor
        found = []
        reverse = bold = False  # of which tmux tells where they change, over all rows
        for y, row in enumerate(self._server.does("capture-pane -p -e -N")):
            cells: list[Shown] = []
            for codes, character in _PIECE.findall(row):
                for code in codes.split(";") if not character else ():
                    reverse = code == _REVERSE or (reverse and code not in ("", "0"))
                    bold = code == _BOLD or (bold and code not in ("", "0"))
                if character:
                    cells.append(Shown(character, reverse, bold))
                    cells += [Shown("")] * (wcwidth(character) - 1)
            certain = [_is_certain(cell.text) for cell in cells] + [False]
            if (known := certain.index(False)) < len(cells):  # how wide does tmux draw it?
                cells[known:] = [Shown(self._character(y, x)) for x in range(known, self.columns)]
            found.append([*cells, *[Shown(BLANK)] * (self.columns - len(cells))])
        self._go(*before)
        return found

    def _character(self, y: int, x: int) -> str:
        self._go(y, x)
        return self._server.does("display-message -p '#{cursor_character}'")[0]

    def _go(self, y: int, x: int) -> None:
        self._server.feed(f"\x1b[{y + 1};{x + 1}H".encode())

    @property
    def cursor(self) -> tuple[int, int]:
        row, column = self._server.does("display-message -p '#{cursor_y} #{cursor_x}'")[0].split()
        return int(row), int(column)
