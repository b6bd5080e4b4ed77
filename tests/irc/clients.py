"""Real clients talk with each other and with netcat, and go on after the server was killed.

    make clients

It needs weechat-headless and irssi (Debian's packages), prints what each has seen, and ends with 1
if that is not the same lines in the same order.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
TWISTD = REPOSITORY / ".venv" / "bin" / "twistd"
ROOM = "#plans"
PATIENCE = 90.0  # seconds; irssi waits for some before it connects again
SAID = re.compile(r"line \d+ of \w+")
WEECHAT = (
    "/set irc.network.autoreconnect_delay_growing 1",
    "/set logger.file.auto_log on",
    "/set logger.file.flush_delay 0",
    "/server add chat 127.0.0.1/{port} -notls -nicks=wee -autojoin={room}"
    " -autoreconnect -autoreconnect_delay=1",
    "/connect chat",
)
IRSSI = (
    'servers = ({{ address = "127.0.0.1"; port = "{port}"; chatnet = "chat";'
    ' autoconnect = "yes"; }});'
    ' chatnets = {{ chat = {{ type = "IRC"; nick = "irs"; }}; }};'
    ' channels = ({{ name = "{room}"; chatnet = "chat"; autojoin = "yes"; }});'
    ' settings = {{ core = {{ real_name = "irssi"; user_name = "irs"; nick = "irs";'
    ' server_reconnect_time = "10s"; }};'
    ' "fe-common/core" = {{ autolog = "yes"; autolog_path = "{logs}/$0.log"; }}; }};'
)


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(happened: Callable[[], bool], what: str) -> None:
    """Wait until something has happened; raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.1)


class Server:
    """A chatsvc server with one port for all, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        options = ["--port", str(self.port), "--interface", "127.0.0.1"]
        options += ["--store", "sqlite:chat.sqlite"]
        self.process = subprocess.Popen(
            [str(TWISTD), "-n", "--pidfile=", "chatsvc", *options],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        wait_for(self._listens, "the server listens")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """Kill it, as a lack of memory does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Person:
    """Somebody at the line door, as with netcat."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self.heard: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with self._socket.makefile(encoding="utf-8") as lines:
            for line in lines:
                self.heard += SAID.findall(line)

    def types(self, line: str) -> None:
        """Type a line."""
        self._socket.sendall(f"{line}\n".encode())


class Client:
    """A client on a pseudo-terminal, whose log of the room tells what it has seen."""

    def __init__(self, command: list[str], logs: Path) -> None:
        self._logs = logs
        self._terminal, terminal = pty.openpty()
        environment = os.environ | {"TERM": "xterm", "LANG": "C.UTF-8"}
        self.process = subprocess.Popen(
            command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment
        )
        os.close(terminal)
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self) -> None:
        try:
            while os.read(self._terminal, 4096):
                pass
        except OSError:
            pass

    def types(self, line: str) -> None:
        """Type a line."""
        os.write(self._terminal, f"{line}\r".encode())

    def is_in(self) -> bool:
        """Whether it has come into the room."""
        return any(self._logs.rglob(f"*{ROOM}*"))

    def seen(self) -> list[str]:
        """The lines that were said in the room, in the order in which it has them."""
        texts = [each.read_text("utf-8") for each in sorted(self._logs.rglob(f"*{ROOM}*"))]
        return [line for text in texts for line in SAID.findall(text)]


def weechat(folder: Path, port: int) -> Client:
    """WeeChat without a terminal; what it types comes by its FIFO."""
    home = folder / "weechat"
    home.mkdir()
    command = ["weechat-headless", "-d", str(home)]
    for each in WEECHAT:
        command += ["-r", each.format(port=port, room=ROOM)]
    return Client(command, home)


def irssi(folder: Path, port: int) -> Client:
    """irssi."""
    home = folder / "irssi"
    home.mkdir()
    config = IRSSI.format(port=port, room=ROOM, logs=home / "logs")
    (home / "config").write_text(config, "utf-8")
    return Client(["irssi", f"--home={home}"], home)


def talk(folder: Path) -> bool:
    """Let them talk; whether all have seen the same."""
    server = Server(folder)
    ann = Person(server.port)
    ann.types(f"/join {ROOM}")
    clients = {"weechat": weechat(folder, server.port), "irssi": irssi(folder, server.port)}
    expected: list[str] = []

    def says(person: Person | Client, name: str, number: int) -> None:
        line = f"line {number} of {name}"
        person.types(f"/say {ROOM} {line}" if isinstance(person, Person) else line)
        expected.append(line)
        for each in clients.values():
            wait_for(lambda each=each: line in each.seen(), f"{line} is seen")  # type: ignore[misc]

    try:
        ann.types("/nick ann")
        for name, client in clients.items():
            wait_for(client.is_in, f"{name} is in {ROOM}")
        clients["irssi"].types(f"/window goto {ROOM}")
        for number in range(10, 14):
            says(ann, "ann", number)
            says(clients["irssi"], "irssi", number)
        server.kill()
        server.start()
        ann = Person(server.port)
        ann.types(f"/join {ROOM}")
        for number in range(20, 23):
            says(ann, "ann", number)
        for name, client in clients.items():
            print(name, client.seen())
        # Whoever joins is shown the last lines, which those have seen who have come back.
        return all(list(dict.fromkeys(each.seen())) == expected for each in clients.values())
    except TimeoutError as error:
        print("Not in time:", error)
        for name, client in clients.items():
            print(name, client.seen())
        return False
    finally:
        for client in clients.values():
            client.process.kill()
        server.kill()


def main() -> int:
    """The exit status."""
    missing = [each for each in ("weechat-headless", "irssi") if shutil.which(each) is None]
    if missing:
        print("Not installed:", *missing)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        is_same = talk(Path(folder))
    print("All have seen the same." if is_same else "They have not seen the same.")
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
