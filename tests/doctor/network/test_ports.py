"""Ports that are taken, closed, or not to be had."""

from __future__ import annotations

import os
import socket
import sys

from chatsvc.doctor import process
from chatsvc.doctor.finding import Level
from chatsvc.doctor.network import ports
from chatsvc.doctor.server import Port, Server
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase
from tests.patience import only_long
from tests.processes import free_port


class PortTests(DoctorTestCase):
    def finds_it(self, level: Level, words: str, *listening: Port) -> str:
        server = Server(store=self.store, ports=listening)
        return self.finds(ports.check, server, level, words).mend

    def test_nowhere(self) -> None:
        self.finds_it(FAULT, "the server listens nowhere")

    def test_free(self) -> None:
        port = Port("--port", free_port(), ("::", "0.0.0.0"))
        self.finds_it(OK, f"{port.name} (--port) is free", port)

    def test_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = Port("--port", other.getsockname()[1], ("0.0.0.0",))
            words = f"{port.name} (--port) is in use by another program: {os.getpid()} ("
            self.assertIn("take another port", self.finds_it(FAULT, words, port))

    @only_long
    def test_open(self) -> None:
        number, server = self.serves_somewhere()
        self.assertEqual(process.locking(self.folder / "chat.sqlite-lock"), server.pid)
        port = Port("--port", number, ("0.0.0.0",))
        self.finds_it(OK, f"{port.name} (--port) is open. Whether a firewall", port)
        here = Port("--port", number, ("127.0.0.1",))
        self.finds_it(OK, "is open, for programs on this machine alone", here)

    @only_long
    def test_closed_though_the_server_runs(self) -> None:
        self.serves_somewhere()
        port = Port("--port", free_port(), ("127.0.0.1",))
        words = f"nobody can connect to {port.name} (--port) of 127.0.0.1 (Connection refused)"
        self.assertIn("Restart", self.finds_it(FAULT, words, port))

    @only_long
    def test_another_programs_though_the_server_runs(self) -> None:
        self.serves_somewhere()
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = Port("--port", other.getsockname()[1], ("127.0.0.1",))
            words = f"{port.name} (--port) belongs to another program: {os.getpid()} ("
            self.finds_it(FAULT, words, port)

    @only_long
    def test_those_that_systemd_opens(self) -> None:
        _, server = self.serves_somewhere()
        self.patch(process, "has_sockets_from_systemd", lambda number: number == server.pid)
        port = Port("--tls-port", free_port(), ("127.0.0.1",))
        self.finds_it(OK, "systemd opens the ports", port)

    def test_an_address_that_this_machine_does_not_have(self) -> None:
        port = Port("--port", free_port(), ("192.0.2.7",))
        self.finds_it(FAULT, "does not have the address 192.0.2.7", port)

    def test_a_port_for_root(self) -> None:
        if os.geteuid() != 0 or not ports._first_for_all():
            self.skipTest("only root may become somebody else")
        program = (
            "import os, sys; from chatsvc.doctor.network import ports;"
            "from chatsvc.doctor.server import Port, Server; os.setuid(12345);"
            "[print(each) for each in ports.check(Server(ports=(Port('--port', 7, ('::',)),)))]"
        )
        _, out, err = self.ends(self.starts(sys.executable, "-c", program))
        self.assertIn("port 7 (--port) can be opened by root alone", out, err)
        self.assertIn("CAP_NET_BIND_SERVICE", out)

    def test_ipv4_alone(self) -> None:
        self.patch(ports, "own_addresses", lambda: {"127.0.0.1", "2a00:1450:4001:80b::200e"})
        four, both = Port("--port", 5000, ("0.0.0.0",)), Port("--port", 5000, ("::",))
        self.finds(ports.check_ipv6, Server(ports=(four,)), WARNING, "on IPv4 alone")
        self.assertEqual(list(ports.check_ipv6(Server(ports=(four, both)))), [])


class UnixSocketTests(DoctorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.folder / "chat.sock"
        self.port = Port("--listen", path=self.path)
        self.server = Server(store=self.store, ports=(self.port,))

    def finds_it(self, level: Level, words: str) -> str:
        return self.finds(ports.check, self.server, level, words).mend

    def test_free(self) -> None:
        self.finds_it(OK, f"{self.path} (--listen) is free")

    @only_long
    def test_open(self) -> None:
        self.serves_somewhere(f"--listen=unix:{self.path}")
        self.finds_it(OK, f"{self.path} (--listen) is open")

    @only_long
    def test_closed_though_the_server_runs(self) -> None:
        self.serves_somewhere()
        self.finds_it(FAULT, f"nobody can connect to {self.path} (--listen)")

    def test_another_programs(self) -> None:
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.path))
            other.listen()
            self.finds_it(FAULT, f"another program listens at {self.path}")

    def test_left_behind(self) -> None:
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.path))
        mend = self.finds_it(FAULT, "was left behind by a program that was killed")
        self.assertEqual(mend, f"rm {self.path}")

    def test_no_folder(self) -> None:
        self.server = Server(ports=(Port("--listen", path=self.folder / "run" / "chat.sock"),))
        self.assertIn("RuntimeDirectory", self.finds_it(FAULT, "the folder of"))

    def test_a_long_path(self) -> None:
        self.server = Server(ports=(Port("--listen", path=self.folder / ("x" * 100)),))
        self.finds_it(FAULT, "is longer than 107 bytes")
