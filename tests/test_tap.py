"""The options, and the service that twistd runs with them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
from math import inf
from pathlib import Path
from typing import cast

from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

import chatsvc
from chatsvc.chat.limits import Limits
from chatsvc.service.interfaces import own_addresses
from chatsvc.service.options import Options
from chatsvc.stores.memory import MemoryStore
from chatsvc.stores.sqlite.file import File
from chatsvc.stores.sqlite.store import SqliteStore
from tests.certificate import fingerprint_of, self_signed
from tests.patience import PATIENCE
from tests.processes import TWISTD, ProcessTestCase, free_port

FAREWELL = "server: The server is shutting down."


class OptionsTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def parsed(self, *arguments: str) -> Options:
        options = Options()
        options.parseOptions(arguments)
        return options

    def written(self, data: str | bytes) -> str:
        path = self.folder / "file"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)

    def test_the_defaults(self) -> None:
        options = dict(self.parsed())
        self.assertTrue(callable(options.pop("store")))
        throttle = options.pop("throttle")
        self.assertEqual((throttle.burst, throttle.rate), (30, 10.0))
        self.assertEqual(
            options,
            {
                "port": 5000,
                "interface": None,
                "doors": ["line", "irc"],
                "line": [],
                "irc": [],
                "server-name": "chatsvc",
                "auto-join": True,
                "listen": [],
                "certificate": None,
                "tls-port": 5001,
                "max-users": None,
                "max-per-address": inf,
                "keep": inf,
                "direct-history": True,
                "keep-addresses": 7 * 86400.0,
                "backlog": 20,
                "grace": 0,
                "accounts-only": 0,
                "invite-only": 0,
                "allow-plaintext-passwords": 0,
                "operator": [],
                "history": 10_000,
                "history-bytes": 16 * 2**20,
                "motd": None,
            },
        )

    def test_the_throttle(self) -> None:
        for text, burst, rate in [("5/0.5", 5, 0.5), ("off", 1, inf)]:
            throttle = self.parsed("--throttle", text)["throttle"]
            self.assertEqual((throttle.burst, throttle.rate), (burst, rate))

    def test_right_values(self) -> None:
        for option, text, value in [
            ("port", "0", 0),
            ("direct-history", "off", False),
            ("port", "65535", 65535),
            ("interface", "127.0.0.1", ["127.0.0.1"]),
            ("interface", "0:0::1", ["::1"]),
            ("tls-port", "993", 993),
            ("doors", "line", ["line"]),
            ("doors", "irc,line", ["irc", "line"]),
            ("max-users", "1", 1),
            ("max-per-address", "3", 3),
            ("max-per-address", "off", inf),
            ("keep", "90d", 90 * 86400.0),
            ("keep", "12h", 12 * 3600.0),
            ("keep", "off", inf),
            ("keep-addresses", "30d", 30 * 86400.0),
            ("keep-addresses", "off", 0.0),
            ("backlog", "0", 0),
            ("backlog", "200", 200),
            ("grace", "60", 60),
            ("operator", "ann", ["ann"]),
            ("history", "1", 1),
            ("history-bytes", "1000", 1000),
            ("history-bytes", "64k", 64 * 2**10),
            ("history-bytes", "8M", 8 * 2**20),
            ("history-bytes", "1G", 2**30),
            (
                "motd",
                self.written("Welcome!\n\nBe \x1b[1mkind\x1b[0m.\n"),
                ["Welcome!", "", "Be kind."],
            ),
        ]:
            self.assertEqual(self.parsed(f"--{option}", text)[option], value)

    def test_the_store(self) -> None:
        for text, kind in [
            ("memory:", MemoryStore),
            (f"sqlite:{self.folder}/chat.sqlite", SqliteStore),
            (f"sqlite:{self.folder}/chat.sqlite?synchronous=full", SqliteStore),
            (f"sqlite:{self.folder}/chat.sqlite?synchronous=normal", SqliteStore),
        ]:
            self.assertIsInstance(self.parsed("--store", text)["store"](Limits()), kind)

    def test_listen_may_be_repeated(self) -> None:
        options = self.parsed("--listen", "unix:a", "--listen=tcp:1", "-p", "7")
        self.assertEqual(options["listen"], ["unix:a", "tcp:1"])
        self.assertEqual(options["port"], 7)

    def test_a_certificate_of_its_own(self) -> None:
        for store, name in [("memory:", "chatsvc"), (f"sqlite:{self.folder}/a.db", "a")]:
            options = Options()
            options.parent = cast("Options", {"rundir": str(self.folder)})
            arguments = ["--store", store, "--certificate", "self-signed"]
            options.parseOptions([*arguments, "--interface", "192.0.2.7"])
            self.assertTrue(options["certificate"].getContext())
            pem = self.folder / f"{name}-self-signed.pem"
            names = x509.load_pem_x509_certificate(pem.read_bytes()).extensions
            found = names.get_extension_for_class(x509.SubjectAlternativeName).value
            addresses = set(map(str, found.get_values_for_type(x509.IPAddress)))
            self.assertEqual(addresses, own_addresses() | {"192.0.2.7"})

    def test_wrong_values(self) -> None:
        number = "{!r} is not a number from 0 to 65535."
        from_one = "{!r} is not a number from 1 up."
        throttle = "{!r} is neither like 30/10 nor off."
        nobody = "{!r} would let nobody say anything."
        store = "{!r} is neither memory: nor like sqlite:chatsvc.sqlite."
        keep = '"{}" is no span of time such as 7d, 2h or 30m.'
        backlog = "{!r} is not a number from 0 to 200."
        for option, text, complaint in [
            ("port", "http", number),
            ("port", "65536", number),
            ("port", "-1", number),
            ("port", "", number),
            ("tls-port", "1e3", number),
            ("doors", "line,web", "'web' is none of line, irc."),
            ("doors", "", "'' is none of line, irc."),
            ("interface", "localhost", "{!r} does not appear to be an IPv4 or IPv6 address"),
            ("max-users", "0", from_one),
            ("max-users", "many", from_one),
            ("max-per-address", "0", from_one),
            ("history", "0", from_one),
            ("history-bytes", "-1", from_one),
            ("history-bytes", "M", "'' is not a number from 1 up."),
            ("throttle", "30", throttle),
            ("throttle", "fast", throttle),
            ("throttle", "30/10/5", throttle),
            ("throttle", "0/10", nobody),
            ("throttle", "30/0", nobody),
            ("throttle", "30/-1", nobody),
            ("throttle", "30/inf", nobody),
            ("throttle", "30/nan", nobody),
            ("store", "", store),
            ("store", "memory", store),
            ("store", "memory:1", store),
            ("store", "sqlite:", store),
            ("store", "chatsvc.sqlite", store),
            ("store", "postgres://chat", store),
            ("store", "sqlite:chat.sqlite?synchronous=off", store),
            ("keep", "90", keep),
            ("keep", "for ever", keep),
            ("keep", "-1d", keep),
            ("backlog", "-1", backlog),
            ("backlog", "201", backlog),
            ("backlog", "off", backlog),
            ("motd", "/no/file", "cannot read {}: No such file or directory"),
            ("motd", "/", "cannot read {}: Is a directory"),
            ("motd", self.written(b"\xff"), "{} is not UTF-8."),
            ("certificate", "/no/file", "cannot read {}: No such file or directory"),
        ]:
            self.refused(f"--{option}: {complaint.format(text)}", f"--{option}={text}")

    def test_a_motd_that_is_too_long(self) -> None:
        path = self.written("x" * 20_000)
        self.refused(f"--motd: {path} is longer than 16384 characters.", "--motd", path)

    def test_what_is_no_option(self) -> None:
        self.refused("option --prot not recognized", "--prot", "5000")
        self.refused("unexpected argument '5000'. See --help.", "5000")
        self.refused("option --port requires argument", "--port")

    def test_an_operator_that_nobody_can_be(self) -> None:
        reasons = {
            "client1": 'Names like "client7" are given by the server; nobody can choose one.',
            "C1ient1": 'Names like "client7" are given by the server; nobody can choose one.',
            "admin": '"admin" is reserved, or looks like a name that is.',
            "ann lee": 'A name is made of letters, digits, "-" and "_": no space.',
            "a": "A name has 2 to 32 characters.",
            "": "A name has 2 to 32 characters.",
        }
        for name, reason in reasons.items():
            self.refused(f"--operator: nobody can register {name!r}: {reason}", "--operator", name)
        for name in ("bi11", "\u0412ill"):
            complaint = f"--operator: nobody can register {name!r}, as it looks like 'bill'."
            self.refused(complaint, "--operator", "bill", "--operator", name)
        self.parsed("--operator", "bill", "--operator", "Bill")

    def refused(self, complaint: str, *arguments: str) -> None:
        refusal = self.assertRaises(SystemExit, self.parsed, *arguments)
        self.assertEqual(refusal.code, f"chatsvc: {complaint}")


class HelpTests(ProcessTestCase):
    def test_twistd_lists_the_service_with_what_it_is(self) -> None:
        status, out, err = self.ends(self.starts(TWISTD, "--help"))
        self.assertEqual((status, err), (0, ""))
        sentence = "A chat server that people reach with netcat, telnet or its own client."
        self.assertIn(f" chatsvc {sentence} ", " ".join(out.split()))

    def test_the_version(self) -> None:
        status, out, err = self.ends(self.starts(TWISTD, "chatsvc", "--version"))
        self.assertEqual((status, out, err), (0, f"chatsvc {chatsvc.__version__}\n", ""))

    def test_every_option_is_explained(self) -> None:
        status, out, err = self.ends(self.starts(TWISTD, "chatsvc", "--help"))
        self.assertEqual((status, err), (0, ""))
        options = Options()
        for name in options:
            self.assertRegex(out, rf"--{name}=? +\w\w")


class StoreTests(ProcessTestCase):
    def test_what_cannot_be_understood_ends_it_with_a_line(self) -> None:
        file = File(str(self.folder / "chatsvc.sqlite"), "full")
        file.open()
        file.put("room/x", "{}", 0)
        file.close()
        status, _, err = self.ends(self.serves("--port", free_port()))
        complaint = "chatsvc: --store: what it holds cannot be understood.\n"
        self.assertEqual((status, err), (1, complaint))


class RefusalTests(ProcessTestCase):
    """Whatever is wrong is said in one line, in foreground and by a daemon alike."""

    def refused(self, complaint: str, *options: object) -> None:
        for way in (["-n", "--pidfile="], []):
            status, _, err = self.ends(self.starts(TWISTD, *way, "chatsvc", *options))
            self.assertEqual((status, err), (1, f"chatsvc: {complaint}\n"), way)

    def test_a_port_that_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            self.refused(
                f"cannot listen on port {port} of 127.0.0.1: Address already in use."
                " Another server listens there: stop it, or take another port.",
                "--interface=127.0.0.1",
                f"--port={port}",
            )

    def test_an_endpoint_of_tcp_that_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            for endpoint in (f"tcp:{port}:interface=127.0.0.1", f"haproxy:tcp:{port}"):
                status, _, err = self.ends(self.serves("--port=off", f"--listen={endpoint}"))
                message = (
                    f"chatsvc: cannot listen on {endpoint}: Address already in use."
                    " Another server listens there: stop it, or take another port.\n"
                )
                self.assertEqual((status, err), (1, message))

    def test_an_address_that_is_not_ours(self) -> None:
        self.refused(
            "cannot listen on port 5000 of 192.0.2.1: Cannot assign requested address."
            " This machine has no such address; it has those of: ip address",
            "--interface=192.0.2.1",
        )

    def test_a_port_that_is_not_permitted(self) -> None:
        with socket.socket() as probe, contextlib.suppress(PermissionError):
            probe.bind(("127.0.0.1", 1))
            self.skipTest("this user may have any port")
        self.refused(
            "cannot listen on port 1 of 127.0.0.1: Permission denied."
            " Ports below 1024 are for root: take a higher one, or start as root, with --uid.",
            "--interface=127.0.0.1",
            "--port=1",
        )

    def test_an_endpoint_that_cannot_be_had(self) -> None:
        # Only opening it can tell, which is left to the daemon: that has twistd say it.
        complaint = "cannot listen on unix:no/chat.sock: No such file or directory."
        options = ("chatsvc", "--port=0", "--listen=unix:chat.sock", "--listen=unix:no/chat.sock")
        status, _, err = self.ends(self.starts(TWISTD, "-n", "--pidfile=pid", *options))
        advice = "Its folder does not exist."
        self.assertEqual((status, err), (1, f"chatsvc: {complaint} {advice}\n"))
        self.assertEqual(list(self.folder.iterdir()), [])
        status, _, err = self.ends(self.starts(TWISTD, *options))
        self.assertEqual(status, 1)
        self.assertIn(complaint, err)
        self.assertNotIn("Traceback", err)
        deadline = time.monotonic() + PATIENCE
        while (self.folder / "twistd.pid").exists():  # twistd removes it when it has said why
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["twistd.log"])

    def test_a_unix_socket_that_cannot_be_had(self) -> None:
        longest = "x" * 200
        (self.folder / "file").write_text("")
        for path, complaint in [
            (longest, "AF_UNIX path too long. It has at most 107 bytes."),
            ("file", "Address already in use. If no server listens there, delete the file."),
        ]:
            status, _, err = self.ends(self.serves("--port=off", f"--listen=unix:{path}"))
            message = f"chatsvc: cannot listen on unix:{path}: {complaint}\n"
            self.assertEqual((status, err), (1, message))
        self.assertTrue((self.folder / "file").exists())

    def test_an_endpoint_that_there_is_not(self) -> None:
        for text in ("gopher:70", "tcp:http", "unix"):
            process = self.serves("--port=0", f"--listen={text}")
            status, _, err = self.ends(process)
            self.assertEqual(status, 1)
            complaint = f"--listen: '{text}' is not an endpoint that Twisted knows."
            example = "It is written like tcp:5000, unix:/run/chat.sock or haproxy:tcp:5002."
            self.assertEqual(err, f"chatsvc: {complaint} {example}\n")

    def test_a_socket_that_systemd_has_not_passed(self) -> None:
        for text in ("systemd:domain=INET6:index=0", "systemd:domain=INET:name=chat"):
            self.refused(
                f"--listen: '{text}': systemd has not passed that socket. Start the server by its"
                " .socket unit: systemctl start chatsvc.socket",
                f"--listen={text}",
            )

    def test_a_root_of_its_own(self) -> None:
        self.refused_by_twistd(
            "--chroot does not work, as Python would not find its modules there."
            " systemd can do it, with RootDirectory.",
            f"--chroot={self.folder}",
        )

    @unittest.skipIf(os.geteuid() == 0, "root may be anybody")
    def test_another_user_without_being_root(self) -> None:
        self.refused_by_twistd("--uid and --gid are for root only. Leave them out.", "--gid=1")

    def refused_by_twistd(self, complaint: str, option: str) -> None:
        status, _, err = self.ends(self.starts(TWISTD, "-n", option, "chatsvc", "--port=0"))
        self.assertEqual((status, err), (1, f"chatsvc: {complaint}\n"))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_certificate_that_is_none(self) -> None:
        (self.folder / "cert.pem").write_text("hello")
        self.refused(
            f"--certificate: {self.folder / 'cert.pem'} holds no certificate in PEM."
            " Put the certificate and its key into that file.",
            "--certificate=cert.pem",
            "--port=0",
        )

    def test_a_store_that_is_none(self) -> None:
        complaint = "'chat.sqlite' is neither memory: nor like sqlite:chatsvc.sqlite."
        self.refused(f"--store: {complaint}", "--store=chat.sqlite", "--port=0")

    def test_a_store_that_is_no_database(self) -> None:
        path = self.folder / "chat.sqlite"
        path.write_text("Dear diary, today nobody said anything.")
        complaint = f"--store: cannot open {path}: the file is not a database."
        self.refused(complaint, "--store=sqlite:chat.sqlite", "--port=0")
        self.assertTrue(path.read_text().startswith("Dear diary"))
        self.assertEqual(list(self.folder.iterdir()), [path])

    def test_a_store_in_a_folder_that_there_is_not(self) -> None:
        path = self.folder / "no" / "chat.sqlite"
        complaint = f"--store: cannot open {path}: its folder does not exist."
        self.refused(complaint, "--store=sqlite:no/chat.sqlite", "--port=0")

    def test_a_store_that_another_server_uses(self) -> None:
        port = free_port()
        self.serves(f"--port={port}", "--store=sqlite:chat.sqlite")
        ann = self.calls(port)
        path = self.folder / "chat.sqlite"
        complaint = f"--store: cannot open {path}: another server uses it; stop that one first."
        self.refused(complaint, "--store=sqlite:chat.sqlite", "--port=0")
        ann.types("hi")
        ann.sees("client1: hi")

    def test_more_users_than_file_descriptors(self) -> None:
        status, _, err = self.ends(self.serves("--port=0", "--max-users=1000000000"))
        self.assertEqual(status, 1)
        self.assertRegex(err, r"\Achatsvc: --max-users: at most \d+ people can connect, .+\n\Z")


class ServiceTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()

    def test_a_conversation(self) -> None:
        self.serves("--port", self.port)
        ann = self.calls(self.port)
        ann.sees("server: Welcome, you are client1. Nobody else is here yet. Type /help for help.")
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
        greeting = "server: Welcome, you are client1. Nobody else is here yet. Type /help for help."
        ann = self.calls(line_port)
        ann.sees(greeting)
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
        ann.sees("server: Welcome, you are client1. Nobody else is here yet. Type /help for help.")
        pem = (self.folder / "sub-self-signed.pem").read_text()
        fingerprint = fingerprint_of(pem)
        client = self.starts(
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
        bob.sees("server: Welcome, you are client1. Nobody else is here yet. Type /help for help.")
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
        with contextlib.suppress(ConnectionResetError):
            dan.sees_the_end()
        server.terminate()
        _, out, _ = self.ends(server)
        for reason in ("tlsv1 alert unknown ca", "http request"):
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
        status, _, err = self.ends(self.starts(TWISTD, "chatsvc", "--port", self.port))
        self.assertEqual((status, err), (0, ""))
        pid = self.daemon()
        ann = self.calls(self.port)
        ann.types("hi")
        ann.sees("client1: hi")
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(ann.sees_the_end(), f"{FAREWELL}\n")
        deadline = time.monotonic() + PATIENCE
        while (self.folder / "twistd.pid").exists():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        log = (self.folder / "twistd.log").read_text()
        self.assertIn("Server Shut Down.", log)
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
            status, _, err = self.ends(self.starts(TWISTD, "chatsvc", "--port", self.port))
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
