"""Proxies in front of the server, according to its settings."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address

from chatsvc.doctor.finding import Finding, fault, ok, warning
from chatsvc.doctor.server import PATIENCE, Port, Server

_HEADER = b"PROXY UNKNOWN\r\n"  # of a connection that the proxy makes by itself
_LET_IN = 0.5  # seconds after which a connection that was not refused is taken


def check_header(server: Server) -> Iterator[Finding]:
    """The ports that take a PROXY header."""
    for port in server.ports:
        if not port.is_proxied or not port.number:
            continue
        if any(ip_address(each).is_unspecified for each in port.addresses):
            yield warning(
                f"everybody may reach {port.name} ({port.option}), and claim any address there.",
                f"Let only the proxy reach it: haproxy:tcp:{port.number}:interface=10.0.0.2",
            )
        if server.process is not None:
            yield from _asked(port)


def check_trusted(server: Server) -> Iterator[Finding]:
    """Whether proxies before --web ports are believed."""
    for port in server.ports:
        is_behind = port.path is not None or all(
            ip_address(each).is_loopback for each in port.addresses
        )
        if port.option == "--web" and is_behind and not port.is_proxied:
            name = "unix" if port.path is not None else port.addresses[0]
            if server.trusted_proxies:
                yield ok(f"proxies at {', '.join(server.trusted_proxies)} are believed.")
            else:
                yield warning(
                    f"only a proxy on this machine can reach {port.name} ({port.option}), and none"
                    " is believed: everybody has its address, and one bound for all.",
                    f"Set --trusted-proxies {name}, and have it set X-Forwarded-For.",
                )


def _asked(port: Port) -> Iterator[Finding]:
    assert port.number is not None
    try:
        with socket.create_connection((port.reachable[0], port.number), PATIENCE) as connection:
            connection.sendall(_HEADER)
            connection.settimeout(_LET_IN)
            try:
                is_refused = connection.recv(1) == b""
            except TimeoutError:
                is_refused = False
    except OSError:
        is_refused = True
    if is_refused:
        yield fault(
            f"{port.name} ({port.option}) does not take the PROXY header.",
            "See the server's log; restart the server if that was set after it started.",
        )
    else:
        yield ok(f"{port.name} ({port.option}) takes the PROXY header.")
