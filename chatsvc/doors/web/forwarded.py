"""Reverse proxies: their headers say where a request comes from.

`Forwarded` (RFC 7239), or `X-Forwarded-For` with `X-Forwarded-Proto`.
"""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.people.addresses import is_local
from chatsvc.doors.front.hand_over import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.web.http_headers import Headers

UNIX = "unix"  # stands for all who connect by a unix socket
MOST_HOPS = 50
_FORWARDED, _X_FORWARDED = "Forwarded", "X-Forwarded-For"
# RFC 7239, section 4: elements, and pairs in them; commas and semicolons may be quoted.
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_ELEMENT = re.compile(rf'((?:[^",]|{_QUOTED})++)(?:,|\Z)')
_PAIR = re.compile(rf'\s*+([\w-]+)=({_QUOTED}|[^\s";,]*+)\s*+(?:;|\Z)', re.ASCII)
# Section 6: an address, which has brackets if it is of IPv6, and a port.
_NODE = re.compile(r"\[([\da-fA-F:.]+)\](?::\w+)?|([\d.]+)(?::\w+)?|([\da-fA-F:.]+)")


class Misforwarded(Exception):
    """The headers of a trusted proxy are wrong; the text says why."""


class Hop(NamedTuple):
    """What a proxy says about the connection to it.

    host: where it comes from; None if unknown.
    is_encrypted: whether it is encrypted.
    """

    host: str | None
    is_encrypted: bool


class TrustedProxies:
    """The proxies whose headers count.

    networks: their networks; or `UNIX`.
    """

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._has_unix = UNIX in networks
        self._networks = [ip_network(each) for each in networks if each != UNIX]

    def __contains__(self, host: str | None) -> bool:
        if host is None:
            return self._has_unix
        address = ip_address(host.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._networks)

    def origin(
        self, peer: str | None, headers: Headers, is_encrypted: bool = False
    ) -> Origin | None:
        """Where a request comes from, by its headers; None if it does not come through a proxy.

        peer: the address of the other end; None on a unix socket. If that is not a trusted proxy,
            the request comes from there, but never counts as one from this machine.
        is_encrypted: whether the connection to this server is encrypted.

        Raises Misforwarded.
        """
        if peer not in self:
            is_passed_on = headers.hasHeader(_FORWARDED) or headers.hasHeader(_X_FORWARDED)
            return Origin(peer, False, is_encrypted) if is_passed_on else None
        chains = [chain for chain in (_forwarded(headers), _x_forwarded(headers)) if chain]
        if not chains:
            # A proxy that does not say, like nginx by default; or its health check.
            host = None if peer is None or is_local(peer) else peer
            return Origin(host, False, is_encrypted)
        first, *others = [self._first_untrusted(chain) for chain in chains]
        if any(hop.host != first.host for hop in others):
            # One of the two is the client's own, which the proxy has passed on.
            raise Misforwarded("Forwarded and X-Forwarded-For contradict each other")
        host = None if first.host is None or is_local(first.host) else first.host
        return Origin(host, False, first.is_encrypted)

    def _first_untrusted(self, chain: Sequence[Hop]) -> Hop:
        """The nearest hop that does not come from a trusted proxy."""
        return next((hop for hop in chain if hop.host is None or hop.host not in self), chain[-1])


def _forwarded(headers: Headers) -> list[Hop]:
    """The hops in `Forwarded`, the nearest first."""
    text = ",".join(headers.getRawHeaders(_FORWARDED, []))
    if not text:
        return []
    elements = _ELEMENT.findall(text)
    if ",".join(elements) != text:
        raise Misforwarded("Forwarded is malformed")
    return [_hop(element) for element in reversed(_few(elements))]


def _hop(element: str) -> Hop:
    pairs = list(_PAIR.finditer(element))
    if "".join([pair[0] for pair in pairs]) != element:
        raise Misforwarded("Forwarded is malformed")
    facts = {pair[1].lower(): pair[2].strip('"') for pair in pairs}
    return Hop(_host(facts.get("for", "")), facts.get("proto", "").lower() == "https")


def _x_forwarded(headers: Headers) -> list[Hop]:
    """The hops in `X-Forwarded-For`, the nearest first."""
    hosts = ",".join(headers.getRawHeaders(_X_FORWARDED, []))
    if not hosts:
        return []
    # A proxy sets the protocol, or appends it.
    protocols = ",".join(headers.getRawHeaders("X-Forwarded-Proto", []))
    is_encrypted = protocols.rpartition(",")[2].strip().lower() == "https"
    return [Hop(_host(host.strip()), is_encrypted) for host in reversed(_few(hosts.split(",")))]


def _few(hops: list[str]) -> list[str]:
    """The same hops. Raises Misforwarded if there are too many, as each takes time."""
    if len(hops) > MOST_HOPS:
        raise Misforwarded(f"A request comes through at most {MOST_HOPS} proxies")
    return hops


def _host(node: str) -> str | None:
    """The address in a node; None if it has none."""
    match = _NODE.fullmatch(node)
    if match is not None:
        with suppress(ValueError):
            return str(ip_address(match[1] or match[2] or match[3]))
    return None
