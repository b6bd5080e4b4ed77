"""Network addresses: which count as one, and which are this machine's."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from chatsvc.chat.people.given_names import IPV4_IN_IPV6


@lru_cache(1000)
def network(host: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 of an IPv6 address.

    A host can change the lower half of its IPv6 address (RFC 4291, section 2.5.1); only neighbours
    on one link share the upper half. An IPv6 address that stands for an IPv4 one counts as that
    one, except in 6to4 and Teredo, whose relays are gone (RFC 7526).

    Raises ValueError if the host is not an IP address.
    """
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        if any(address in each for each in IPV4_IN_IPV6):
            return str(IPv4Address(int(address) & 0xFFFFFFFF))
        if not address.is_link_local:
            return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


@lru_cache(1000)
def known_network(host: str | None) -> str | None:
    """The same, or None if there is no host, or it is no IP address."""
    try:
        return None if host is None else network(host)
    except ValueError:
        return None


@lru_cache(1000)
def is_local(host: str | None) -> bool:
    """Whether a host is this machine: a loopback address, or None, as for a unix socket.

    Raises ValueError if the host is not an IP address.
    """
    if host is None:
        return True
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
