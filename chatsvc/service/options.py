"""The options of the service, with their parsers."""

from __future__ import annotations

import os
from functools import partial
from ipaddress import ip_address, ip_network
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.python import usage

from chatsvc import __version__
from chatsvc.chat.people.nicks import checked
from chatsvc.doors.web.forwarded import UNIX
from chatsvc.errors import ChatError
from chatsvc.service import pid_file, user
from chatsvc.service.interfaces import own_addresses
from chatsvc.service.log import formats, levels
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import BadName, folded
from chatsvc.text.safe import clean
from chatsvc.text.spans import span
from chatsvc.throttle import Throttle
from chatsvc.tls import self_signed
from chatsvc.tls.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar

    from chatsvc.chat.limits import Limits
    from chatsvc.store import Store


DOORS = {"line": "lines", "irc": "IRC", "web": "HTTP"}  # with their protocols, in words
SELF_SIGNED = "self-signed"
MOTD_LENGTH = 16 * 1024
_SYNCHRONOUS = {"synchronous=full": "full", "synchronous=normal": "normal"}
_LOG_FORMATS: dict[str, formats.Format] = {"text": formats.as_text, "json": formats.as_json}
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


class Options(usage.Options):
    """The options after `chatsvc` on twistd's command line."""

    longdesc = "A chat server that people reach with netcat, telnet or its own client."

    optParameters: ClassVar[list[list[Any]]] = [
        ["port", "p", "5000", "TCP port for all; off to listen only where other options say"],
        ["interface", "i", None, "listen on this address only (default: all, IPv4 and IPv6)"],
        ["certificate", None, None, "serve TLS as well: PEM file or folder, or self-signed"],
        ["tls-port", None, "5001", "TCP port for TLS"],
        [
            "acme-webroot",
            None,
            None,
            "answer ACME challenges with what certbot puts in this folder",
        ],
        ["max-users", None, None, "most connections (default: what file descriptors allow)"],
        ["max-per-address", None, "off", "most connections from one address, or off"],
        [
            "throttle",
            None,
            "30/10",
            "lines at once / a second from a connection (ten times that from an address), or off",
        ],
        [
            "store",
            None,
            "sqlite:chatsvc.sqlite",
            "where messages are kept; memory: for nowhere",
        ],
        ["keep", None, "off", "how long messages are kept, such as 90d; off is for ever"],
        ["direct-history", None, "on", "keep direct messages between accounts once read, or off"],
        ["keep-addresses", None, "7d", "how long visits (who came from where) are kept, or off"],
        ["backlog", None, "20", "lines of history shown on joining a room"],
        ["history", None, "10000", "events held in memory for slow readers"],
        [
            "history-bytes",
            None,
            "16M",
            "memory for the events of --history, in bytes or with K, M or G",
        ],
        ["grace", None, "0", "seconds for which a lost connection keeps an account's place"],
        [
            "doors",
            None,
            "line,irc,web",
            "what the ports for all offer: any of line, irc and web",
        ],
        ["trusted-proxies", None, "", "reverse proxies whose headers count: networks, or unix"],
        ["public-archive", None, "off", "whether search engines may read public rooms: on or off"],
        ["server-name", None, "chatsvc", "name of the server on IRC"],
        ["sts", None, None, "how long IRC clients use TLS only, such as 30d; or off"],
        ["auto-join", None, "on", "whether IRC clients start in #lobby: on or off"],
        ["motd", None, None, "greet newcomers with this UTF-8 text file"],
        ["log-format", None, "text", "the log as text for people, or as json for programs"],
        ["log-level", None, "info", "what is logged, such as warn or info,chatsvc.doors=debug"],
    ]

    optFlags: ClassVar[list[list[Any]]] = [
        ["accounts-only", None, "let only people with an account take part"],
        ["invite-only", None, "as --accounts-only, and registering takes a code (/invitecode)"],
        ["allow-plaintext-passwords", None, "accept passwords over unencrypted connections"],
    ]

    def __init__(self) -> None:
        super().__init__()
        self["irc"] = []
        self["line"] = []
        self["listen"] = []
        self["operator"] = []
        self["web"] = []

    def opt_operator(self, name: str) -> None:
        """make the owner of this name an operator of the whole server; repeatable"""
        self["operator"].append(name)

    def opt_listen(self, endpoint: str) -> None:
        """listen here too: a Twisted endpoint such as unix:/run/chat.sock; repeatable"""
        self["listen"].append(endpoint)

    def opt_line(self, endpoint: str) -> None:
        """serve only lines here, for netcat and clients of chatsvc: an endpoint; repeatable"""
        self["line"].append(endpoint)

    def opt_irc(self, endpoint: str) -> None:
        """serve only IRC here: a Twisted endpoint such as tcp:6667; repeatable"""
        self["irc"].append(endpoint)

    def opt_web(self, endpoint: str) -> None:
        """serve only HTTP here: a Twisted endpoint such as tcp:8080; repeatable"""
        self["web"].append(endpoint)

    def opt_version(self) -> None:
        """print the version of chatsvc, and exit"""
        print(f"chatsvc {__version__}")
        raise SystemExit(0)

    def parseOptions(self, options: Any = None) -> None:
        """Read the command line, or exit with status 1 and one line if it is wrong."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            raise SystemExit(f"chatsvc: {error}") from None

    def parseArgs(self, *arguments: str) -> None:
        """Refuse arguments: there are only options."""
        if arguments:
            raise usage.UsageError(f"unexpected argument {arguments[0]!r}. See --help.")

    def postOptions(self) -> None:
        """Replace the texts of options with their values."""
        self._check_pid_file()
        parsers: dict[str, Callable[[str], object]] = _PARSERS | {
            "motd": lambda text: read_motd(self.path(text)),
            "store": self._store,
            "certificate": self._certificate,
            "acme-webroot": lambda text: _folder(self.path(text)),
        }
        self.motd = None if self["motd"] is None else self.path(self["motd"])
        for name, parse in parsers.items():
            if self[name] is not None:
                try:
                    self[name] = parse(self[name])
                except ValueError as error:
                    raise usage.UsageError(f"--{name}: {error}") from None
        if self["sts"] is not None:
            self._check_sts()
        operators: dict[str, str] = {}  # by the skeletons of their names
        for name in self["operator"]:
            other = operators.setdefault(skeleton(name), name)
            if folded(other) != folded(name):
                raise usage.UsageError(
                    f"--operator: nobody can register {name!r}, as it looks like {other!r}."
                )
            try:
                checked(name)
            except BadName as error:
                raise usage.UsageError(
                    f"--operator: nobody can register {name!r}: {error}"
                ) from None

    def _check_sts(self) -> None:
        """Check that IRC clients can use TLS only."""
        certificate, name = self["certificate"], self["server-name"]
        if certificate is None or not certificate.vouches_for(name):
            raise usage.UsageError(
                f"--sts needs a --certificate for {name}, the --server-name, which has to be the"
                " name by which clients connect; and not a self-signed one."
            )
        if "irc" not in self["doors"] or not self["tls-port"]:
            raise usage.UsageError("--sts needs IRC at --tls-port, which has to be a number.")

    def _check_pid_file(self) -> None:
        """Let twistd start in spite of a stale pid file.

        In the foreground, none is written unless asked for.
        """
        name = self.twistd.get("pidfile")
        if name == pid_file.DEFAULT and self.twistd["nodaemon"]:
            self.twistd["pidfile"] = ""
        elif name and pid_file.is_stale(Path(name)):
            os.unlink(name)

    @property
    def twistd(self) -> dict[str, Any]:
        """Twistd's own options, from before `chatsvc`."""
        return {} if self.parent is None else self.parent

    def path(self, text: str) -> Path:
        """The absolute path of a file; relative ones start from the server's --rundir."""
        return Path(self.twistd.get("rundir", "."), text).absolute()

    def _certificate(self, text: str) -> Certificate:
        """The certificate at a path, or a new self-signed one. Raises ValueError."""
        path = self.path(text)
        if text == SELF_SIGNED:
            kept = Path(self.store.partition(":")[2] or self.path("chatsvc"))
            path = kept.with_name(f"{kept.stem}-{SELF_SIGNED}.pem")
            addresses = own_addresses().union(self["interface"] or ())
            user.run_as(user.owner(self.twistd), lambda: self_signed.make(path, addresses))
        return Certificate(path, is_awaited=self["acme-webroot"] is not None)

    def _store(self, text: str) -> Callable[[Limits], Store]:
        """The factory of a store, from a text such as sqlite:chatsvc.sqlite. Raises ValueError."""
        self.store = text
        kind, _, where = text.partition(":")
        if text == "memory:":
            return _memory
        path, _, option = where.partition("?")
        if kind == "sqlite" and path and option in ("", *_SYNCHRONOUS):
            synchronous = _SYNCHRONOUS.get(option, "full")
            self.store = f"sqlite:{self.path(path)}"
            return lambda _: _sqlite(str(self.path(path)), synchronous)
        raise ValueError(f"{text!r} is neither memory: nor like sqlite:chatsvc.sqlite.")


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"{path} is no folder.")
    return path


def _number(lowest: int, highest: float = inf) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            limit = f"from {lowest} up" if highest == inf else f"from {lowest} to {highest}"
            raise ValueError(f"{text!r} is not a number {limit}.")
        return int(text)

    return parse


def _on_or_off(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError(f"{text!r} is neither on nor off.")
    return text == "on"


def _doors(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in DOORS:
            raise ValueError(f"{name!r} is none of {', '.join(DOORS)}.")
    return names


def _networks(text: str) -> list[str]:
    networks = [each.strip() for each in text.split(",") if each.strip()]
    for network in networks:
        if network != UNIX:
            ip_network(network)
    return networks


def _span_or_none(text: str) -> float:
    return 0.0 if text == "off" else _span_or_off(text)


def _span_or_off(text: str) -> float:
    try:
        return inf if text == "off" else span(text)
    except ChatError as error:
        raise ValueError(str(error)) from None


def _memory(limits: Limits) -> Store:
    from twisted.internet import reactor

    soon = partial(reactor.callLater, 0)
    return MemoryStore(limits.history, limits.history_bytes, soon)


def _sqlite(path: str, synchronous: str) -> Store:
    from twisted.internet import reactor

    from chatsvc.stores.sqlite.file import File
    from chatsvc.stores.sqlite.store import SqliteStore

    try:
        # Checked before twistd becomes a daemon, while errors still reach the terminal.
        File(path, synchronous).check()
    except StoreError as error:
        raise SystemExit(f"chatsvc: --store: {error}.") from None
    # Twisted's annotations omit the methods that only reactors with threads have.
    return SqliteStore(path, reactor.callFromThread, synchronous)  # type: ignore[attr-defined]


def _format(text: str) -> formats.Format:
    if text not in _LOG_FORMATS:
        raise ValueError(f"{text!r} is none of {', '.join(_LOG_FORMATS)}.")
    return _LOG_FORMATS[text]


def _server_name(text: str) -> str:
    if not (
        text.isascii() and len(text) <= 63 and text.replace(".", "").replace("-", "").isalnum()
    ):
        raise ValueError(f"{text!r} is not like the name of a host.")
    return text


def _port_or_off(text: str) -> int | None:
    return None if text == "off" else _port(text)


def _number_or_off(text: str) -> float:
    return inf if text == "off" else _number(1)(text)


def _throttle(text: str) -> Throttle:
    if text == "off":
        return Throttle.off()
    lines, _, a_second = text.partition("/")
    try:
        burst, rate = int(lines), float(a_second)
    except ValueError:
        raise ValueError(f"{text!r} is neither like 30/10 nor off.") from None
    if burst < 1 or not 0 < rate < inf:
        raise ValueError(f"{text!r} would let nobody say anything.")
    return Throttle(burst, rate)


def _bytes(text: str) -> int:
    unit = UNITS.get(text[-1:].upper(), 1)
    digits = text[:-1] if unit > 1 else text
    return _number(1)(digits) * unit


def _addresses(text: str) -> list[str]:
    return [str(ip_address(text))]


def read_motd(path: Path) -> list[str]:
    """The lines of the motd. Raises ValueError."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8.") from None
    lines = [clean(line) for line in text.splitlines()]
    if sum(map(len, lines)) > MOTD_LENGTH:
        raise ValueError(f"{path} is longer than {MOTD_LENGTH} characters.")
    return lines


_port = _number(0, 65535)


_PARSERS: dict[str, Callable[[str], object]] = {
    "port": _port_or_off,
    "interface": _addresses,
    "tls-port": _port,
    "max-users": _number(1),
    "max-per-address": _number_or_off,
    "throttle": _throttle,
    "keep": _span_or_off,
    "direct-history": _on_or_off,
    "keep-addresses": _span_or_none,
    "backlog": _number(0, 200),
    "doors": _doors,
    "trusted-proxies": _networks,
    "public-archive": _on_or_off,
    "server-name": _server_name,
    "sts": _span_or_none,
    "auto-join": _on_or_off,
    "history": _number(1),
    "history-bytes": _bytes,
    "grace": _number(0, 86400),
    "log-format": _format,
    "log-level": levels.parsed,
}
