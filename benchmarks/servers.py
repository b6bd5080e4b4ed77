"""The servers that are compared: how each is started, and what it can do."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE / "peers"
BUILD = HERE / "build"
START = 20.0  # seconds in which a server must listen
STOP = 10.0  # seconds in which it must end by itself

# Below the ports that the kernel gives to clients; not the same one twice in a row, nor those of
# another run at the same time.
_FIRST = 7000 + os.getpid() % 1000
_ports: Iterator[int] = cycle([*range(_FIRST, 8000), *range(7000, _FIRST)])


class DidNotStart(Exception):
    """A server ended, or did not listen in time; the text is the end of its log."""


@dataclass(frozen=True)
class Running:
    """A server that runs: its port, the id of its process, and where its log is."""

    port: int
    process: int
    log: Path

    @property
    def last_words(self) -> str:
        """The end of its log."""
        return _tail(self.log)


@dataclass(frozen=True)
class Server:
    """A chat server.

    command: starts it in the foreground. {port}, {folder} (where it runs), {python}, {twistd},
        {build} and {here} (this folder) are filled in.
    dialect: of the load generator.
    load: further options of the load generator.
    config: a file of peers/ that is put into its folder, {port} filled in.
    prepare: a command that is run before, in the same folder.
    needs: a Python module without which it cannot run, or the path of another, {build} filled in.
    announces: tells everyone who joins and leaves, and takes /quit or QUIT.
    opening: how many connections may wait for its welcome at once: less than its backlog holds,
        as the kernel tries again only after a second.
    most: the most listeners that it can be asked to have within a reasonable time.
    """

    name: str
    command: str
    dialect: str = "chatsvc"
    load: tuple[str, ...] = ()
    config: str | None = None
    prepare: str | None = None
    needs: str | None = None
    announces: bool = False
    opening: int = 40
    most: int = 1_000_000

    @property
    def is_installed(self) -> bool:
        """Whether it can be started here."""
        program = self._words(self.command, 0, Path())[0]
        return shutil.which(program) is not None and (self.needs is None or _is_there(self.needs))

    @contextmanager
    def running(self, pinned: list[str]) -> Iterator[Running]:
        """Run a fresh one.

        pinned: the words of a command that runs another one on a certain processor.
        Raises DidNotStart.
        """
        port = _free_port()
        with tempfile.TemporaryDirectory(prefix="chatsvc-bench-") as name:
            folder = Path(name)
            if self.config is not None:
                text = (PEERS / self.config).read_text("utf-8").replace("{port}", str(port))
                (folder / self.config).write_text(text, "utf-8")
            with (folder / "log").open("wb") as log:
                if self.prepare is not None:
                    words = self._words(self.prepare, port, folder)
                    subprocess.run(words, cwd=folder, stdout=log, stderr=log, check=True)
                process = subprocess.Popen(
                    pinned + self._words(self.command, port, folder),
                    cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )  # fmt: skip
            try:
                if not _listens(process, port):
                    raise DidNotStart(_tail(folder / "log"))
                yield Running(port, process.pid, folder / "log")
            finally:
                _end(process)

    def _words(self, command: str, port: int, folder: Path) -> list[str]:
        python = Path(sys.executable)
        twistd = python.with_name("twistd")
        return shlex.split(
            command.format(
                port=port, folder=folder, python=python, twistd=twistd, build=BUILD, here=HERE,
            )
        )  # fmt: skip


def _is_there(module: str) -> bool:
    """Whether a Python module can be imported, or there is a file or folder."""
    if "/" in module:
        return Path(module.format(build=BUILD)).exists()
    return find_spec(module) is not None


def _free_port() -> int:
    for port in _ports:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("cycle() does not end")


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            time.sleep(0.2)  # until it has seen that nobody is there any more
            return True
        time.sleep(0.05)
    return False


def _tail(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-1000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


_TWISTD = "{twistd} -n --pidfile= chatsvc --port {port} --throttle off --interface 127.0.0.1"

_ALONE = "{twistd} -n --pidfile= chatsvc --port off --throttle off --store memory:"
_LINE = f"{_ALONE} --line tcp:{{port}}:interface=127.0.0.1:backlog=4096"
_IRC = f"{_ALONE} --irc tcp:{{port}}:interface=127.0.0.1:backlog=4096 --auto-join off"
_WEB = f"{_ALONE} --web tcp:{{port}}:interface=127.0.0.1:backlog=4096"
_WS = "{build}/node_modules/ws"
_TAGS = "server-time message-tags account-tag"


def _asking(capabilities: str) -> tuple[str, ...]:
    """The load generator's options for clients with some capabilities."""
    accounts = ["--accounts"] if "account-tag" in capabilities else []
    return ("--capabilities", capabilities, *accounts)


CHATSVC = Server(
    "chatsvc",
    f"{_TWISTD} --store memory:",
    announces=True,
    opening=4000,  # it listens for a moment to those who say nothing
)

SERVERS = (
    CHATSVC,
    Server("chatsvc-full", f"{_TWISTD} --store sqlite:chat.sqlite", announces=True),
    Server(
        "chatsvc-normal", f"{_TWISTD} --store sqlite:chat.sqlite?synchronous=normal", announces=True
    ),
    Server(
        "chatsvc-line",
        _LINE,
        announces=True,
        opening=4000,  # as many as where they have to wait
    ),
    Server("chatsvc-line-113", _LINE, load=("--size", "103"), announces=True, opening=4000),
    Server("chatsvc-line-166", _LINE, load=("--size", "156"), announces=True, opening=4000),
    Server("chatsvc-irc", _IRC, dialect="irc", announces=True),
    Server("chatsvc-irc-echo", _IRC, dialect="irc", load=_asking("echo-message"), announces=True),
    Server("chatsvc-irc-tags", _IRC, dialect="irc", load=_asking(_TAGS), announces=True),
    Server(
        "chatsvc-irc-tags-echo",
        _IRC,
        dialect="irc",
        load=_asking(f"{_TAGS} echo-message"),
        announces=True,
    ),
    Server("chatsvc-web", _WEB, dialect="websocket", announces=True),
    Server("floor", "{build}/floor {port}"),
    Server("floor-coalescing", "{build}/floor {port} -c"),
    Server(
        "inspircd",
        "inspircd --config={folder}/inspircd.conf --nofork --nolog --nopid --runasroot",
        dialect="irc",
        config="inspircd.conf",
        announces=True,
        opening=4000,  # it lets people in only once a second
    ),
    Server(
        "ngircd",
        "ngircd --nodaemon --config {folder}/ngircd.conf",
        dialect="irc",
        config="ngircd.conf",
        announces=True,
        opening=8,
        most=3000,  # a newcomer costs it time in proportion to those who are there
    ),
    Server(
        "ergo",
        "ergo run --conf {folder}/ergo.yaml",
        dialect="irc",
        config="ergo.yaml",
        prepare="ergo initdb --conf {folder}/ergo.yaml",
        announces=True,
    ),
    Server("asyncio", "{python} {here}/naive/asyncio_chat.py {port}"),
    Server("uvloop", "{python} {here}/naive/asyncio_chat.py {port} uvloop", needs="uvloop"),
    Server("twisted", "{python} {here}/naive/twisted_chat.py {port}"),
    Server(
        "node-ws", f"node {{here}}/naive/ws_chat.js {{port}} {_WS}", dialect="websocket", needs=_WS
    ),
)
