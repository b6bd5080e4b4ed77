"""The name by which people reach the server."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from chatsvc.doctor.finding import Finding, fault, ok, warning
from chatsvc.doctor.server import Server
from chatsvc.service.interfaces import own_addresses


def check(server: Server) -> Iterator[Finding]:
    """Whether its name leads to this machine."""
    names = {server.name} if "." in server.name else set()
    if server.url:
        names.add(urlsplit(server.url).hostname or "")
    if not names:
        yield ok(f"{server.name!r} (--server-name) is no name of DNS, and is not looked up.")
    for name in sorted(names - {""}):
        yield from _looked_up(name)


def _looked_up(name: str) -> Iterator[Finding]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError as error:
        yield fault(
            f"{name} is not found: {error.strerror or error}.",
            "Add an A record (and AAAA, for IPv6) for it to DNS; it may take an hour to be seen.",
        )
        return
    addresses = sorted({str(each[4][0]).partition("%")[0] for each in found})
    own = own_addresses()
    elsewhere = [each for each in addresses if each not in own and not _is_loopback(each)]
    listed = ", ".join(addresses)
    if not elsewhere:
        yield ok(f"{name} leads here: {listed}.")
    elif len(elsewhere) < len(addresses):
        yield warning(
            f"{name} leads here, and elsewhere: {', '.join(elsewhere)}.",
            "Take the addresses that are not this server's out of DNS.",
        )
    elif any(ip_address(each).is_global for each in own):
        yield fault(
            f"{name} leads elsewhere: {listed}.",
            f"Correct its records in DNS; this machine has {_public(own)}.",
        )
    else:
        yield warning(
            f"{name} leads to {listed}, and this machine has private addresses alone.",
            "That is right if a router or a proxy with that address passes connections on.",
        )


def _public(addresses: Iterable[str]) -> str:
    return ", ".join(sorted(each for each in addresses if ip_address(each).is_global))


def _is_loopback(address: str) -> bool:
    return ip_address(address).is_loopback
