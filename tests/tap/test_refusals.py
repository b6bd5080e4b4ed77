"""What keeps a server from starting, and what is said of it."""

from __future__ import annotations

import contextlib
import os
import socket
import time
import unittest

from chatsvc.service import ports
from chatsvc.stores.sqlite.file import File
from tests.patience import PATIENCE
from tests.processes import FIRST, TWISTD, ProcessTestCase, free_port


class StoreTests(ProcessTestCase):
    is_measured = True

    def test_what_cannot_be_understood_ends_it_with_a_line(self) -> None:
        file = File(str(self.folder / "chatsvc.sqlite"), "full")
        file.open()
        file.put("room/x", "{}", 0)
        file.close()
        status, _, err = self.ends(self.serves("--port", free_port()))
        complaint = "chatsvc: --store: what it holds cannot be understood.\n"
        self.assertEqual((status, err), (1, complaint))


class RefusalTests(ProcessTestCase):
    """Whatever is wrong is said in one line, in foreground and by what was to be a daemon alike."""

    def refused(self, complaint: str, *options: object, is_daemon: bool = False) -> None:
        way = [] if is_daemon else ["-n", "--pidfile="]
        status, _, err = self.ends(self.forks(TWISTD, *way, "chatsvc", *options))
        self.assertEqual((status, err), (1, f"chatsvc: {complaint}\n"))

    def test_a_port_that_is_taken(self) -> None:
        self.is_measured = True
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            for is_daemon in (False, True):
                self.refused(
                    f"cannot listen on port {port} of 127.0.0.1: Address already in use."
                    " Another server listens there: stop it, or take another port.",
                    "--interface=127.0.0.1",
                    f"--port={port}",
                    is_daemon=is_daemon,
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
        self.is_measured = True
        # Only opening it can tell, which is left to the daemon: that has twistd say it.
        complaint = "cannot listen on unix:no/chat.sock: No such file or directory."
        options = ("chatsvc", "--port=0", "--listen=unix:chat.sock", "--listen=unix:no/chat.sock")
        status, _, err = self.ends(self.forks(TWISTD, "-n", "--pidfile=pid", *options))
        advice = "Its folder does not exist."
        self.assertEqual((status, err), (1, f"chatsvc: {complaint} {advice}\n"))
        self.assertEqual(list(self.folder.iterdir()), [])
        status, _, err = self.ends(self.forks(TWISTD, *options))
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
        complaint = (
            "'{}' is not an endpoint that Twisted knows. It is written like tcp:5000,"
            " unix:/run/chat.sock or haproxy:tcp:5002."
        )
        for text in ("gopher:70", "tcp:http", "unix"):
            with self.assertRaises(ValueError) as caught:
                ports.described(text)
            self.assertEqual(str(caught.exception), complaint.format(text))
        self.refused(f"--listen: {complaint.format('unix')}", "--port=0", "--listen=unix")

    def test_a_socket_that_systemd_has_not_passed(self) -> None:
        for text in ("systemd:domain=INET6:index=0", "systemd:domain=INET:name=chat"):
            with self.assertRaises(ValueError) as caught:
                ports.described(text)
            self.assertEqual(
                str(caught.exception),
                f"'{text}': systemd has not passed that socket. Start the server by its"
                " .socket unit: systemctl start chatsvc.socket",
            )

    def test_a_root_of_its_own(self) -> None:
        self.is_measured = True
        self.refused_by_twistd(
            "--chroot does not work, as Python would not find its modules there."
            " systemd can do it, with RootDirectory.",
            f"--chroot={self.folder}",
        )

    @unittest.skipIf(os.geteuid() == 0, "root may be anybody")
    def test_another_user_without_being_root(self) -> None:
        self.refused_by_twistd("--uid and --gid are for root only. Leave them out.", "--gid=1")

    def refused_by_twistd(self, complaint: str, option: str) -> None:
        status, _, err = self.ends(self.forks(TWISTD, "-n", option, "chatsvc", "--port=0"))
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
        complaint = "'chat.sqlite' is not memory:, or a file as in sqlite:chatsvc.sqlite."
        self.refused(f"--store: {complaint}", "--store=chat.sqlite", "--port=0")

    def test_a_store_that_is_no_database(self) -> None:
        path = self.folder / "chat.sqlite"
        path.write_text("Dear diary, today nobody said anything.")
        complaint = f"--store: cannot open {path}: the file is not a database."
        for is_daemon in (False, True):
            options = ("--store=sqlite:chat.sqlite", "--port=0")
            self.refused(complaint, *options, is_daemon=is_daemon)
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
        ann.sees(FIRST)
        path = self.folder / "chat.sqlite"
        complaint = f"--store: cannot open {path}: another server uses it; stop that one first."
        self.refused(complaint, "--store=sqlite:chat.sqlite", "--port=0")
        ann.types("hi")
        ann.sees("client1: hi")

    def test_more_users_than_file_descriptors(self) -> None:
        self.is_measured = True
        status, _, err = self.ends(self.serves("--port=0", "--max-users=1000000000"))
        self.assertEqual(status, 1)
        self.assertRegex(err, r"\Achatsvc: --max-users: at most \d+ people can connect, .+\n\Z")
