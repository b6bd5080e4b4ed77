"""Given names: who gets which, and who gets one back."""

from __future__ import annotations

from bisect import insort
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

PREFIX = "client"
REMEMBERED = 10_000  # free names that are kept for the address which held them last


@lru_cache(1000)
def network(host: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that an IPv6 one is in.

    The lower half of an IPv6 address is its host's to change (RFC 4291, section 2.5.1); only the
    neighbours on one link all share the upper half.

    Raises ValueError when the host is not an IP address.
    """
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        if not address.is_link_local:
            return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


def is_local(host: str | None) -> bool:
    """Whether that is this machine: an address of the loopback, or none, as a unix socket has.

    Raises ValueError when the host is not an IP address.
    """
    if host is None:
        return True
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


class Names:
    """Gives `client1`, `client2` and so on.

    The numbers only go up, so nobody inherits somebody else's name; but an address gets back the
    names that it gave up, the lowest first. What is remembered of that is bounded: the addresses
    that have not been here for longest are forgotten first, and their names are never given again.

    given: the highest number that was given.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.given = 0
        self._limit = remembered
        self._count = 0
        self._free: dict[str, list[int]] = {}  # longest unseen address first; lowest number first

    def give(self, address: str | None) -> str:
        """A name that nobody has; None is an address that cannot be told from others."""
        if address is not None and (numbers := self._free.pop(address, None)):
            number = numbers.pop(0)
            if numbers:
                self._free[address] = numbers
            self._count -= 1
        else:
            self.given += 1
            number = self.given
        return f"{PREFIX}{number}"

    def take_back(self, name: str, address: str | None) -> None:
        """Keep a name that has become free for the address that held it."""
        if address is None:
            return
        numbers = self._free.pop(address, [])
        insort(numbers, int(name.removeprefix(PREFIX)))
        self._free[address] = numbers
        self._count += 1
        if self._count > self._limit:
            oldest = next(iter(self._free))
            del self._free[oldest][0]
            if not self._free[oldest]:
                del self._free[oldest]
            self._count -= 1
