"""The server that settings describe."""

from __future__ import annotations

from pathlib import Path

from chatsvc.doctor.described import port_of, server_of
from chatsvc.doctor.files import settings
from chatsvc.doctor.server import Port, Server
from chatsvc.service.ports import everywhere
from chatsvc.settings.gathering import gather
from chatsvc.settings.kind import Raw
from tests.doctor.examining import FAULT, OK, DoctorTestCase


def path(text: str) -> Path:
    return Path("/var/lib/chatsvc", text)


class DescribedTests(DoctorTestCase):
    def described(self, **options: Raw) -> Server:
        names = {name.replace("_", "-"): raw for name, raw in options.items()}
        return server_of(gather(names, None, {}), path, {}, "")

    def test_the_defaults(self) -> None:
        server = self.described()
        self.assertEqual(server.store, path("chatsvc.sqlite"))
        self.assertEqual(server.ports, (Port("--port", 5000, tuple(everywhere())),))
        self.assertEqual(
            (server.certificate, server.max_users, server.web, server.mistakes),
            (None, None, True, ()),
        )

    def test_all_that_can_be_said(self) -> None:
        server = self.described(
            store="memory:", interface="127.0.0.1", certificate="chat.pem", max_users="7",
            doors=["line"], listen=["unix:/run/chat.sock", "fd:3"], irc=["tcp:6667"],
            trusted_proxies=["unix"], server_name="chat.example.org", motd="motd",
        )  # fmt: skip
        self.assertIsNone(server.store)
        self.assertEqual(
            server.ports,
            (
                Port("--port", 5000, ("127.0.0.1",)),
                Port("--tls-port", 5001, ("127.0.0.1",), is_tls=True),
                Port("--listen", path=Path("/run/chat.sock")),
                Port("--irc", 6667, ("0.0.0.0",)),
            ),
        )
        self.assertEqual((server.certificate, server.is_self_signed), (path("chat.pem"), False))
        self.assertEqual((server.max_users, server.web), (7, False))
        self.assertEqual(server.trusted_proxies, ("unix",))
        self.assertEqual(server.files, {"the motd": path("motd")})

    def test_a_certificate_that_an_acme_client_gets(self) -> None:
        awaited = self.described(certificate="chat.pem", acme_webroot="www")
        self.assertTrue(awaited.is_awaited)
        self.assertFalse(self.described(certificate="chat.pem").is_awaited)

    def test_a_certificate_of_its_own(self) -> None:
        server = self.described(certificate="self-signed", store="sqlite:club.sqlite")
        where = path("club-self-signed.pem")
        self.assertEqual((server.certificate, server.is_self_signed), (where, True))

    def test_endpoints(self) -> None:
        for text, port in (
            ("tcp:5000", Port("--web", 5000, ("0.0.0.0",))),
            ("tcp6:5000", Port("--web", 5000, ("::",))),
            (r"tcp:5000:interface=fe80\:\:1", Port("--web", 5000, ("fe80::1",))),
            ("tcp:port=80:interface=10.0.0.2", Port("--web", 80, ("10.0.0.2",))),
            ("ssl:443:privateKey=k.pem", Port("--web", 443, ("0.0.0.0",), is_tls=True)),
            ("haproxy:tcp:5002", Port("--web", 5002, ("0.0.0.0",), is_proxied=True)),
            ("unix:web.sock:mode=666", Port("--web", path=path("web.sock"))),
            ("unix:address=/run/a.sock", Port("--web", path=Path("/run/a.sock"))),
            ("systemd:domain=INET6:index=0", Port("--web", 0)),
            ("systemd:web", Port("--web", 0)),
            ("haproxy:systemd:0", Port("--web", 0, is_proxied=True)),
            ("tcp:http", None),
            ("haproxy:udp:7", None),
        ):
            self.assertEqual(port_of("--web", text, path), port, text)

    def test_mistakes(self) -> None:
        server = self.described(port="fifty", store="sqlite:", certificate="self-signed")
        self.assertEqual(len(server.mistakes), 2)
        self.finds(settings.check, server, FAULT, "--port: 'fifty' is not a number")

    def test_a_motd_that_is_missing(self) -> None:
        server = self.described(motd="missing")
        self.finds(settings.check, server, FAULT, f"{path('missing')}, the motd, is not there")
        self.finds(settings.check, self.described(), OK, "there is no chatsvc.toml")
