"""Real chat clients as programs, whose logs tell what each has seen."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
BOTS = Path(__file__).parent / "bots"
ROOM = "#plans"
SAID = re.compile(r"line \d+ of \w+")
PASSWORD = "correct-horse"


class Program:
    """A client on a pseudo-terminal, with an account of its name.

    It connects again by itself, if not `ends`; then whoever uses it starts it again.

    needs: the program without which it cannot run.
    ends: whether it ends with the connection.
    """

    name: str
    needs: str
    ends = False

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.home = folder / self.name
        self.home.mkdir()
        self.prepare()

    @classmethod
    def install(cls, folder: Path) -> None:
        """Install what it stands on, for the time of this run only."""

    @classmethod
    def version(cls) -> str:
        """The version of what is installed; empty if it is not."""
        if shutil.which(cls.needs) is None:
            return ""
        told = subprocess.run([cls.needs, "--version"], capture_output=True, text=True, check=False)
        return (told.stdout or told.stderr).partition("\n")[0].strip()

    def prepare(self) -> None:
        """Write what it reads when it starts."""

    def command(self) -> list[str]:
        """The words that start it."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it."""
        self._terminal, terminal = pty.openpty()
        environment = os.environ | {"TERM": "xterm", "LANG": "C.UTF-8", "HOME": str(self.home)}
        environment |= {"XDG_DATA_HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home)}
        self.process = subprocess.Popen(
            self.command(),
            cwd=self.home,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=environment,
            start_new_session=True,
        )
        os.close(terminal)
        threading.Thread(target=self._drain, args=(self._terminal,), daemon=True).start()

    def _drain(self, terminal: int) -> None:
        try:
            while data := os.read(terminal, 4096):
                self.shown(data)
        except OSError:
            pass

    def shown(self, data: bytes) -> None:
        """Take note of what its terminal shows."""

    def come_back(self) -> None:
        """Start it again if it ends with its connection."""
        if self.ends:
            self.process.kill()
            self.process.wait()
            self.start()

    def end(self) -> None:
        """End it."""
        self.process.kill()

    def types(self, line: str) -> None:
        """Type a line."""
        os.write(self._terminal, f"{line}\r".encode())

    def log(self) -> list[Path]:
        """The files of its log of the room."""
        return sorted([*self.home.rglob(f"*{ROOM}.*log*"), *self.home.rglob(f"{ROOM}/*.log")])

    def is_in(self) -> bool:
        """Whether it has come into the room."""
        return bool(self.log())

    def seen(self) -> list[str]:
        """The lines that were said in the room, in the order in which it has them."""
        return [line for each in self.log() for line in SAID.findall(each.read_text("utf-8"))]


class Weechat(Program):
    """WeeChat without a terminal."""

    name = "weechat"
    needs = "weechat-headless"

    def command(self) -> list[str]:
        commands = (
            "/set irc.network.autoreconnect_delay_growing 1",
            "/set logger.file.auto_log on",
            "/set logger.file.flush_delay 0",
            f"/server add chat 127.0.0.1/{self.port} -notls -nicks={self.name} -autojoin={ROOM}"
            " -autoreconnect -autoreconnect_delay=1 -sasl_mechanism=plain"
            f" -sasl_username={self.name} -sasl_password={PASSWORD}",
            "/connect chat",
        )
        return [self.needs, "-d", str(self.home), *[w for each in commands for w in ("-r", each)]]

    def types(self, line: str) -> None:
        """Type a line, by its FIFO."""
        [fifo] = self.home.rglob("weechat_fifo_*")
        fifo.write_text(f"irc.chat.{ROOM} *{line}\n", "utf-8")


class Irssi(Program):
    """irssi."""

    name = "irssi"
    needs = "irssi"

    def prepare(self) -> None:
        (self.home / "config").write_text(
            'servers = ({ address = "127.0.0.1"; '
            f'port = "{self.port}"; chatnet = "chat"; autoconnect = "yes"; }});'
            f' chatnets = {{ chat = {{ type = "IRC"; nick = "{self.name}";'
            f' sasl_mechanism = "PLAIN"; sasl_username = "{self.name}";'
            f' sasl_password = "{PASSWORD}"; }}; }};'
            f' channels = ({{ name = "{ROOM}"; chatnet = "chat"; autojoin = "yes"; }});'
            f' settings = {{ core = {{ real_name = "irssi"; user_name = "{self.name}";'
            f' nick = "{self.name}"; server_reconnect_time = "10s"; }};'
            f' "fe-common/core" = {{ autolog = "yes"; autolog_path = "{self.home}/$0.log"; }}; }};',
            "utf-8",
        )

    def command(self) -> list[str]:
        return [self.needs, f"--home={self.home}"]

    def types(self, line: str) -> None:
        """Type a line in the room's window."""
        super().types(f"/window goto {ROOM}")
        super().types(line)


class Catgirl(Program):
    """catgirl, over TLS: it knows nothing else."""

    name = "catgirl"
    needs = "catgirl"
    ends = True

    @classmethod
    def version(cls) -> str:
        return "installed" if shutil.which(cls.needs) is not None else ""

    def prepare(self) -> None:
        command = [self.needs, "-o", "-h", "127.0.0.1", "-p", str(self.port)]
        chain = subprocess.run(command, capture_output=True, check=True).stdout
        (self.home / "trusted.pem").write_bytes(chain)

    def command(self) -> list[str]:
        words = ["-h", "127.0.0.1", "-p", str(self.port), "-n", self.name, "-j", ROOM, "-l"]
        words += ["-a", f"{self.name}:{PASSWORD}", "-t", str(self.home / "trusted.pem")]
        return [self.needs, *words]

    def types(self, line: str) -> None:
        """Type a line in the room's window."""
        super().types(f"/window {ROOM}")
        super().types(line)


class Ii(Program):
    """ii, which has a file for what comes in, and one for what goes out."""

    name = "ii"
    needs = "ii"
    ends = True

    @classmethod
    def version(cls) -> str:
        return super().version() and "installed"

    def command(self) -> list[str]:
        words = f"ii -s 127.0.0.1 -p {self.port} -i irc -n {self.name} -k IRC_PASSWORD"
        fifo = "irc/127.0.0.1/in"
        return ["sh", "-c", f"rm -f {fifo}; IRC_PASSWORD={self.name}:{PASSWORD} {words} &"
                f" until test -p {fifo}; do sleep 0.1; done; sleep 1; echo '/j {ROOM}' > {fifo};"
                " wait"]  # fmt: skip

    def types(self, line: str) -> None:
        """Write a line into the file."""
        (self.home / "irc" / "127.0.0.1" / ROOM / "in").write_text(f"{line}\n", "utf-8")

    def log(self) -> list[Path]:
        return [each for each in self.home.rglob("out") if each.parent.name == ROOM]


class Bot(Program):
    """A program of ours on a library, which writes what it hears to the log."""

    needs_module: str

    def log(self) -> list[Path]:
        return [each for each in [self.home / "log"] if each.exists()]

    def arguments(self) -> list[str]:
        """What it has to know."""
        return [str(self.port), self.name, PASSWORD, ROOM, str(self.home / "log")]


class Pydle(Bot):
    """A bot on pydle."""

    name = "pydle"
    needs = sys.executable
    place: Path

    @classmethod
    def install(cls, folder: Path) -> None:
        cls.place = folder / "venv"
        subprocess.run([cls.needs, "-m", "venv", str(cls.place)], check=True)
        pip = [str(cls.place / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "pydle[sasl]"], check=False, capture_output=True)

    @classmethod
    def version(cls) -> str:
        code = "from importlib.metadata import version; import pydle; print(version('pydle'))"
        told = subprocess.run(
            [str(cls.place / "bin" / "python"), "-c", code],
            capture_output=True,
            text=True,
            check=False,
        )
        return told.stdout.strip()

    def command(self) -> list[str]:
        return [str(self.place / "bin" / "python"), str(BOTS / "bot.py"), *self.arguments()]


class IrcFramework(Bot):
    """A bot on irc-framework, on which The Lounge stands."""

    name = "framework"
    needs = "npm"
    place: Path

    @classmethod
    def install(cls, folder: Path) -> None:
        cls.place = folder / "node"
        cls.place.mkdir()
        command = ["npm", "install", "--ignore-scripts", "--prefix", str(cls.place)]
        if shutil.which(cls.needs) is not None:
            subprocess.run([*command, "irc-framework"], check=False, capture_output=True)

    @classmethod
    def version(cls) -> str:
        package = cls.place / "node_modules" / "irc-framework" / "package.json"
        found = re.search(r'"version": "(.*)"', package.read_text()) if package.exists() else None
        return found[1] if found is not None else ""

    def command(self) -> list[str]:
        library = str(self.place / "node_modules" / "irc-framework")
        return ["node", str(BOTS / "bot.js"), library, *self.arguments()]


class Own(Program):
    """Our own client, for screen readers: each event is one line of its terminal."""

    name = "own"
    needs = str(REPOSITORY / ".venv" / "bin" / "chatsvc")

    def prepare(self) -> None:
        (self.home / "password").write_text(f"{PASSWORD}\n", "utf-8")
        self._transcript = b""

    def command(self) -> list[str]:
        words = ["127.0.0.1", str(self.port), "--plain", "--login", self.name]
        return [self.needs, *words, "--password-file", str(self.home / "password")]

    def start(self) -> None:
        super().start()
        self.types(f"/join {ROOM}")

    def shown(self, data: bytes) -> None:
        self._transcript += data

    def types(self, line: str) -> None:
        super().types(line if line[:1] == "/" else f"/say {ROOM} {line}")

    def is_in(self) -> bool:
        return f"You are in {ROOM}".encode() in self._transcript

    def seen(self) -> list[str]:
        # What it types stands there, too, with no name before it.
        lines = self._transcript.decode("utf-8", "replace").splitlines()
        told = [line for line in lines if re.search(r"\w: line", line)]
        return [each for line in told for each in SAID.findall(line)]


KINDS: tuple[type[Program], ...] = (Weechat, Irssi, Catgirl, Ii, Pydle, IrcFramework, Own)
