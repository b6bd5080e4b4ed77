"""From twistd's options to the running service."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from math import inf
from pathlib import Path
from typing import Any, ClassVar

from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.python import usage

from chatsvc import __version__, pid_file, ports, user
from chatsvc.certificate import Certificate
from chatsvc.chat.chat import Chat, Limits
from chatsvc.chat.clock import ReactorClock, make_steady
from chatsvc.chat.errors import ChatError
from chatsvc.chat.nicks import BadName, checked, skeleton
from chatsvc.chat.spans import span
from chatsvc.chat.text import clean
from chatsvc.chat.throttle import Throttle
from chatsvc.doors.line import ChatFactory
from chatsvc.journal import LogJournal
from chatsvc.log_file import LogToFile
from chatsvc.mistakes import spawn
from chatsvc.passwords import Passwords
from chatsvc.server import Server
from chatsvc.store import Store, StoreError
from chatsvc.stores.memory import MemoryStore

SPARE_DESCRIPTORS = 100  # for ports, logs, and newcomers who are told that the server is full
MOTD_LENGTH = 16 * 1024
YOUNG_OBJECTS = 20_000  # made between two looks for garbage in circles; a connection makes 40
_SYNCHRONOUS = {"synchronous=full": "full", "synchronous=normal": "normal"}
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


class Options(usage.Options):
    """What can be said on twistd's command line."""

    longdesc = "A chat server that people reach with netcat, telnet or its own client."

    optParameters: ClassVar[list[list[Any]]] = [
        ["port", "p", "5000", "TCP port to listen on, or off if only --listen counts"],
        ["interface", "i", None, "address to listen on (default: all, IPv4 and IPv6)"],
        ["certificate", None, None, "PEM file with a certificate and its key: serve TLS as well"],
        ["tls-port", None, "5001", "TCP port for TLS"],
        ["max-users", None, None, "connections at once (default: what file descriptors allow)"],
        ["max-per-address", None, "off", "connections at once from one address, or off"],
        ["throttle", None, "30/10", "lines at once / a second from one connection, or off"],
        [
            "store",
            None,
            "sqlite:chatsvc.sqlite",
            "where what is said is kept; memory: for nowhere",
        ],
        ["keep", None, "off", "for how long to keep it, such as 90d; off is for ever"],
        ["keep-addresses", None, "7d", "for how long it is kept who came from where, or off"],
        ["backlog", None, "20", "lines of what was said last for those who join"],
        ["history", None, "10000", "events kept in memory for those who are slow to read"],
        ["history-bytes", None, "16M", "memory that these may take, in bytes or with K, M or G"],
        ["grace", None, "0", "seconds that a lost connection's account keeps its place"],
        ["motd", None, None, "text file (UTF-8) with which newcomers are greeted"],
    ]

    optFlags: ClassVar[list[list[Any]]] = [
        ["accounts-only", None, "let only people with an account take part"],
        ["invite-only", None, "the same, and to register takes a code from /invitecode"],
        ["allow-plaintext-passwords", None, "take passwords over connections that others can read"],
    ]

    def __init__(self) -> None:
        super().__init__()
        self["listen"] = []
        self["operator"] = []

    def opt_operator(self, name: str) -> None:
        """who may do everything everywhere: the owner of that name; may be repeated"""
        self["operator"].append(name)

    def opt_listen(self, endpoint: str) -> None:
        """listen here too; a Twisted endpoint such as unix:/run/chat.sock; may be repeated"""
        self["listen"].append(endpoint)

    def opt_version(self) -> None:
        """print the version of chatsvc, and exit"""
        print(f"chatsvc {__version__}")
        raise SystemExit(0)

    def parseOptions(self, options: Any = None) -> None:
        """Read the command line; if anything in it is wrong, say so in one line and exit with 1."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            raise SystemExit(f"chatsvc: {error}") from None

    def parseArgs(self, *arguments: str) -> None:
        """There are none."""
        if arguments:
            raise usage.UsageError(f"unexpected argument {arguments[0]!r}. See --help.")

    def postOptions(self) -> None:
        """Put what they stand for in place of the texts."""
        self._look_at_pid_file()
        parsers: dict[str, Callable[[str], object]] = _PARSERS | {
            "certificate": lambda text: Certificate(self.path(text)),
            "motd": lambda text: read_motd(self.path(text)),
            "store": self._store,
        }
        self.motd = None if self["motd"] is None else self.path(self["motd"])
        for name, parse in parsers.items():
            if self[name] is not None:
                try:
                    self[name] = parse(self[name])
                except ValueError as error:
                    raise usage.UsageError(f"--{name}: {error}") from None
        for name in self["operator"]:
            try:
                checked(name)
            except BadName as error:
                raise usage.UsageError(
                    f"--operator: nobody can register {name!r}: {error}"
                ) from None

    def _look_at_pid_file(self) -> None:
        """Have twistd start where only a file is left of a process that has ended.

        In the foreground, nobody needs such a file without having asked for it.
        """
        name = self.twistd.get("pidfile")
        if name == pid_file.DEFAULT and self.twistd["nodaemon"]:
            self.twistd["pidfile"] = ""
        elif name and pid_file.is_stale(Path(name)):
            os.unlink(name)

    @property
    def twistd(self) -> dict[str, Any]:
        """What can be said before the name of the service."""
        return {} if self.parent is None else self.parent

    def path(self, text: str) -> Path:
        """Where a file is: what is relative is so to the folder in which the server runs."""
        return Path(self.twistd.get("rundir", "."), text).absolute()

    def _store(self, text: str) -> Callable[[Limits], Store]:
        """What makes the store that is meant by a word, a colon, and where it is."""
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


def makeService(options: Options) -> Server:
    """The service that these options describe; exits in one line if it cannot be had."""
    owner = user.owner(options.twistd)
    descriptors = _raise_descriptor_limit()
    most = descriptors - SPARE_DESCRIPTORS
    users = most if options["max-users"] is None else options["max-users"]
    if not 0 < users <= most:
        raise SystemExit(
            f"chatsvc: --max-users: at most {most} people can connect, as this process may have"
            f" {descriptors} file descriptors and needs {SPARE_DESCRIPTORS} for itself."
        )
    limits = Limits(
        users=users,
        per_address=options["max-per-address"],
        history=options["history"],
        history_bytes=options["history-bytes"],
        backlog=options["backlog"],
        keep=options["keep"],
        keep_addresses=options["keep-addresses"],
        grace=options["grace"],
        operators=frozenset(skeleton(name) for name in options["operator"]),
        plaintext_passwords=bool(options["allow-plaintext-passwords"]),
        accounts_only=bool(options["accounts-only"]),
        invite_only=bool(options["invite-only"]),
    )
    gc.set_threshold(YOUNG_OBJECTS)
    from twisted.internet import reactor

    make_steady(reactor)
    endpoints = _endpoints(options)
    store = user.run_as(owner, lambda: options["store"](limits))
    passwords = Passwords(reactor.callFromThread)  # type: ignore[attr-defined]  # zope's stubs
    clock = ReactorClock(reactor)
    journal = LogJournal(clock, with_addresses=limits.keep_addresses > 0)
    chat = Chat(clock, store, spawn, passwords, limits, options["motd"] or (), journal)
    factory = ChatFactory(chat, options["throttle"])
    about = f"store {options.store}, at most {users} connections"
    if limits.per_address < inf:
        about += f", {limits.per_address} from one address"
    files: dict[str, Callable[[], object]] = {}
    if options["certificate"] is not None:
        files["certificate"] = options["certificate"].read
    if options.motd is not None:
        path = options.motd
        files["motd"] = lambda: setattr(chat, "motd", read_motd(path))
    return Server(
        ports.Ports(factory, endpoints, _in_foreground(options), owner, about),
        _log(options, owner),
        files,
        options.twistd.get("pidfile", ""),
    )


def _log(options: Options, owner: tuple[int, int]) -> LogToFile | None:
    """The file that twistd was told to log to; None where it logs in another way."""
    twistd = options.twistd
    name = twistd.get("logfile") or ("" if twistd.get("nodaemon", True) else "twistd.log")
    if not name or name == "-" or twistd.get("syslog") or twistd.get("logger"):
        return None
    try:
        return LogToFile(Path(name), owner)
    except OSError as error:
        raise SystemExit(f"chatsvc: --logfile: cannot open {name}: {error.strerror}.") from None


def _endpoints(options: Options) -> list[tuple[str, IStreamServerEndpoint]]:
    found = []
    for address in options["interface"] or ports.everywhere():
        if options["port"] is not None:
            name = _checked(options["port"], address)
            found.append((name, ports.tcp(options["port"], address)))
        if options["certificate"] is not None:
            name = f"{_checked(options['tls-port'], address)} for TLS"
            endpoint = ports.tls(options["tls-port"], address, options["certificate"])
            found.append((name, endpoint))
    for text in options["listen"]:
        try:
            found.append((text, ports.described(text)))
        except ValueError as error:
            raise SystemExit(f"chatsvc: --listen: {error}") from None
    if not found:
        raise SystemExit("chatsvc: --port off leaves nothing to listen on without --listen.")
    return found


def _checked(port: int, address: str) -> str:
    """What to call a port that can be had; exits in one line if it cannot."""
    name = f"port {port}"
    if not ip_address(address).is_unspecified:
        name += f" of {address}"
    try:
        ports.check(port, address)
    except OSError as error:
        why = ports.why_not(error, port)
        raise SystemExit(f"chatsvc: cannot listen on {name}: {why}") from None
    return name


def _in_foreground(options: Options) -> bool:
    return bool(options.twistd.get("nodaemon"))


def _raise_descriptor_limit() -> int:
    """Let this process have as many descriptors as it may, and say how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _number(lowest: int, highest: float = inf) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            limit = f"from {lowest} up" if highest == inf else f"from {lowest} to {highest}"
            raise ValueError(f"{text!r} is not a number {limit}.")
        return int(text)

    return parse


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

    from chatsvc.stores.sqlite import File, SqliteStore

    try:
        # To see before twistd turns into a daemon whether it can be had.
        File(path, synchronous).check()
    except StoreError as error:
        raise SystemExit(f"chatsvc: --store: {error}.") from None
    # Twisted's annotations leave out what only a reactor with threads has.
    return SqliteStore(path, reactor.callFromThread, synchronous)  # type: ignore[attr-defined]


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
    """The lines with which people are greeted. Raises ValueError."""
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
    "keep-addresses": _span_or_none,
    "backlog": _number(0, 200),
    "history": _number(1),
    "history-bytes": _bytes,
    "grace": _number(0, 86400),
}
