"""The service for twistd's options."""

from __future__ import annotations

import gc
import os
import resource
import sys
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_address
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from chatsvc.admin.place import socket_path
from chatsvc.admin.server import port
from chatsvc.admin.server.call import Desk
from chatsvc.admin.server.door import AdminFactory
from chatsvc.admin.server.port import AdminPort
from chatsvc.bugs import spawn
from chatsvc.chat.chat import Chat
from chatsvc.clock import make_steady
from chatsvc.doors.challenges import Challenges
from chatsvc.doors.channel import rank_of
from chatsvc.doors.front.door import FrontFactory
from chatsvc.doors.irc.door import IrcFactory
from chatsvc.doors.irc.supported.sts import Sts
from chatsvc.doors.line import ChatFactory
from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.forwarded import TrustedProxies
from chatsvc.passwords.passwords import Passwords
from chatsvc.service import loading, polling, ports, user
from chatsvc.service.interfaces import own_addresses
from chatsvc.service.log import formats
from chatsvc.service.log.journal import LogJournal
from chatsvc.service.log.output import STDOUT, Log, LogFile, is_journald
from chatsvc.service.log.syslog import Syslog
from chatsvc.service.options import Options
from chatsvc.service.reactor_clock import ReactorClock
from chatsvc.service.reloading import Reloading
from chatsvc.service.service import Server
from chatsvc.service.systemd import sockets
from chatsvc.service.systemd.notify import Manager
from chatsvc.service.systemd.reports import Reports
from chatsvc.settings.limits import limits as limits_of
from chatsvc.settings.table import DOORS
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.limits import Limits
    from chatsvc.door.entrance import Entrance
    from chatsvc.store import Store

SPARE_DESCRIPTORS = 100  # for ports, logs, and connections that are refused
# Objects made (a connection makes 40) between two searches for garbage among the youngest, during
# which everybody waits; how many such searches there are for each search of the older; and how many
# of these for each search of all. An object that ends counts as one less, however old it is: where
# many come and go, there would be far more among the youngest, so accepting.py and reactor_clock.py
# have them searched as well. Those count towards a search of all, which takes 40 ms and more: it
# comes every twenty minutes of a flood, as connections that are over leave nothing for it.
COLLECT = (500, 1, 25_000)
# Seconds for which a thread waits until a busy one lets it go on. The store's thread has to wait
# several times in each commit, and everybody with it; Python's own 5 ms make that 20 ms and more.
SWITCH_AFTER = 0.0002
Endpoint = tuple[str, IStreamServerEndpoint]  # with its name for errors
_NO_METRICS = "it needs more to be installed: pip install 'chatsvc[metrics]'"
_NO_WEB = "it needs more to be installed: pip install 'chatsvc[web]'"

_logger = Logger()


def makeService(options: Options) -> Server:
    """The service for some options; exits with one line if they do not work."""
    most = _raise_descriptor_limit() - SPARE_DESCRIPTORS
    limited = partial(limits_of, most_users=most, own_addresses=own_addresses)
    try:
        limits = limited(options)
    except ValueError as error:
        options.refuse("max-users", str(error))
    from twisted.internet import reactor

    make_steady(reactor)
    beside = {door: _described(options[door]) for door in DOORS}
    endpoints = _endpoints(options, beside)
    if not (endpoints or any(beside.values())):
        options.refuse("port", "off leaves nothing to listen on without --listen.")
    clock = ReactorClock(reactor)
    store = _store(options, limits, clock)
    passwords = Passwords(reactor.callFromThread)  # type: ignore[attr-defined]  # zope's stubs
    journal = LogJournal(clock, with_addresses=limits.keep_addresses > 0)
    chat = Chat(clock, store, spawn, passwords, limits, options["motd"] or (), journal)
    polling.take_turns(reactor, clock, rank_of, chat.delivery.admission)
    line = ChatFactory(chat, options["throttle"])
    webroot = options["acme-webroot"]
    challenges = None if webroot is None else Challenges(webroot, journal)
    doors: dict[str, Any] = {"line": line}
    if beside["irc"] or "irc" in options["doors"]:
        doors["irc"] = IrcFactory(
            line.entrance,
            options["server-name"],
            options["auto-join"],
            _sts(options),
            options["network"] or "",
        )
    if beside["web"] or "web" in options["doors"]:
        doors |= _web(options, line.entrance, doors.get("irc"), challenges, bool(beside["web"]))
    offered = {name: door for name, door in doors.items() if name in options["doors"]}
    if not offered:
        options.refuse("doors", _NO_WEB)
    front = FrontFactory(
        line.entrance,
        line if "line" in offered else None,
        offered.get("irc"),
        options["certificate"],
        offered.get("web"),
        challenges,
    )
    for door, found in beside.items():
        endpoints += [
            (f"{name} for {DOORS[door]}", ports.through(each, doors[door])) for name, each in found
        ]
    watching = _metrics(options, line.entrance, store, journal)
    place = options["store"].path
    where = f"sqlite:{options.path(place)}" if place else "memory:"
    about = f"store {where}, at most {limits.users} connections"
    if limits.per_address < inf:
        about += f", {limits.per_address} from one address"
    manager = Manager.of(os.environ)
    sys.setswitchinterval(SWITCH_AFTER)
    gc.set_threshold(*COLLECT)
    gc.freeze()  # what exists by now stays, so collections, during which all wait, skip it
    log = _log(options)
    changes = _changes(chat, line.entrance, doors.get("irc"), log)
    server = Server(
        ports.Ports(front, endpoints, _in_foreground(options), options.owner, about, watching),
        log,
        Reloading(options, chat, limited, changes, deferToThread).reload,
        partial(_files, options, chat),
        options.twistd.get("pidfile", ""),
        None if manager is None else Reports(manager, chat),
    )
    chat.reload = partial(_reload, server, journal)
    socket = socket_path(options["admin"], options["store"].path, options.path)
    if socket is not None:
        _admin(options, socket, chat, store).setServiceParent(server)
    return server


def _store(options: Options, limits: Limits, clock: ReactorClock) -> Store:
    """The store; exits with one line if it cannot be had."""
    try:
        return user.run_as(
            options.owner,
            lambda: loading.store(options["store"], options.path, limits, clock.queue),
        )
    except StoreError as error:
        options.refuse("store", f"{error}.")


def _admin(options: Options, path: Path, chat: Chat, store: Store) -> AdminPort:
    """The administrators' port; exits with one line if it was asked for and cannot be opened."""
    try:
        user.run_as(options.owner, lambda: port.check(path))
    except OSError as error:
        if options["admin"] is not None:
            why = f"cannot listen at {path}: {error.strerror}"
            options.refuse("admin", f"{why}. Take another path, or off.")
    run_as = partial(user.run_as, options.owner)
    return AdminPort(path, AdminFactory(Desk(chat, store, lambda: options.gathered)), run_as)


def _web(
    options: Options,
    entrance: Entrance,
    irc: IrcFactory | None,
    challenges: Challenges | None,
    is_needed: bool,
) -> dict[str, WebFactory]:
    """The web door by its name; nothing if what it needs is not installed."""
    try:
        from chatsvc.doors.web.site import root
    except ModuleNotFoundError as error:
        if error.name not in ("h11", "wsproto"):
            raise
        if is_needed:
            options.refuse("web", _NO_WEB)
        _logger.info("There is no web door: {why}", why=_NO_WEB)
        return {}
    proxies = TrustedProxies(options["trusted-proxies"])
    site = root(entrance, irc, options["public-archive"], challenges)
    return {"web": WebFactory(entrance, site, proxies)}


def _metrics(
    options: Options, entrance: Entrance, store: Store, journal: LogJournal
) -> list[Endpoint]:
    """The endpoints of --metrics; exits with one line if what it needs is not installed."""
    if not options["metrics"]:
        return []
    try:
        from chatsvc.metrics.resource import factory
    except ModuleNotFoundError as error:
        if error.name != "prometheus_client":
            raise
        options.refuse("metrics", _NO_METRICS)
    from chatsvc.metrics.snapshot import Watched

    certificate = options["certificate"]
    ends = (lambda: None) if certificate is None else (lambda: certificate.ends.timestamp())
    door = factory(Watched(entrance.chat, store, entrance, journal.counts, ends))
    return [
        (f"{name} for metrics", ports.through(each, door))
        for name, each in _described(options["metrics"])
    ]


def _sts(options: Options) -> Sts | None:
    """The policy by which IRC clients use TLS only; None for none."""
    if options["sts"] is None:
        return None
    certificate = options["certificate"]
    seconds = int(options["sts"])
    return Sts(options["server-name"], options["tls-port"], seconds, certificate.vouches_for)


async def _reload(server: Server, journal: LogJournal, name: str) -> list[tuple[bool, str]]:
    """Reload the settings and files for an operator; see `Server.reload`."""
    found = await server.reload()
    journal.write("reloaded", name=name, what=" ".join(text for _, text in found))
    return found


def _changes(
    chat: Chat, entrance: Entrance, irc: IrcFactory | None, log: Log | Syslog | None
) -> dict[str, Callable[[Any], object]]:
    """By setting that is not just a limit of the chat: the call that applies a new value."""
    found: dict[str, Callable[[Any], object]] = {
        "backlog": lambda _: chat.rooms.keep_backlogs(),
        "motd": lambda text: None if text else setattr(chat.arrivals, "motd", ()),
        "throttle": entrance.change_throttle,
    }
    if irc is not None:
        found["auto-join"] = partial(setattr, irc.network, "auto_join")
    if log is not None:
        found["log-level"] = partial(setattr, log, "levels")
    return found


def _files(options: Options, chat: Chat) -> dict[str, Callable[[], object]]:
    """By the contents of a file: the call that reloads it."""
    found: dict[str, Callable[[], object]] = {}
    if options["certificate"] is not None:
        found["certificate"] = options["certificate"].read
    if options["motd"] is not None:
        found["motd"] = partial(_reload_motd, options, chat)
    return found


def _reload_motd(options: Options, chat: Chat) -> None:
    text = options.gathered.found["motd"].value
    assert isinstance(text, str)
    chat.arrivals.motd = loading.motd(text, options.path)


def _log(options: Options) -> Log | Syslog | None:
    """The log of twistd's options; None if twistd logs in another way."""
    twistd, show = options.twistd, formats.BY_NAME[options["log-format"]]
    in_foreground = twistd.get("nodaemon", True)
    name = twistd.get("logfile") or ("-" if in_foreground else "twistd.log")
    if twistd.get("logger"):
        for each in ("log-format", "log-level"):
            if options.gathered.found[each].origin.kind != "default":
                options.refuse(each, "with --logger, that decides what is logged, and how.")
        return None
    try:
        if twistd.get("syslog"):
            log: Log | Syslog = Syslog(twistd["prefix"], show)
        elif name == "-":
            if not in_foreground:
                return None  # twistd says that it cannot
            if is_journald(STDOUT, os.environ):
                show = formats.for_journald(show)
            log = Log(STDOUT, show)
        else:
            log = LogFile(Path(name), show, options.owner)
    except OSError as error:
        raise SystemExit(f"chatsvc: --logfile: cannot open {name}: {error.strerror}.") from None
    log.levels = options["log-level"]
    return log


def _endpoints(options: Options, beside: Mapping[str, list[Endpoint]]) -> list[Endpoint]:
    """The endpoints for all doors.

    beside: those of single doors, to which sockets from systemd are added.
    """
    from twisted.internet import reactor

    found: list[Endpoint] = []
    texts = [text for name in ("listen", "metrics", *DOORS) for text in options[name]]
    if not any("systemd:" in text for text in texts):  # if so, each socket has its place
        passed = sockets.passed(reactor)
        for each in passed:
            beside.get(each.name, found).append((str(each), each))
        if passed:  # in place of --port and --tls-port
            return found + _described(options["listen"])
    for address in options["interface"] or ports.everywhere():
        if options["port"] is not None:
            name = _checked(options["port"], address)
            found.append((name, ports.tcp(options["port"], address)))
        if options["certificate"] is not None:
            name = f"{_checked(options['tls-port'], address)} for TLS"
            endpoint = ports.tls(options["tls-port"], address)
            found.append((name, endpoint))
    return found + _described(options["listen"])


def _described(texts: list[str]) -> list[Endpoint]:
    """The endpoints of some texts, each with its name for errors."""
    return [(text, ports.described(text)) for text in texts]


def _checked(port: int, address: str) -> str:
    """Check that a port can be opened, and return its name; exits with one line if not."""
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
    """Raise the limit of file descriptors as far as allowed, and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
