"""Real clients talk with each other and with netcat, and go on after the server was killed.

    make clients                    # all that are installed here
    make clients ARGS="irssi ii"    # some of them
    make clients GAMJA=../gamja     # with gamja, which is run from its folder

It tells which are left out, and ends with 1 if not all have seen the same lines in the same order,
each once. Clients of IRC are shown again what they have read in the last seconds before the server
was killed: how far they have read is stored every five. So it waits for that.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.irc import pages, programs
from tests.irc.programs import PASSWORD, REPOSITORY, ROOM, SAID, Program
from tests.irc.waiting import wait_for, wait_for_port
from tests.processes import free_port

KINDS: tuple[type[Program], ...] = (*programs.KINDS, *pages.KINDS)
TWISTD = REPOSITORY / ".venv" / "bin" / "twistd"
STORED_WITHIN = 12.0  # seconds; how long it takes until it is stored how far everybody has read
BURST = 15  # lines that each of two people says at once: less than is slowed down


class Server:
    """A chatsvc server with one port for all, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        options = ["--port", str(self.port), "--interface", "127.0.0.1"]
        options += ["--tls-port", "0", "--certificate", "self-signed"]
        options += ["--store", "sqlite:chat.sqlite"]
        self.process = subprocess.Popen(
            [str(TWISTD), "-n", "--pidfile=", "chatsvc", *options],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self.port)

    def kill(self) -> None:
        """Kill it, as a lack of memory does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Person:
    """Somebody at the line door, as with netcat."""

    def __init__(self, port: int, *lines: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self.heard: list[str] = []
        self.told = ""
        threading.Thread(target=self._listen, daemon=True).start()
        self.types(*lines)

    def _listen(self) -> None:
        with self._socket.makefile(encoding="utf-8") as lines:
            for line in lines:
                self.told += line
                self.heard += SAID.findall(line)

    def types(self, *lines: str) -> None:
        """Type lines."""
        self._socket.sendall("".join(f"{line}\n" for line in lines).encode())

    def sees(self, words: str) -> None:
        """Wait until some words were told."""
        wait_for(lambda: words in self.told, words)


def register(port: int, name: str) -> None:
    """Make an account."""
    person = Person(port, f"/nick {name}", f"/register {PASSWORD}")
    person.sees(f"The name {name} is yours")
    person.types("/quit")


class Talk:
    """People and programs in a room.

    expected: the lines that all of them are to have seen, in their order.
    """

    def __init__(self, folder: Path, kinds: Sequence[type[Program]]) -> None:
        self._server = Server(folder)
        self.expected: list[str] = []
        self._number = 10
        self._comes()
        for kind in kinds:
            register(self._server.port, kind.name)
        self.programs = [kind(folder, self._server.port) for kind in kinds]

    def _comes(self) -> None:
        self._ann = Person(self._server.port, f"/join {ROOM}")
        self._ann.sees(f"You are in {ROOM}")

    def _line(self, name: str) -> str:
        self._number += 1
        self.expected.append(f"line {self._number} of {name}")
        return self.expected[-1]

    def _ann_says(self) -> None:
        line = self._line("ann")
        self._ann.types(f"/say {ROOM} {line}")
        wait_for(lambda: line in self._ann.heard, f"ann hears {line}")

    def _all_have(self, line: str) -> None:
        for each in self.programs:
            wait_for(lambda each=each: line in each.seen(), f"{each.name} sees {line}")  # type: ignore[misc]  # its default has no type

    def run(self) -> None:
        """Let them talk; raises TimeoutError."""
        for _ in range(3):
            self._ann_says()  # which is history when they come
        for each in self.programs:
            each.start()
        for each in self.programs:
            wait_for(each.is_in, f"{each.name} is in {ROOM}")
        self._all_have(self.expected[-1])
        for _ in range(3):
            self._ann_says()
            self._all_have(self.expected[-1])  # some clients show their own lines at once
            for each in self.programs:
                line = self._line(each.name)
                each.types(line)
                self._all_have(line)
        self._burst()
        self._all_have(self.expected[-1])
        time.sleep(STORED_WITHIN)
        self._server.kill()
        self._server.start()
        self._comes()
        for each in self.programs:
            each.come_back()
        for _ in range(3):
            self._ann_says()
            self._all_have(self.expected[-1])

    def _burst(self) -> None:
        """Two people talk at once; the order is that in which the one hears both."""
        bob = Person(self._server.port, f"/join {ROOM}")
        bob.sees(f"You are in {ROOM}")
        before = len(self._ann.heard)
        for number in range(BURST):
            self._ann.types(f"/say {ROOM} line {100 + number} of ann")
            bob.types(f"/say {ROOM} line {200 + number} of bob")
        wait_for(lambda: len(self._ann.heard) == before + 2 * BURST, "ann hears both")
        self.expected += self._ann.heard[before:]
        bob.types("/quit")

    def end(self) -> None:
        """End them."""
        for each in self.programs:
            each.end()
        self._server.kill()


def installed(names: Sequence[str], folder: Path) -> list[type[Program]]:
    """Those that can be run here; prints which, and which not."""
    found = []
    for kind in KINDS:
        if names and kind.name not in names:
            continue
        kind.install(folder)
        version = kind.version()
        print(f"{kind.name}: {version or 'not installed, so left out'}", flush=True)
        if version:
            found.append(kind)
    return found


def main() -> int:
    """The exit status."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        talk = Talk(folder, installed(sys.argv[1:], folder))
        try:
            talk.run()
        except TimeoutError as error:
            print("Not in time:", error)
        finally:
            seen = {each.name: each.seen() for each in talk.programs}
            talk.end()
        wrong = {name: lines for name, lines in seen.items() if lines != talk.expected}
        for name, lines in wrong.items():
            print(name, lines)
        if wrong:
            print("expected", talk.expected)
        else:
            print(f"All have seen the same {len(talk.expected)} lines.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
