"""The service that twistd runs."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time

from tests.certificate import fingerprint_of, self_signed
from tests.patience import PATIENCE
from tests.processes import FAREWELL, FIRST, TWISTD, ProcessTestCase, free_port


class ServiceTests(ProcessTestCase):
    is_measured = True

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()

    def test_a_conversation(self) -> None:
        self.serves("--port", self.port)
        ann = self.calls(self.port)
        ann.sees(FIRST)
        bob = self.calls(self.port)
        ann.sees("server: client2 has joined.")
        ann.types('/dm client2 "hi"')
        bob.sees("client1: hi")
        bob.types("/quit")
        bob.sees_the_end()
        ann.sees("server: client2 has quit.")

    def test_ipv6_too(self) -> None:
        self.serves("--port", self.port)
        self.calls(self.port)
        try:
            caller = socket.create_connection(("::1", self.port), timeout=PATIENCE)
        except OSError as error:
            self.assertNotEqual(error.strerror, "Connection refused")
            return
        with caller:
            self.assertTrue(caller.recv(1))

    def test_options_that_people_notice(self) -> None:
        (self.folder / "motd").write_text("Be kind.\n")
        path = self.folder / "chat.sock"
        self.serves(
            f"--port={self.port}", f"--listen=unix:{path}", "--motd=motd", "--throttle=off",
            "--max-users=2",
        )  # fmt: skip
        ann = self.calls(path)
        ann.sees("server: Be kind.")
        bob = self.calls(self.port)
        bob.sees("server: Be kind.")
        self.assertEqual(self.calls(self.port).sees_the_end(), "server: The server is full.\n")
        ann.types(*map(str, range(1000)))
        text = bob.sees("client1: 999")
        self.assertEqual(text, "".join(f"client1: {number}\n" for number in range(999)))

    def test_one_port_for_all(self) -> None:
        pem = self.folder / "cert.pem"
        pem.write_text(self_signed())
        line_port, irc_port = free_port(), free_port()
        self.serves(
            f"--port={self.port}", "--certificate=cert.pem", f"--tls-port={free_port()}",
            f"--line=tcp:{line_port}", f"--irc=tcp:{irc_port}", f"--listen=unix:{self.folder}/sock",
        )  # fmt: skip
        ann = self.calls(line_port)
        ann.sees(FIRST)
        trust = ssl.create_default_context(cafile=str(pem))
        nicks: list[str] = []
        for address in (self.port, irc_port, self.folder / "sock"):
            for is_tls in {False, address == self.port}:
                bob = self.calls(address)
                if is_tls:
                    bob.socket = trust.wrap_socket(bob.socket, server_hostname="127.0.0.1")
                    self.addCleanup(bob.socket.close)
                nick = f"bob-{len(nicks)}"
                bob.types(f"NICK {nick}", f"USER {nick} 0 * :Bob", "PRIVMSG #lobby :hi")
                ann.sees(f"{nick}: hi")
                nicks.append(nick)
        cat = self.calls(self.port)
        cat.types("/who #lobby")
        self.assertIn("bob-3", cat.sees_some("bob-0"))
        self.assertEqual(len(nicks), 4)

    def test_a_certificate_of_its_own(self) -> None:
        server = self.serves(
            f"--port={self.port}", "--certificate=self-signed", f"--tls-port={free_port()}",
            "--store=sqlite:sub.sqlite",
        )  # fmt: skip
        ann = self.calls(self.port)
        ann.sees(FIRST)
        pem = (self.folder / "sub-self-signed.pem").read_text()
        fingerprint = fingerprint_of(pem)
        client = self.forks(
            sys.executable, "-m", "chatsvc.client", "localhost", self.port, "--tls",
            "--fingerprint", fingerprint, "--plain", stdin=subprocess.PIPE,
        )  # fmt: skip
        assert client.stdin is not None
        client.stdin.write("hi\n/quit\n")
        client.stdin.flush()
        ann.sees("client2: hi")
        self.assertEqual(self.ends(client)[0], 0)
        server.terminate()
        self.assertIn(f"Clients: --tls --fingerprint {fingerprint}", self.ends(server)[1])

    def test_a_front_door_without_irc(self) -> None:
        self.serves(f"--port={self.port}", "--doors=line")
        ann = self.calls(self.port)
        ann.types("NICK ann", "USER ann 0 * :Ann")
        self.assertIn("It does not speak IRC here", ann.sees_the_end())

    def test_tls(self) -> None:
        pem = self.folder / "cert.pem"
        pem.write_text(self_signed())
        tls_port = free_port()
        server = self.serves(
            f"--port={self.port}", "--certificate=cert.pem", f"--tls-port={tls_port}"
        )
        bob = self.calls(self.port)
        bob.sees(FIRST)
        ann = self.calls(tls_port)
        trust = ssl.create_default_context(cafile=str(pem))
        ann.socket = trust.wrap_socket(ann.socket, server_hostname="127.0.0.1")
        self.addCleanup(ann.socket.close)
        ann.types("hi")
        bob.sees("client2: hi")
        ann.types("/quit")
        self.assertIn("client2: hi\n", ann.sees_the_end())
        cat = self.calls(tls_port)
        self.assertRaises(
            ssl.SSLError, ssl.create_default_context().wrap_socket, cat.socket,
            server_hostname="127.0.0.1",
        )  # fmt: skip
        dan = self.calls(tls_port)
        dan.types("GET / HTTP/1.0")
        self.assertIn("HTTP/1.1 400 Bad Request", dan.sees_the_end())
        server.terminate()
        _, out, _ = self.ends(server)
        for reason in ("tlsv1 alert unknown ca", "it began with HTTP"):
            self.assertIn(f"TLS failed from 127.0.0.1: {reason}.", out)

    def test_signals_end_it_politely(self) -> None:
        for name, number in (("client1", signal.SIGTERM), ("client2", signal.SIGINT)):
            server = self.serves("--port", self.port)
            ann = self.calls(self.port)
            ann.types("last words")
            ann.sees(f"{name}: last words")
            server.send_signal(number)
            self.assertEqual(ann.sees_the_end(), f"{FAREWELL}\n")
            self.assertEqual(self.ends(server)[0], -number)  # twistd dies of it, once all is done

    def test_it_ends_though_somebody_never_reads(self) -> None:
        server = self.serves("--port", self.port, "--throttle=off")
        ann = self.calls(self.port)
        cat = self.calls(self.port, window=4096)
        ann.sees("server: client2 has joined.")
        for _ in range(400):
            ann.types("x" * 8000)
            ann.sees("client1: " + "x" * 8000)
        server.terminate()
        self.assertEqual(ann.sees_the_end(), f"{FAREWELL}\n")
        self.assertEqual(self.ends(server)[0], -signal.SIGTERM)
        self.assertRaises(ConnectionResetError, cat.sees_the_end)

    def test_a_daemon(self) -> None:
        status, _, err = self.ends(self.forks(TWISTD, "chatsvc", "--port", self.port))
        self.assertEqual((status, err), (0, ""))
        pid = self.daemon()
        ann = self.calls(self.port)
        ann.types("hi")
        ann.sees("client1: hi")
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(ann.sees_the_end(), f"{FAREWELL}\n")
        deadline = time.monotonic() + PATIENCE
        while "Server Shut Down." not in (log := (self.folder / "twistd.log").read_text()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.assertFalse((self.folder / "twistd.pid").exists())  # it goes before that is logged
        self.assertNotIn("Traceback", log)

    def test_what_was_said_is_shown_to_who_comes_after_a_restart(self) -> None:
        for number in (1, 2, 3):
            server = self.serves("--port", self.port, "--backlog=2")
            ann = self.calls(self.port)
            name = f"client{number}"
            if number > 1:
                shown = ann.sees("server: From here on it is new.").splitlines()
                self.assertEqual(shown[1], "server: Said last in #lobby:")
                self.assertEqual(
                    [line.partition("] ")[2] for line in shown[2:]],
                    [f"client{number - 1}: two", f"client{number - 1}: three"],
                )
            ann.types("one", "two", "three")
            ann.sees(f"{name}: three")
            server.terminate()
            ann.sees_the_end()
            self.assertEqual(self.ends(server)[0], -signal.SIGTERM)
        self.assertTrue((self.folder / "chatsvc.sqlite").exists())

    def test_so_does_a_daemon(self) -> None:
        for number in (1, 2):
            status, _, err = self.ends(self.forks(TWISTD, "chatsvc", "--port", self.port))
            self.assertEqual((status, err), (0, ""))
            pid = self.daemon()
            ann = self.calls(self.port)
            if number == 2:
                self.assertIn("client1: hi", ann.sees("server: From here on it is new."))
            ann.types("hi")
            ann.sees(f"client{number}: hi")
            os.kill(pid, signal.SIGTERM)
            ann.sees_the_end()
            deadline = time.monotonic() + PATIENCE
            while (self.folder / "twistd.pid").exists():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
        self.assertNotIn("Traceback", (self.folder / "twistd.log").read_text())

    def test_what_memory_holds_is_gone_after_a_restart(self) -> None:
        for _ in range(2):
            server = self.serves("--port", self.port, "--store=memory:")
            ann = self.calls(self.port)
            ann.types("hi")
            self.assertNotIn("Said last", ann.sees("client1: hi"))
            server.terminate()
            ann.sees_the_end()
            self.ends(server)
        self.assertEqual(list(self.folder.iterdir()), [])
