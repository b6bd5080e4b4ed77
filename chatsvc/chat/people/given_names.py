"""Given names: `client1` and so on."""

from __future__ import annotations

from bisect import insort
from heapq import heappop, heappush
from ipaddress import IPv6Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatsvc.clock import Clock

PREFIX = "client"
RESERVED = 100  # numbers reserved in the store together
REMEMBERED = 10_000  # free names that are kept for the address which held them last

# The IPv6 networks whose last 32 bits are an IPv4 address: IPv4-mapped addresses (RFC 4291, section
# 2.5.5.2), and translated ones (NAT64), with the well-known prefix (RFC 6052) or the one for local
# use (RFC 8215), of which a /96 is usual.
IPV4_IN_IPV6 = tuple(map(IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))


class Names:
    """Gives the names `client1`, `client2` and so on.

    The numbers only go up, so nobody inherits somebody else's name; but an address gets its earlier
    names back, lowest first. These are bounded by number and by age: those of the address absent
    for longest are forgotten first, and never given again. A name that was never announced goes to
    the next newcomer.

    given: the highest number given.
    """

    def __init__(self, clock: Clock, remembered: int = REMEMBERED) -> None:
        self.given = 0
        self._clock = clock
        self._limit = remembered
        self._count = 0
        # By address, the one absent for longest first: since when, and its numbers, lowest first.
        self._free: dict[str, tuple[float, list[int]]] = {}
        self._unannounced: set[str] = set()  # names of people who are here
        self._unused: list[int] = []  # a heap: the numbers of names that were never announced

    def give(self, address: str | None) -> str:
        """A free name for a newcomer.

        address: of the newcomer; None if unknown.
        """
        if address is not None and address in self._free:
            number = self._free[address][1].pop(0)
            self._leave_out(address)
            self._count -= 1
            return f"{PREFIX}{number}"
        if self._unused:
            number = heappop(self._unused)
        else:
            self.given += 1
            number = self.given
        name = f"{PREFIX}{number}"
        self._unannounced.add(name)
        return name

    def announced(self, name: str) -> None:
        """Note that a name was announced."""
        self._unannounced.discard(name)

    def take_back(self, name: str, address: str | None) -> None:
        """Keep a free name for the address that held it."""
        number = int(name.removeprefix(PREFIX))
        if name in self._unannounced:
            self._unannounced.remove(name)
            heappush(self._unused, number)
            return
        if address is None:
            return
        _, numbers = self._free.pop(address, (0.0, []))
        insort(numbers, number)
        self._free[address] = (self._clock.seconds(), numbers)
        self._count += 1
        if self._count > self._limit:
            oldest = next(iter(self._free))
            del self._free[oldest][1][0]
            self._leave_out(oldest)
            self._count -= 1

    def forget_before(self, at: float) -> None:
        """Forget the addresses absent since before a time."""
        for address, (since, numbers) in list(self._free.items()):
            if since >= at:
                break
            del self._free[address]
            self._count -= len(numbers)

    def _leave_out(self, address: str) -> None:
        if not self._free[address][1]:
            del self._free[address]
