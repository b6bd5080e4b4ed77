"""The ports: whether people can reach the server, or which other process has them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address

from chatsvc.doctor import process
from chatsvc.doctor.finding import Finding, fault, ok, warning
from chatsvc.doctor.server import PATIENCE, Port, Server
from chatsvc.service.interfaces import own_addresses
from chatsvc.text.safe import clean

LONGEST_PATH = 107  # bytes of a unix socket's (unix(7))
_PASSED = ("--port", "--tls-port")  # in place of which the server takes systemd's sockets
_OUTSIDE = "Whether a firewall lets others in shows only from elsewhere: nc -vz NAME PORT"


def check(server: Server) -> Iterator[Finding]:
    """Each port: open for people, or free for a server about to start."""
    is_passed = server.process is not None and process.has_sockets_from_systemd(server.process)
    if not server.ports and not is_passed:
        yield fault("the server listens nowhere.", "Set --port or --listen.")
    if is_passed:
        yield ok("systemd opens the ports for the server: systemctl list-sockets shows them.")
    for port in server.ports:
        if is_passed and port.option in _PASSED:
            continue
        if port.path is not None:
            yield from _unix(server, port)
        elif port.number and server.process is None:  # with 0, the system chooses one
            yield from _free(port)
        elif port.number:
            yield from _open(server, port)


def check_ipv6(server: Server) -> Iterator[Finding]:
    """Whether people with IPv6 are let in where the machine has it."""
    addresses = {address for port in server.ports for address in port.addresses}
    if "0.0.0.0" not in addresses or "::" in addresses:
        return
    found = [each for each in sorted(own_addresses()) if ip_address(each).is_global]
    if any(":" in each for each in found):
        yield warning(
            "this machine has an IPv6 address, but the server listens on IPv4 alone.",
            "Leave out --interface; or have no AAAA record for its name.",
        )


def _open(server: Server, port: Port) -> Iterator[Finding]:
    """Whether the running server has a TCP port."""
    assert port.number is not None
    open_at, closed_at = [], []
    for address, reachable in zip(port.addresses, port.reachable, strict=True):
        try:
            socket.create_connection((reachable, port.number), PATIENCE).close()
            open_at.append(address)
        except OSError as error:
            closed_at.append(f"{address} ({error.strerror or error})")
    if closed_at:
        yield fault(
            f"nobody can connect to {port.name} ({port.option}) of {', '.join(closed_at)}.",
            "Restart the server, if that was set after it started; the log says where it listens.",
        )
        return
    holders = set(process.listening(port.number).values()) - {None}
    if holders and server.process not in holders:
        yield fault(
            f"{port.name} ({port.option}) belongs to another program: {_named(holders)}.",
            "Stop that one, or take another port.",
        )
        return
    loopback = [each for each in open_at if ip_address(each).is_loopback]
    if loopback == open_at:
        yield ok(f"{port.name} ({port.option}) is open, for programs on this machine alone.")
    else:
        yield ok(f"{port.name} ({port.option}) is open. {_OUTSIDE}")


def _free(port: Port) -> Iterator[Finding]:
    """Whether a server could open a TCP port."""
    assert port.number is not None
    holders = process.listening(port.number)
    if holders:
        known = {each for each in holders.values() if each is not None}
        whose = _named(known) if known else "another user's"
        yield fault(
            f"{port.name} ({port.option}) is in use by another program: {whose}.",
            "Stop that one, or take another port.",
        )
        return
    for address, reachable in zip(port.addresses, port.reachable, strict=True):
        if address != reachable or address in own_addresses():  # all, or one that is there
            continue
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            try:
                probe.bind((address, 0))
            except OSError:
                yield fault(
                    f"this machine does not have the address {address} (--interface).",
                    "It has those that this shows: ip address",
                )
                return
    if 0 < port.number < _first_for_all() and os.geteuid() != 0:
        yield warning(
            f"{port.name} ({port.option}) can be opened by root alone.",
            "With systemd, set AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit; or start"
            " twistd as root, with --uid.",
        )
        return
    yield ok(f"{port.name} ({port.option}) is free.")


def _unix(server: Server, port: Port) -> Iterator[Finding]:
    """Whether a unix socket is open, or could be."""
    assert port.path is not None
    where = f"{port.path} ({port.option})"
    if len(os.fsencode(port.path)) > LONGEST_PATH:
        yield fault(f"{where} is longer than {LONGEST_PATH} bytes.", "Take a shorter path.")
        return
    if not port.path.parent.is_dir():
        yield fault(
            f"the folder of {where} does not exist.",
            f"mkdir {port.path.parent}; with systemd, set RuntimeDirectory=chatsvc in the unit.",
        )
        return
    is_open = False
    with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PATIENCE)
        try:
            probe.connect(str(port.path))
            is_open = True
        except PermissionError:
            yield ok(f"{where} is not for this user.")
            return
    if server.process is not None and not is_open:
        yield fault(
            f"nobody can connect to {where}.", "Restart the server; the log says where it listens."
        )
    elif server.process is None and is_open:
        yield fault(f"another program listens at {where}.", "Stop that one, or take another path.")
    elif server.process is None and port.path.exists():
        yield fault(
            f"{where} was left behind by a program that was killed; the server does not start.",
            f"rm {port.path}",
        )
    else:
        yield ok(f"{where} is {'open' if is_open else 'free'}.")


def _named(processes: set[int] | set[int | None]) -> str:
    named = [f"{each} ({clean(process.command(each))})" for each in processes if each is not None]
    return ", ".join(sorted(named))


def _first_for_all() -> int:
    """The first port that users other than root may open."""
    with suppress(OSError, ValueError):
        path = process.PROC / "sys" / "net" / "ipv4" / "ip_unprivileged_port_start"
        return int(path.read_text())
    return 1024
