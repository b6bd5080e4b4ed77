"""What somebody wants of the client."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.settings.checking import read
from chatsvc.client.settings.command_line import settings
from chatsvc.client.settings.keys import KEYS
from chatsvc.client.settings.values import Settings, Wrong

ALL = """
host = "chat.example.org"
port = 5001
tls = true
name = "bob"
login = "bob"
password-file = "secret"
rooms = ["#a", "#b"]
colours = "off"
notices = "osc9"
highlights = ["deploy"]
on-mention = "say hi"
plain = true

[keys]
next = "alt-n"

[levels]
"#ops" = "none"
"""


class SettingsTests(SynchronousTestCase):
    def file(self, text: str) -> Path:
        path = Path(self.enterContext(tempfile.TemporaryDirectory()), "file")
        path.write_text(text)
        return path

    def test_a_file_with_everything(self) -> None:
        found = settings(["--settings", str(self.file(ALL))])
        self.assertEqual(
            found,
            Settings(
                host="chat.example.org",
                port=5001,
                tls=True,
                name="bob",
                login="bob",
                password_file="secret",
                rooms=("#a", "#b"),
                colours="off",
                notices="osc9",
                highlights=("deploy",),
                on_mention="say hi",
                levels={"#ops": "none"},
                plain=True,
                keys=KEYS | {"next": "alt-n"},
            ),
        )

    def test_a_file_that_is_no_text(self) -> None:
        file = self.file("")
        file.write_text(ALL, "utf-16")
        self.assertRaisesRegex(Wrong, "not text in UTF-8", read, file, must_exist=True)

    def test_the_command_line_goes_before(self) -> None:
        file = str(self.file(ALL))
        found = settings(["::1", "6000", "--settings", file, "--name", "x", "--colours", "on"])
        self.assertEqual((found.host, found.port, found.name), ("::1", 6000, "x"))
        self.assertEqual((found.colours, found.notices), ("on", "osc9"))

    def test_nothing_at_all(self) -> None:
        found = settings(["--settings", str(self.file(""))])
        self.assertEqual(found, Settings())
        self.assertEqual((found.port, found.colours, found.notices), (5000, "auto", "bell"))

    def test_what_cannot_be(self) -> None:
        servers = "".join([f"[servers.s{number}]\nhost = 'x'\n" for number in range(51)])
        many = "".join([f"a{number} = 'x'\n" for number in range(101)])
        for text, why in {
            "levels = {'#ops' = 'loud'}": "the level of '#ops' is one of all, mentions, none",
            f"highlights = {['x'] * 21}": "at most 20 words",
            "highlights = [1]": "highlights cannot be [1]",
            "hots = 'x'": "there is no setting 'hots'; there are aliases, align, ca,",
            "json = true": "there is no setting 'json'",
            "password = 'x'": "there is no setting 'password'",
            "host = 'a b'": "'a b' is neither an IP address nor a host name",
            "host = 1": "host cannot be 1",
            "port = 70000": "'70000' is not a port",
            "port = '5000'": "port cannot be '5000'",
            "tls = 1": "tls is true or false, not 1",
            "colours = 'red'": "colours is one of auto, on, off",
            "theme = 'mine'": "theme is one of auto, dark, light, contrast",
            "theme = 'mine'\nthemes = 1": "theme is one of auto, dark, light, contrast",
            "themes = 1": "themes cannot be 1",
            "themes = {mine = 1}": "the theme mine has each of background, names, mention, faint",
            "rooms = '#a'": "rooms cannot be '#a'",
            "aliases = {'a b' = 'x'}": "an alias has 1 to 20 of the letters a to z, digits,",
            "aliases = {a = ''}": "the alias a stands for 1 to 500 characters",
            f"aliases = {{a = '{'x' * 501}'}}": "the alias a stands for 1 to 500 characters",
            "aliases = {a = 'x', A = 'y'}": "there are two aliases a",
            f"[aliases]\n{many}": "there are at most 100 aliases",
            "servers = 1": "servers cannot be 1",
            "servers = {work = 1}": "the server work has no host",
            "servers = {work = {port = 1}}": "the server work has no host",
            "servers = {work = {host = 'a', mouse = true}}": "the server work has no 'mouse' of",
            "servers = {work = {host = 'a', port = 0}}": "'0' is not a port",
            "servers = {work = {host = 'a'}, WORK = {host = 'b'}}": "there are two servers work",
            "servers = {'a.b' = {host = 'a'}}": "a server's name has letters, digits and -,",
            servers: "there are at most 50 servers",
            "rooms = [1]": "rooms cannot be [1]",
            "keys = {fly = 'x'}": "there is no key for 'fly'; there are active,",
            "keys = {next = 1}": "keys are texts, such as next =",
            "keys = {quit = 'foo'}": "there is no key 'foo'; they are called like",
            "keys = {quit = 'x'}": "there is no key 'x'",
            "keys = {quit = 'ctrl-i'}": "there is no key 'ctrl-i'",  # it is tab
            "keys = {quit = 'ctrl-n'}": "ctrl-n is the key for next and for quit",
            "= ": "Invalid",
            "\x00": "",
        }.items():
            path = self.file(text)
            error = self.assertRaises(Wrong, read, path, True)
            self.assertTrue(str(error).startswith(f"{path}: {why}"), error)

    def test_several_servers(self) -> None:
        text = "".join([f"[servers.s{number}]\nhost = 'h{number}'\n" for number in range(12)])
        file = str(self.file(f"connect = ['s3', 'S4']\ntls = true\n{text}"))
        for arguments, names in {
            (): ("s3", "s4"),
            ("s1", "S2", "s1"): ("s1", "s2"),
            ("s1",): ("s1",),
            ("s1", "6000"): ("s1",),
            ("elsewhere",): (),
            ("elsewhere", "6000"): (),
        }.items():
            found = settings([*arguments, "--settings", file])
            self.assertEqual(found.connect, names)
            self.assertEqual(found.server, names[0] if names else "")
            self.assertEqual(found.tls, not names)
        self.assertEqual(settings(["s1", "6000", "--settings", file]).port, 6000)
        most = [f"s{number}" for number in range(11)]
        for wrong, why in {
            ("s1", "elsewhere"): "there is no server 'elsewhere' in the settings",
            ("elsewhere", "s1", "s2"): "there is no server 'elsewhere' in the settings",
            (
                "s1",
                "s2",
                "--login",
                "bob",
            ): "of several servers, each has its login in the settings",
            ("s1", "s2", "--tls"): "of several servers, each has its tls in the settings",
            tuple(most): "one run talks to at most 10 servers",
        }.items():
            error = self.assertRaises(Wrong, settings, [*wrong, "--settings", file])
            self.assertEqual(str(error), why)

    def test_a_server_with_a_name(self) -> None:
        file = str(
            self.file(
                'host = "home.example"\nlogin = "ann"\npassword-file = "secret"\ntls = true\n'
                'mouse = false\n[servers.Work]\nhost = "work.example:6000"\nrooms = ["#ops"]\n'
            )
        )
        work = settings(["work", "--settings", file])
        self.assertEqual(
            (work.server, work.where, work.rooms), ("work", "work.example:6000", ("#ops",))
        )
        self.assertEqual((work.login, work.password_file, work.tls), ("", "", False))
        self.assertFalse(work.mouse)
        self.assertEqual(work.sources["host"], "the file")
        other = settings(["WORK", "7000", "--name", "bob", "--settings", file])
        self.assertEqual((other.where, other.name), ("work.example:7000", "bob"))
        home = settings(["--settings", file])
        self.assertEqual((home.server, home.where, home.login), ("", "home.example:5000", "ann"))
        host = settings(["works", "--settings", file])
        self.assertEqual((host.server, host.where), ("", "works:5000"))

    def test_no_file(self) -> None:
        path = Path(self.enterContext(tempfile.TemporaryDirectory()), "file")
        self.assertEqual(read(path, must_exist=False), {})
        self.assertEqual(
            str(self.assertRaises(Wrong, read, path, True)), f"there is no file {path}"
        )
        self.assertRaises(Wrong, read, Path("/"), True)
        binary = Path(self.enterContext(tempfile.TemporaryDirectory()), "file")
        binary.write_bytes(b"\xff")
        self.assertRaises(Wrong, read, binary, True)

    def test_wrong_arguments(self) -> None:
        for arguments in (
            ["--json", "--plain"],
            ["host", "0"],
            ["--password", "x"],
            ["--room", ""],
            ["--room", "ops"],
            ["--login", ""],
            ["--name", " "],
            ["--password-file", ""],
        ):
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as caught:
                settings(arguments)
            self.assertEqual(caught.exception.code, 2)
