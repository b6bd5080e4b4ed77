"""The settings of the server that is meant."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from chatsvc.admin.console import settings
from chatsvc.admin.console.finding import VARIABLE, NoServer
from chatsvc.admin.console.settings import in_force
from chatsvc.doctor import process
from chatsvc.errors import ChatError, Misused
from tests.processes import TWISTD, ProcessTestCase, free_port


class InForceTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(settings, "FOLDER", self.folder / "var")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        environment = {name: text for name, text in os.environ.items() if name != VARIABLE}
        self.patch(os, "environ", environment)

    def test_of_a_running_server(self) -> None:
        port = free_port()
        run = self.folder / "run"
        run.mkdir()
        (self.folder / "some.toml").write_text('[server]\nserver-name = "chat.example.org"\n')
        self.starts(
            TWISTD, "-n", "--pidfile=", "--rundir", run, "-l", "a.log", "chatsvc", f"-p{port}",
            "--store=sqlite:club.sqlite", "--listen", "unix:a.sock", "--listen=unix:b.sock",
            "--accounts-only", "--config=../some.toml", CHATSVC_BACKLOG="7",
        )  # fmt: skip
        self.calls(port).sees_some("server: ")
        for given, store in ((str(run / "club.admin"), None), (None, f"sqlite:{run}/club.sqlite")):
            found = in_force(given, None, store)
            self.assertEqual(found.gathered.mistakes, [])
            self.assertEqual((found.store, found.folder), (run / "club.sqlite", run))
            self.assertEqual(found.file, run / "../some.toml")
            self.assertEqual(found.log, run / "a.log")
            self.assertEqual(
                [found.value(each) for each in ("port", "backlog", "server-name", "listen")],
                [port, 7, "chat.example.org", ["unix:a.sock", "unix:b.sock"]],
            )
            self.assertEqual(found.value("accounts-only"), True)

    def test_ways_to_start_a_server(self) -> None:
        for words in (
            ["python", "/opt/chatsvc/bin/twistd", "--logfile", "a", "chatsvc", "--port", "7", ""],
            ["python", "/opt/chatsvc/bin/chatsvc-server", "-p", "7"],
            ["python", "-m", "chatsvc.server", "--port=7"],
        ):
            before, options, config = settings._parsed(words)
            self.assertEqual((options, config), ({"port": "7"}, None))
            log = settings._twistds(before, "--logfile", "-l")
            self.assertEqual(log, "a" if "--logfile" in words else None)

    def test_a_command_line_that_means_nothing(self) -> None:
        self.assertEqual(settings._parsed(["init"])[1:], ({}, None))
        self.assertEqual(settings._parsed(["twistd", "chatsvc", "--nothing"])[1:], ({}, None))

    def test_of_a_server_of_which_little_may_be_known(self) -> None:
        # As after --uid: its command line is known to all, its folder and environment to root.
        def refuses(path: object) -> str:
            raise PermissionError(path)

        self.patch(os, "readlink", refuses)
        self.patch(settings, "_environment", lambda found: {})
        port = free_port()
        self.starts(TWISTD, "-n", "--pidfile=", f"--rundir={self.folder}", "chatsvc", f"-p{port}")
        self.calls(port).sees_some("server: ")
        found = in_force(None, None, "sqlite:chatsvc.sqlite")
        self.assertEqual((found.value("port"), found.folder), (port, self.folder))

    def test_of_a_server_that_only_root_may_look_at(self) -> None:
        def refuses(number: int) -> object:
            raise PermissionError(number)

        self.patch(settings, "_of", refuses)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("club.admin")
            listening.listen()
            with self.assertRaises(ChatError) as raised:
                in_force("club.admin", None, None)
        self.assertIn("can be read by root alone", str(raised.exception))

    def test_of_a_server_without_proc(self) -> None:
        self.patch(process, "PROC", Path("/nowhere"))  # as in a chroot
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("club.admin")
            listening.listen()
            with self.assertRaises(ChatError) as raised:
                in_force("club.admin", None, None)
        self.assertIn("there is no /proc here: name its --store", str(raised.exception))
        found = in_force("club.admin", None, "sqlite:club.sqlite")
        self.assertEqual(found.store, self.folder / "club.sqlite")

    def test_no_server(self) -> None:
        found = in_force(None, None, "sqlite:club.sqlite")
        self.assertEqual((found.store, found.file), (self.folder / "club.sqlite", None))
        with self.assertRaises(NoServer):
            in_force("missing.admin", None, None)

    def test_a_file_of_settings(self) -> None:
        Path("some.toml").write_text('[store]\nstore = "sqlite:club.sqlite"\n')
        found = in_force("missing.admin", "some.toml", None)
        self.assertEqual(found.store, self.folder / "club.sqlite")
        self.assertEqual(found.file, self.folder / "some.toml")
        self.assertEqual(in_force(None, "some.toml", "memory:").store, None)

    def test_where_it_is_by_default(self) -> None:
        self.assertEqual(in_force(None, None, None).folder, self.folder)
        var = self.folder / "var"
        var.mkdir()
        self.assertEqual(in_force(None, None, None).store, var / "chatsvc.sqlite")
        Path("chatsvc.toml").touch()
        self.assertEqual(in_force(None, None, None).folder, self.folder)

    def test_a_wrong_store(self) -> None:
        with self.assertRaises(Misused) as raised:
            in_force(None, None, "somewhere")
        self.assertIn("--store: 'somewhere' is not memory:", str(raised.exception))
        self.assertIsNone(in_force(None, None, "memory:").store)
