"""How irctest starts a chatsvc server, and what it is to expect of it; see `make irctest`."""

from __future__ import annotations

import atexit
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar

from irctest import patma
from irctest.basecontrollers import BaseServerController, DirectoryBasedController
from irctest.cases import BaseServerTestCase
from irctest.runner import NotImplementedByController
from irctest.specifications import Capabilities, OptionalBehaviors

REPOSITORY = Path(__file__).parents[2]
# The passwords that it uses are shorter than people's may be.
PROGRAM = """
import sys
from chatsvc.chat.accounts import passwords
passwords.SHORTEST_PASSWORD = 1
from twisted.scripts.twistd import run
sys.argv[0] = "twistd"
run()
"""
TWISTD = [str(REPOSITORY / ".venv" / "bin" / "python"), "-c", PROGRAM]
PATIENCE = 120.0  # seconds for a server to start, on a busy machine
LONGEST_PASSWORD = 400  # characters
OPERATOR, PASSWORD = "operuser", "operpassword"


class ChatsvcController(BaseServerController, DirectoryBasedController):  # type: ignore[misc]  # irctest has no annotations
    """Starts a server for each test, whose store is its memory."""

    software_name = "chatsvc"
    _seeded: ClassVar[Path | None] = None
    _port_wait_interval = 0.02
    supported_sasl_mechanisms: ClassVar = {"PLAIN", "SCRAM-SHA-256"}
    supports_sts = False
    nickserv = "NickServ"
    # The kernel's poll may give in either order what two connections send within a millisecond.
    sync_sleep_time = 0.005
    extban_mute_char = "m"
    capabilities = frozenset(Capabilities) - {Capabilities.STS}
    optional_behaviors = frozenset(
        (
            OptionalBehaviors.BAN_EXCEPTION_MODE,
            OptionalBehaviors.CAP_REQ_MINUS,
            OptionalBehaviors.ELIST_C,
            OptionalBehaviors.ELIST_M,
            OptionalBehaviors.ELIST_N,
            OptionalBehaviors.ELIST_T,
            OptionalBehaviors.ELIST_U,
            OptionalBehaviors.INVITE_EXCEPTION_MODE,
            OptionalBehaviors.INVITE_LIST,
            OptionalBehaviors.INVITE_OVERRIDES_LIMIT,
            OptionalBehaviors.MULTI_JOIN,
            OptionalBehaviors.MULTI_KICK,
            OptionalBehaviors.MULTI_NAMES_COMMAND,
            OptionalBehaviors.MULTI_PRIVMSG,
            OptionalBehaviors.NO_CTCP,
        )
    )
    isupport: ClassVar = {
        "BOT": "B",
        "CASEMAPPING": "ascii",
        "ELIST": patma.ANYSTR,
        "INVEX": patma.ANYSTR,
        "MONITOR": patma.ANYSTR,
        "PREFIX": "(ov)@+",
        "UTF8ONLY": None,
        "WHOX": None,
    }

    def run(
        self,
        hostname: str,
        port: int,
        *,
        password: str | None,
        ssl: bool,
        run_services: bool,
        faketime: str | None,
        websocket_hostname: str | None,
        websocket_port: int | None,
    ) -> None:
        """Start a server."""
        if password is not None:
            raise NotImplementedByController("a password for the whole server")
        if self.test_config.account_registration_requires_email:
            raise NotImplementedByController("accounts with an email address")
        if self.test_config.account_registration_before_connect:
            raise NotImplementedByController("making an account before coming in")
        self.create_config()
        self.hostname, self.port = hostname, port
        endpoint = f"tcp:{port}:interface={hostname}"
        if ssl:
            self.gen_ssl()
            endpoint = (
                f"ssl:{port}:interface={hostname}"
                f":privateKey={self.key_path}:certKey={self.pem_path}"
            )
        store = Path(self.directory, "chatsvc.sqlite")
        shutil.copy(self._seed(), store)
        motd = Path(self.directory, "motd")
        motd.write_text("test server\n", "utf-8")
        options = ["--irc", endpoint, "--auto-join", "off", "--server-name", "My.Little.Server"]
        options += [
            "--throttle",
            "off",
            "--store",
            f"sqlite:{store}?synchronous=normal",
            "--backlog",
            "0",
        ]
        options += ["--allow-plaintext-passwords", "--operator", OPERATOR, "--motd", str(motd)]
        if websocket_hostname is not None:
            options += ["--web", f"tcp:{websocket_port}:interface={websocket_hostname}"]
        arguments = ["-n", "--pidfile=", "chatsvc", "--port", "off", *options]
        self.proc = self.execute([*TWISTD, *arguments], cwd=self.directory)

    def _seed(self) -> Path:
        """A store in which the operator has an account; made once."""
        cls = type(self)
        if cls._seeded is None:
            folder = Path(tempfile.mkdtemp())
            atexit.register(shutil.rmtree, folder)
            store = folder / "seed.sqlite"
            _, port = self.get_hostname_and_port()
            command = [*TWISTD, "-n", "--pidfile=", "chatsvc", "--port", "off", "--irc"]
            command += [f"tcp:{port}:interface=127.0.0.1", "--operator", OPERATOR]
            command += ["--store", f"sqlite:{store}"]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder) as server:
                try:
                    _make_account(port)
                finally:
                    server.terminate()
            cls._seeded = store
        return cls._seeded

    def wait_for_services(self) -> None:
        """They are a part of the server."""

    def registerUser(  # noqa: N802  # irctest's name
        self, case: BaseServerTestCase, username: str, password: str | None = None
    ) -> None:
        """Make an account."""
        if password is not None and len(password) > LONGEST_PASSWORD:
            raise NotImplementedByController("passwords of that length")
        client = case.addClient(show_io=False)
        case.sendLine(client, f"NICK {username}")
        case.sendLine(client, "USER r e g :user")
        case.skipToWelcome(client)
        case.sendLine(client, f"NS REGISTER {password}")
        case.getMessages(client)
        case.sendLine(client, "QUIT")
        case.assertDisconnected(client)


def _make_account(port: int) -> None:
    """Have the operator register."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            break
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
    with connection, connection.makefile("rwb") as lines:
        lines.write(f"NICK {OPERATOR}\r\nUSER o 0 * :o\r\nNS REGISTER {PASSWORD}\r\n".encode())
        lines.flush()
        for line in lines:
            if b"is yours" in line:
                break
        lines.write(b"QUIT\r\n")
        lines.flush()
        lines.read()


def get_irctest_controller_class() -> type[Any]:
    """What irctest asks for."""

    return ChatsvcController
