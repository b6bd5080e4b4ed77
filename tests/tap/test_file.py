"""A real server with its settings in a file: at the start, and while it runs."""

from __future__ import annotations

import json
import os
import signal

from tests.processes import TWISTD, free_port
from tests.test_server import PASSWORD, ServerTestCase


class FileTests(ServerTestCase):
    is_measured = True

    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "chatsvc.toml"

    def begins(self, text: str, *options: str) -> None:
        self.file.write_text(text)
        command = ("-n", "--pidfile=", "--logfile=twistd.log", "chatsvc", *options)
        self.process = self.forks(TWISTD, *command, CHATSVC_BACKLOG="3", CHATSVC_PORT="1")

    def reloads(self, text: str, said: str) -> None:
        self.file.write_text(text)
        self.process.send_signal(signal.SIGHUP)
        self.waits_for_log(f"SIGHUP: {said}")

    def test_a_server_takes_in_what_can_change(self) -> None:
        port = f"[doors]\nport = {self.port}\n"
        self.begins(f"{port}[server]\nmotd = '''Be kind.\n'''\n")
        ann = self.calls(self.port)
        ann.sees("server: Be kind.")
        ann.types("/nick ann", f"/register {PASSWORD}", "/rehash")
        ann.sees("server: That is for operators only.")

        text = (
            "[server]\noperator = ['ann']\nmotd = '''Be kinder.\n'''\n[limits]\nthrottle = false\n"
        )
        self.reloads(port + text, "throttle is off now; it was 30/10.")
        ann.types("/rehash")
        told = ann.sees("server: The motd was reloaded.")
        self.assertIn("server: The settings are as they were.", told)
        bob = self.calls(self.port)
        bob.sees("server: Be kinder.")
        bob.types(*map(str, range(1000)))
        bob.sees("client2: 999")

        self.reloads(
            f"[doors]\nport = {free_port()}\nlisten = ['unix:x']\n{text}grace = 5\nmax-users = 1.5",
            f"the settings stay as they were: {self.file}:11: max-users: '1.5' is not a number",
        )
        log = self.log.read_text()
        self.assertIn(f"SIGHUP: the settings stay as they were: {self.file}:10: grace stands", log)
        self.reloads(
            f"[doors]\nport = 1\n{text}max-users = 2",
            f"port takes a restart: it is 1 in {self.file}:2, and stays {self.port} until then.",
        )
        self.assertEqual(self.calls(self.port).sees_the_end(), "server: The server is full.\n")

    def test_mistakes_keep_it_from_starting_and_leave_nothing_behind(self) -> None:
        self.begins(
            "[doors]\nport = 'x'\n[tls]\ncertificate = 'self-signed'\n[limit]\n", "--keep=1"
        )
        status, _, err = self.ends(self.process)
        self.assertEqual(
            (status, err),
            (
                1,
                "chatsvc: --keep: '1' is not a span of time such as 90d, 12h or 30m, or off.\n"
                f"chatsvc: {self.file}:2: port: 'x' is not a number from 0 to 65535, or off.\n"
                f"chatsvc: {self.file}:5: there is no table [limit]; did you mean limits?\n",
            ),
        )
        self.assertEqual(os.listdir(self.folder), ["chatsvc.toml"])

    def test_what_does_not_work_is_said_with_its_place(self) -> None:
        self.begins("[limits]\n\nmax-users = 1000000000\n", "--port=0")
        status, _, err = self.ends(self.process)
        self.assertEqual(status, 1)
        self.assertRegex(
            err, rf"\Achatsvc: {self.file}:3: max-users: at most \d+ people can .+\n\Z"
        )

    def test_a_room_that_always_exists_over_restarts(self) -> None:
        port = f"[doors]\nport = {self.port}\n"
        room = "[rooms.'#ops']\ntopic = 'Be kind.'\nkeep = '30d'\n"
        self.begins(port + room)
        for number in (1, 2):
            ann = self.calls(self.port)
            ann.types("/join #ops")
            told = ann.sees("server: The topic of #ops: Be kind.")
            self.assertNotIn("which belongs to you", told)
            ann.types(f"message {number}")
            ann.sees_some(f": message {number}")
            self.process.kill()
            self.ends(self.process)
            self.begins(port + room)
        ann = self.calls(self.port)
        ann.types("/join #ops")
        self.assertIn("message 2", ann.sees_some("From here on it is new."))
        self.reloads(port, "#ops ends like any other room now.")
        ann.types("/join #ops")
        ann.sees_some("You are in #ops.")
        self.reloads(f"{port}[rooms.'#new']\n", "#new always exists now.")
        ann.types("/rooms")
        ann.sees("server: #new (0 here)")

    def test_settings_that_people_notice(self) -> None:
        irc_port, web_port = free_port(), free_port()
        text = f"""
            [server]
            server-name = "irc.example.org"
            network = "Example"
            motd = "Be kind.\\nBe quick."
            admin = "admin.sock"
            [doors]
            port = {self.port}
            interface = "127.0.0.1"
            doors = ["line"]
            irc = ["tcp:{irc_port}:interface=127.0.0.1"]
            web = ["tcp:{web_port}:interface=127.0.0.1"]
            auto-join = false
            public-archive = true
            [people]
            accounts-only = false
            [limits]
            max-per-address = 5
            [store]
            store = "sqlite:sub/chat.sqlite"
            keep-addresses = false
            [log]
            log-format = "json"
        """
        (self.folder / "sub").mkdir()
        self.begins(text)
        ann = self.calls(self.port)
        ann.sees("server: Be quick.")
        bob = self.calls(irc_port)
        bob.types("NICK bob", "USER bob 0 * :Bob")
        told = bob.sees_some(" 376 bob ")
        for words in (
            ":irc.example.org 001 bob :Welcome to the Example IRC network", " NETWORK=Example ",
            "372 bob :- Be kind.",
        ):  # fmt: skip
            self.assertIn(words, told)
        self.assertNotIn(" JOIN ", told)
        dan = self.calls(self.port)
        dan.types("NICK dan", "USER dan 0 * :Dan")
        self.assertIn("It does not speak IRC here", dan.sees_the_end())
        eve = self.calls(web_port)
        eve.types("GET /robots.txt HTTP/1.0", "")
        self.assertNotIn("Disallow: /\r\n", eve.sees_the_end())
        more = [self.calls(self.port) for _ in range(5)]
        self.assertIn("Too many connections from your address", more[-1].sees_the_end())
        self.assertTrue((self.folder / "sub" / "chat.sqlite").exists())
        self.assertTrue((self.folder / "admin.sock").is_socket())
        joined = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.assertIn("client1 joined.", [line["message"] for line in joined])
