"""Every setting, from the file: what a right value means, and what is said of a wrong one."""

from __future__ import annotations

import re
from math import inf
from typing import Any

from twisted.logger import LogLevel

from chatsvc.settings.gathering import Gathered, gather
from chatsvc.settings.kinds import FLAG, Place
from chatsvc.settings.table import BY_NAME, SECTIONS, SETTINGS
from tests.processes import FolderTestCase

PORT = "a number from 0 to 65535"
SPAN = "a span of time such as 90d, 12h or 30m, or off"
HOST = "a name like a host's, of at most 63 characters"
LISTS = "a list of endpoints"

# By setting: TOML that is right, what it means, TOML that is wrong, and what is said of that.
EACH: dict[str, tuple[str, Any, str, str]] = {
    "server-name": ("'irc.example.org'", "irc.example.org", "'a b'", f"'a b' is not {HOST}."),
    "network": ("'Example'", "Example", "5", f"5 is not {HOST}."),
    "motd": ('"a\\nb"', "a\nb", "true", "true is not the path of a file, or a text with"),
    "operator": ("['ann']", ["ann"], "['admin']", "nobody can register 'admin': \"admin\" is res"),
    "admin": ("'/run/sock'", "/run/sock", "true", "'on' is not a path, or off."),
    "port": ("6667", 6667, "70000", f"'70000' is not {PORT}, or off."),
    "interface": ("'::1'", ["::1"], "'localhost'", "'localhost' is not an IP address."),
    "doors": ("['irc']", ["irc"], "['ssh']", "'ssh' is not one of line, irc, web."),
    "listen": ("['tcp:1', 'unix:a,b']", ["tcp:1", "unix:a,b"], "[1]", f"[1] is not {LISTS}."),
    "line": ("['tcp:1']", ["tcp:1"], "1", f"1 is not {LISTS}."),
    "irc": ("['tcp:1']", ["tcp:1"], "true", f"true is not {LISTS}."),
    "web": ("['tcp:1']", ["tcp:1"], "[[]]", f"[[]] is not {LISTS}."),
    "metrics": ("['tcp:1']", ["tcp:1"], "1.5", f"1.5 is not {LISTS}."),
    "trusted-proxies": ("['unix', '::1']", ["unix", "::1"], "['x']", "'x' does not appear to be"),
    "auto-join": ("false", False, "'no'", "'no' is not on or off."),
    "public-archive": ("true", True, "1", "1 is not on or off."),
    "certificate": ("'a.pem'", "a.pem", "''", "'' is not a path."),
    "acme-webroot": ("'acme'", "acme", "5", "5 is not the path of a folder."),
    "tls-port": ("993", 993, "false", f"false is not {PORT}."),
    "sts": ("'30d'", 30 * 86400.0, "30", f"30 is not {SPAN}."),
    "accounts-only": ("true", True, "'yes'", "'yes' is not on or off."),
    "invite-only": ("true", True, "[]", "[] is not on or off."),
    "allow-plaintext-passwords": ("true", True, "0", "0 is not on or off."),
    "grace": ("60", 60, "86401", "'86401' is not a number from 0 to 86400."),
    "max-users": ("5", 5, "0", "'0' is not a number from 1 up."),
    "max-per-address": ("'off'", inf, "-1", "'-1' is not a number from 1 up, or off."),
    "throttle": ("false", (1, inf), "30", "30 is not a burst and lines a second such as 30/10"),
    "backlog": ("0", 0, "201", "'201' is not a number from 0 to 200."),
    "history": ("5", 5, "1.5", "'1.5' is not a number from 1 up."),
    "history-bytes": ("4096", 4096, "'4X'", "'4X' is not a number of bytes, such as 16M."),
    "store": ("'memory:'", Place("", ""), "'x'", "'x' is not memory:, or a file as in sqlite:"),
    "keep": ("false", inf, "'soon'", f"'soon' is not {SPAN}."),
    "keep-size": ("'2g'", 2**31, "'10'", "'10' is not a number of bytes from 16M up, or off."),
    "direct-history": ("false", False, "2026-11-26", "2026-11-26 is not on or off."),
    "keep-addresses": ("false", 0.0, "'-1d'", f"'-1d' is not {SPAN}."),
    "log-format": ("'json'", "json", "'xml'", "'xml' is not one of text, json."),
    "log-level": ("'warn'", LogLevel.warn, "'loud'", "'loud' is none of debug, info, warn, err"),
}


class TableTests(FolderTestCase):
    def gathered(self, name: str, value: str) -> Gathered:
        self.file = self.folder / "chatsvc.toml"
        self.file.write_text(f"[{BY_NAME[name].section}]\n{name} = {value}\n", "utf-8")
        return gather({}, self.file, {})

    def test_each_is_tested(self) -> None:
        self.assertEqual(set(EACH), set(BY_NAME), "add a line for it to EACH, above")
        self.assertEqual(len(SETTINGS), len(BY_NAME))
        self.assertEqual({each.section for each in SETTINGS}, set(SECTIONS))

    def test_right_values(self) -> None:
        for name, (text, meaning, _, _) in EACH.items():
            gathered = self.gathered(name, text)
            self.assertEqual(gathered.mistakes, [])
            value: Any = gathered.found[name].value
            if name == "throttle":
                value = (value.burst, value.rate)
            elif name == "log-level":
                value = value.logLevelForNamespace("chatsvc")
            self.assertEqual(value, meaning, name)
            self.assertEqual(gathered.found[name].origin.place, f"{self.file}:2")

    def test_wrong_values(self) -> None:
        for name, (_, _, text, complaint) in EACH.items():
            [mistake] = self.gathered(name, text).mistakes
            self.assertIn(f"{self.file}:2: {name}: {complaint}", mistake)

    def test_whatever_is_written_as_an_option_can_be_written_in_the_file(self) -> None:
        for each in SETTINGS:
            if each.default:
                gathered = self.gathered(each.name, f'"{each.default}"')
                self.assertEqual(gathered.mistakes, [])
                self.assertEqual(gathered.found[each.name].raw, each.default_raw)

    def test_each_is_explained(self) -> None:
        for each in SETTINGS:
            self.assertRegex(each.help, r"\A[a-zA-Z].*[^.]\Z")
            self.assertTrue(each.default or each.example, f"{each.name} needs an example")
            self.assertFalse(each.more and not each.more.endswith("."))
            self.assertTrue(each.kind.allowed)
            self.assertTrue(each.kind.form or each.kind is FLAG)
            self.assertTrue(re.fullmatch("[a-z]+(-[a-z]+)*", each.name))
