"""The web door behind proxies that pass on too little."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable

from chatsvc.admin.commands.doctor import _addresses_of
from chatsvc.admin.console.asking import Console
from chatsvc.doctor.network import web
from chatsvc.doctor.server import Server
from chatsvc.service.interfaces import own_addresses
from tests.certificate import self_signed
from tests.doctor.examining import FAULT, OK, DoctorTestCase
from tests.patience import PATIENCE, only_long
from tests.processes import free_port


class WebTests(DoctorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(web, "PATIENCE", PATIENCE)

    def passes_on(self, to: int, change: Callable[[bytes], bytes]) -> int:
        """A proxy that changes what clients send; its port."""
        listening = socket.create_server(("0.0.0.0", 0))
        self.addCleanup(listening.close)

        def copy(
            source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]
        ) -> None:
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(change(data))
            for each in (source, target):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    server = socket.create_connection(("127.0.0.1", to), PATIENCE)
                    for ends in ((client, server, change), (server, client, bytes)):
                        threading.Thread(target=copy, args=ends, daemon=True).start()
                    self.addCleanup(client.close)
                    self.addCleanup(server.close)

        threading.Thread(target=accept, daemon=True).start()
        number: int = listening.getsockname()[1]
        return number

    def server(self, port: int) -> Server:
        return Server(store=self.store, url=f"http://localhost:{port}/")

    @only_long
    def test_nobody_is_told_of_it(self) -> None:
        port, _ = self.serves_somewhere()
        ann = self.calls(port)
        ann.sees_some("Welcome")
        self.finds(web.check, self.server(port), OK, "(ws) takes WebSockets")
        words = [each.what for each in web.check(self.server(port))]
        self.assertIn("(healthz) answers that the server works", words[0])
        ann.types("/users", "/bc done")
        self.assertNotIn("server: client", ann.sees_some("done"))

    def test_no_url(self) -> None:
        self.assertEqual(list(web.check(Server())), [])

    def test_something_else_than_a_url(self) -> None:
        for url in ("chat.example.org", "ftp://chat.example.org/", "https:///"):
            found = self.finds(web.check, Server(url=url), FAULT, f"{url} is not like https://")
            self.assertEqual(found.mend, "Correct --url.")

    def test_nobody_answers(self) -> None:
        found = self.finds(web.check, self.server(free_port()), FAULT, "does not answer")
        self.assertIn("proxy", found.mend)

    @only_long
    def test_a_proxy_that_passes_on_all(self) -> None:
        port, _ = self.serves_somewhere()
        self.finds(web.check, self.server(self.passes_on(port, bytes)), OK, "takes WebSockets")

    @only_long
    def test_a_proxy_that_passes_on_no_upgrade(self) -> None:
        port, _ = self.serves_somewhere()
        without = re.compile(rb"^(?:Upgrade|Connection): .*\r\n", re.MULTILINE)
        proxy = self.passes_on(port, lambda data: without.sub(b"", data))
        found = self.finds(web.check, self.server(proxy), FAULT, "takes no WebSockets: 4")
        self.assertIn("proxy_set_header Upgrade", found.mend)

    @only_long
    def test_a_proxy_that_speaks_http_1_0(self) -> None:
        port, _ = self.serves_somewhere()
        proxy = self.passes_on(port, lambda data: data.replace(b"HTTP/1.1", b"HTTP/1.0"))
        self.finds(web.check, self.server(proxy), FAULT, "takes no WebSockets: 400 Bad Request")

    def from_outside(self, port: int) -> Server:
        """A server that is reached by an address of this machine that others have, too."""
        own = [each for each in own_addresses() if ":" not in each and each != "127.0.0.1"]
        if not own:
            raise self.skipTest("this machine has no address")
        console = Console(str(self.folder / "chat.admin"))
        return Server(
            store=self.store,
            url=f"http://{own[0]}:{port}/",
            addresses_of=lambda name: _addresses_of(console, name),
        )

    @only_long
    def test_a_server_that_sees_from_where_people_come(self) -> None:
        port, _ = self.serves_somewhere()
        words = "the server sees from where people come by"
        found = list(web.check(self.from_outside(port)))
        self.assertIn(words, found[-1].what)

    @only_long
    def test_a_proxy_that_does_not_say_from_where_people_come(self) -> None:
        port, _ = self.serves_somewhere("--trusted-proxies=127.0.0.1")
        proxy = self.passes_on(port, bytes)
        words = "the server takes all who come by"
        found = self.finds(web.check, self.from_outside(proxy), FAULT, words)
        self.assertIn("X-Forwarded-For", found.mend)

    @only_long
    def test_a_proxy_that_says_it(self) -> None:
        port, _ = self.serves_somewhere("--trusted-proxies=127.0.0.1")
        header = b"HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n"
        proxy = self.passes_on(port, lambda data: data.replace(b"HTTP/1.1\r\n", header))
        found = list(web.check(self.from_outside(proxy)))
        self.assertIn("the server sees from where people come by", found[-1].what)

    @only_long
    def test_a_proxy_that_is_not_trusted(self) -> None:
        port, _ = self.serves_somewhere()
        header = b"HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n"
        proxy = self.passes_on(port, lambda data: data.replace(b"HTTP/1.1\r\n", header))
        words = "for one, at 127.0.0.1"
        self.finds(web.check, self.from_outside(proxy), FAULT, words)

    def test_a_proxy_without_a_server(self) -> None:
        answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
        port = self.answers(answer)
        found = self.finds(web.check, self.server(port), FAULT, "cannot reach the server (502)")
        self.assertIn("--web", found.mend)

    def test_a_server_that_does_not_work(self) -> None:
        answer = b"HTTP/1.1 503 Service \x1b[5m unavailable\r\nContent-Length: 0\r\n\r\n"
        port = self.answers(answer)
        self.finds(web.check, self.server(port), FAULT, "(healthz) answers 503 Service")

    def test_a_websocket_through_which_nothing_comes(self) -> None:
        ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        empty = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
        port = self.answers(ok, empty)
        self.finds(web.check, self.server(port), FAULT, "but nothing comes through them")

    def answers(self, *answers: bytes) -> int:
        """Something that answers each connection in turn; its port."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)

        def accept() -> None:
            with contextlib.suppress(OSError):
                for answer in answers:
                    with listening.accept()[0] as client:
                        client.recv(65536)
                        client.sendall(answer)

        threading.Thread(target=accept, daemon=True).start()
        number: int = listening.getsockname()[1]
        return number

    @only_long
    def test_a_certificate_that_browsers_do_not_trust(self) -> None:
        (self.folder / "chat.pem").write_text(self_signed("localhost"))
        port, _ = self.serves_somewhere("--certificate=chat.pem", "--tls-port=0")
        server = Server(store=self.store, url=f"https://localhost:{port}/")
        self.finds(web.check, server, FAULT, "browsers do not trust the certificate at https://")

    @only_long
    def test_a_certificate_that_they_trust(self) -> None:
        path = self.folder / "chat.pem"
        path.write_text(self_signed("localhost"))
        port, _ = self.serves_somewhere("--certificate=chat.pem", "--tls-port=0")
        server = Server(store=self.store, url=f"https://localhost:{port}/")
        self.patch(web, "create_default_context", lambda: ssl.create_default_context(cafile=path))
        self.finds(web.check, server, OK, "takes WebSockets")
