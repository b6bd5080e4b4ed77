"""Proxies that the server does not know, and ports for them that anybody reaches."""

from __future__ import annotations

from pathlib import Path

from chatsvc.doctor.network import proxies
from chatsvc.doctor.server import Port, Server
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase
from tests.patience import only_long
from tests.processes import free_port


class ProxyTests(DoctorTestCase):
    def proxied(self, number: int, address: str = "127.0.0.1") -> Server:
        port = Port("--listen", number, (address,), is_proxied=True)
        return Server(store=self.store, ports=(port,))

    @only_long
    def test_a_port_for_proxies(self) -> None:
        number = free_port()
        port, _ = self.serves_somewhere(f"--listen=haproxy:tcp:{number}:interface=127.0.0.1")
        words = f"port {number} (--listen) takes the PROXY header"
        ann = self.calls(port)
        ann.sees_some("Welcome")
        self.finds(proxies.check_header, self.proxied(number), OK, words)
        ann.types("/users")
        seen = ann.sees_some("connected:")
        self.assertNotIn("joined", seen)

    @only_long
    def test_a_port_that_is_not_for_proxies(self) -> None:
        self.serves_somewhere()
        words = "does not take the PROXY header"
        self.finds(proxies.check_header, self.proxied(free_port()), FAULT, words)

    def test_a_port_for_proxies_that_all_may_reach(self) -> None:
        found = self.finds(
            proxies.check_header, self.proxied(5002, "0.0.0.0"), WARNING, "claim any address there"
        )
        self.assertIn("interface=", found.mend)

    def test_a_proxy_that_is_not_trusted(self) -> None:
        for port, name in (
            (Port("--web", 8080, ("127.0.0.1",)), "127.0.0.1"),
            (Port("--web", path=Path("/run/web.sock")), "unix"),
        ):
            found = self.finds(
                proxies.check_trusted, Server(ports=(port,)), WARNING, "none is believed"
            )
            self.assertIn(f"--trusted-proxies {name}", found.mend)
            server = Server(ports=(port,), trusted_proxies=(name,))
            self.finds(proxies.check_trusted, server, OK, f"proxies at {name} are believed")

    def test_a_port_that_all_may_reach(self) -> None:
        for port in (Port("--web", 8080, ("::",)), Port("--port", 5000, ("127.0.0.1",))):
            self.assertEqual(list(proxies.check_trusted(Server(ports=(port,)))), [])
