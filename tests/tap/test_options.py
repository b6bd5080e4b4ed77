"""The options, and the help on them."""

from __future__ import annotations

from math import inf
from typing import cast

from cryptography import x509
from twisted.logger import LogLevel

import chatsvc
from chatsvc.chat.limits import Limits
from chatsvc.service import loading
from chatsvc.service.interfaces import own_addresses
from chatsvc.service.options import Options
from chatsvc.settings.kinds import Place
from chatsvc.stores.memory import MemoryStore
from chatsvc.stores.sqlite.store import SqliteStore
from chatsvc.stores.sqlite.worker import at_once
from tests.certificate import self_signed, signed
from tests.processes import TWISTD, FolderTestCase, ProcessTestCase


class OptionsTests(FolderTestCase):
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
        self.assertEqual(options.pop("store"), Place("chatsvc.sqlite", "full"))
        self.assertEqual(options.pop("log-level").logLevelForNamespace("chatsvc"), LogLevel.info)
        throttle = options.pop("throttle")
        self.assertEqual((throttle.burst, throttle.rate), (30, 10.0))
        self.assertEqual(
            options,
            {
                "port": 5000,
                "interface": None,
                "doors": ["line", "irc", "web"],
                "line": [],
                "irc": [],
                "web": [],
                "trusted-proxies": [],
                "public-archive": False,
                "config": None,
                "rooms": {},
                "log-format": "text",
                "network": None,
                "server-name": "chatsvc",
                "sts": None,
                "auto-join": True,
                "listen": [],
                "metrics": [],
                "certificate": None,
                "acme-webroot": None,
                "tls-port": 5001,
                "max-users": None,
                "max-per-address": inf,
                "admin": None,
                "keep": inf,
                "keep-size": inf,
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
            ("trusted-proxies", "10.0.0.0/8, ::1,unix", ["10.0.0.0/8", "::1", "unix"]),
            ("max-users", "1", 1),
            ("max-per-address", "3", 3),
            ("max-per-address", "off", inf),
            ("keep", "90d", 90 * 86400.0),
            ("keep", "12h", 12 * 3600.0),
            ("keep", "off", inf),
            ("keep-size", "10G", 10 * 2**30),
            ("keep-size", "16m", 16 * 2**20),
            ("keep-size", "off", inf),
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
        path = f"{self.folder}/chat.sqlite"
        for text, place, kind in [
            ("memory:", Place("", ""), MemoryStore),
            (f"sqlite:{path}", Place(path, "full"), SqliteStore),
            (f"sqlite:{path}?synchronous=full", Place(path, "full"), SqliteStore),
            (f"sqlite:{path}?synchronous=normal", Place(path, "normal"), SqliteStore),
        ]:
            options = self.parsed("--store", text)
            self.assertEqual(options["store"], place)
            self.assertIsInstance(loading.store(place, options.path, Limits(), at_once), kind)

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

    def test_clients_use_tls_only_where_they_can(self) -> None:
        _, [key, certificate, authority] = signed("irc.example.net")
        pem = self.written(key + certificate + authority)
        name = ["--server-name", "irc.example.net"]
        options = self.parsed("--sts", "30d", "--certificate", pem, *name)
        self.assertEqual(options["sts"], 30 * 86400.0)
        self.assertEqual(self.parsed("--sts", "off", "--certificate", pem, *name)["sts"], 0.0)
        own = self.folder / "own.pem"
        own.write_text(self_signed("irc.example.net"))
        for arguments, complaint in (
            (name, "needs a certificate for irc.example.net, the server-name"),
            (["--certificate", pem], "needs a certificate for chatsvc, the server-name"),
            (["--certificate", str(own), *name], "and not a self-signed one."),
            (["--certificate", pem, "--doors", "line", *name], "needs IRC at the tls-port"),
            (["--certificate", pem, "--tls-port", "0", *name], "has to be a number."),
        ):
            error = self.assertRaises(SystemExit, self.parsed, "--sts", "30d", *arguments)
            self.assertIn(complaint, str(error))

    def test_wrong_values(self) -> None:
        number = "{!r} is not a number from 0 to 65535."
        or_off = number.replace(".", ", or off.")
        from_one = "{!r} is not a number from 1 up."
        bytes_ = "{!r} is not a number of bytes, such as 16M."
        throttle = "{!r} is not a burst and lines a second such as 30/10, or off."
        nobody = "{!r} would let nobody say anything."
        store = "{!r} is not memory:, or a file as in sqlite:chatsvc.sqlite."
        keep = "{!r} is not a span of time such as 90d, 12h or 30m, or off."
        keep_size = "{!r} is not a number of bytes from 16M up, or off."
        address = "{!r} is not an IP address."
        backlog = "{!r} is not a number from 0 to 200."
        for option, text, complaint in [
            ("port", "http", or_off),
            ("port", "65536", or_off),
            ("port", "-1", or_off),
            ("port", "", or_off),
            ("port", "9" * 100, f"'{'9' * 79}... is not a number from 0 to 65535, or off."),
            ("tls-port", "1e3", number),
            ("doors", "line,ssh", "'ssh' is not one of line, irc, web."),
            ("doors", "", "'' is not one of line, irc, web."),
            ("trusted-proxies", "nginx", "'nginx' does not appear to be an IPv4 or IPv6 network"),
            ("trusted-proxies", "10.0.0.1/8", "{} has host bits set"),
            ("interface", "localhost", address),
            ("max-users", "0", from_one),
            ("max-users", "many", from_one),
            ("max-per-address", "0", from_one.replace(".", ", or off.")),
            ("history", "0", from_one),
            ("history-bytes", "-1", bytes_),
            ("history-bytes", "M", bytes_),
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
            ("keep-size", "", keep_size),
            ("keep-size", "10", keep_size),
            ("keep-size", "16383K", keep_size),
            ("keep-size", "10GB", keep_size),
            ("keep-size", "-10G", keep_size),
            ("keep-size", "90d", keep_size),
            ("backlog", "-1", backlog),
            ("backlog", "201", backlog),
            ("backlog", "off", backlog),
            ("motd", "/no/file", "cannot read {}: No such file or directory"),
            ("motd", "/", "cannot read {}: Is a directory"),
            ("motd", self.written(b"\xff"), "{} is not UTF-8."),
            ("acme-webroot", "/no/folder", "{} is no folder."),
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
    is_measured = True

    def test_twistd_lists_the_service_with_what_it_is(self) -> None:
        status, out, err = self.ends(self.forks(TWISTD, "--help"))
        self.assertEqual((status, err), (0, ""))
        sentence = "A chat server that people reach with netcat, telnet or its own client."
        self.assertIn(f" chatsvc {sentence} ", " ".join(out.split()))

    def test_the_version(self) -> None:
        status, out, err = self.ends(self.forks(TWISTD, "chatsvc", "--version"))
        self.assertEqual((status, out, err), (0, f"chatsvc {chatsvc.__version__}\n", ""))

    def test_every_option_is_explained(self) -> None:
        status, out, err = self.ends(self.forks(TWISTD, "chatsvc", "--help"))
        self.assertEqual((status, err), (0, ""))
        options = Options()
        for name in options:
            self.assertRegex(out, rf"--{name}=? +\w\w")
