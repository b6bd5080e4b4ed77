"""The addresses of this machine."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.service import interfaces
from chatsvc.service.interfaces import KNOWN_FOR, own_addresses


class InterfacesTests(SynchronousTestCase):
    def test_they_are_those_at_which_one_can_listen(self) -> None:
        found = own_addresses()
        self.assertLessEqual({"127.0.0.1", "::1"}, found)
        for address in found:
            family = socket.AF_INET if ip_address(address).version == 4 else socket.AF_INET6
            if not ip_address(address).is_link_local and (family, address) != (
                socket.AF_INET6,
                "::1",  # which there is not everywhere
            ):
                with socket.socket(family, socket.SOCK_STREAM) as one:
                    one.bind((address, 0))

    def test_they_are_found_once_a_second(self) -> None:
        now = 1000.0
        asked: list[float] = []

        def interfaces_here() -> list[tuple[int, str]]:
            asked.append(now)
            return []

        self.patch(interfaces, "monotonic", lambda: now)
        self.patch(socket, "if_nameindex", interfaces_here)
        self.addCleanup(interfaces._found.cache_clear)  # nothing else ends it
        own_addresses()
        own_addresses()
        self.assertEqual(asked, [1000.0])
        now += KNOWN_FOR
        own_addresses()
        self.assertEqual(len(asked), 2)
