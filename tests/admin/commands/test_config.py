"""The settings in force, and checking a file of them."""

from __future__ import annotations

import signal
import tempfile
import time
from pathlib import Path

from twisted.internet.defer import succeed

from chatsvc.settings.gathering import gather
from chatsvc.settings.table import SETTINGS
from tests.admin.asking import AdminTestCase
from tests.admin.processes import AdminProcessTestCase
from tests.certificate import self_signed
from tests.patience import PATIENCE


class ConfigTests(AdminTestCase):
    def test_each_with_where_it_comes_from(self) -> None:
        path = Path(self.enterContext(tempfile.TemporaryDirectory()), "chatsvc.toml")
        path.write_text(
            "[store]\nkeep = '90d'\n[server]\nmotd = '''\nBe kind.\n'''\n"
            "[rooms.'#ops']\ntopic = 'Work.'\nkey = 'sesame'\n"
        )
        self.gathered = gather({"listen": ["tcp:1", "tcp:2"]}, path, {"CHATSVC_GRACE": "5"})
        rows = self.facts("config")
        found = {each["setting"]: (each["value"], each["from"]) for each in rows}
        for name, value, kind, place in [
            ("listen", ["tcp:1", "tcp:2"], "option", "--listen"),
            ("keep", "90d", "file", f"{path}:2"),
            ("motd", "Be kind.\n", "file", f"{path}:4"),
            ("grace", "5", "environment", "CHATSVC_GRACE"),
            ("port", "5000", "default", None),
            ("sts", None, "default", None),
            ('rooms."#ops".topic', "Work.", "file", f"{path}:8"),
            ('rooms."#ops".key', "(hidden)", "file", f"{path}:9"),
        ]:
            self.assertEqual(found[name], (value, {"kind": kind, "place": place}))
        self.assertEqual(len(rows), len(SETTINGS) + 2)

    def test_reloading(self) -> None:
        for found, lines in (
            ([(True, "grace is 5 now; it was 0.")], ["Grace is 5 now; it was 0."]),
            ([], ["There is nothing to reload."]),
        ):
            self.patch(self.server.chat, "reload", lambda name, found=found: succeed(found))
            self.assertEqual(self.lines("reload"), lines)

    def test_a_reload_that_fails(self) -> None:
        found = [(True, "the log was reloaded."), (False, "the motd was not reloaded: why.")]
        self.patch(self.server.chat, "reload", lambda name: succeed(found))
        *lines, last = self.asks("reload")
        self.assertEqual(len(lines), 2)
        self.assertEqual(last["refused"], "not everything was reloaded.")


class RealConfigTests(AdminProcessTestCase):
    is_measured = True

    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "chatsvc.toml"

    def test_what_is_in_force_in_a_server(self) -> None:
        self.file.write_text("[limits]\nbacklog = 5\nhistory = 50\n")
        server = self.opens()
        status, out, err = self.admin("config")
        self.assertEqual((status, err), (0, ""))
        for row in (
            ["SETTING", "VALUE", "FROM"],
            ["port", str(self.port), "--port"],
            ["backlog", "5", f"{self.file}:2"],
            ["keep", "off", "default"],
        ):
            self.assertIn(row, [line.split() for line in out.splitlines()])
        self.file.write_text("# New\n[limits]\nbacklog = 6\nhistory = 60\n")
        server.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while f"{self.file}:3" not in self.admin("config")[1]:
            self.assertLess(time.monotonic(), deadline)
        found = {each["setting"]: each["value"] for each in self.facts("config")}
        self.assertEqual((found["backlog"], found["history"]), ("6", "50"))
        found = {each["setting"]: each["value"] for each in self.facts("check")}
        self.assertEqual((found["backlog"], found["history"]), ("6", "60"))

    def test_a_file_without_a_server(self) -> None:
        status, _, err = self.admin("config")
        self.assertEqual(status, 3, err)
        (self.folder / "other.toml").write_text("[store]\nkeep = '9d'\n[rooms.'#ops']\nlimit = 5\n")
        found = self.facts("check", "other.toml")
        place = f"{self.folder / 'other.toml'}:2"
        row = {"setting": "keep", "value": "9d", "from": {"kind": "file", "place": place}}
        self.assertIn(row, found)
        self.assertEqual(self.facts("check", "other.toml", "--quiet"), [])

    def test_all_that_a_start_would_refuse(self) -> None:
        self.file.write_text(
            "[server]\nmotd = 'none.txt'\n[doors]\nport = 'x'\nlisten = ['gopher:70']\n"
            "[tls]\ncertificate = 'cert.pem'\n"
        )
        (self.folder / "cert.pem").write_text("hello")
        status, out, err = self.admin("check", "chatsvc.toml")
        self.assertEqual(status, 1)
        self.assertEqual(err, f"chatsvc-admin: 4 mistakes in {self.file}.\n")
        for each in (
            "4: port: 'x' is not a number",
            f"2: motd: cannot read {self.folder / 'none.txt'}: No such file or directory",
            "5: listen: 'gopher:70' is not an endpoint",
            f"7: certificate: {self.folder / 'cert.pem'} holds no certificate in PEM.",
        ):
            self.assertIn(f"{self.file}:{each}", out)

    def test_sockets_that_systemd_is_going_to_pass(self) -> None:
        self.file.write_text("[doors]\nport = 'off'\nweb = ['systemd:site']\n")
        self.assertEqual(self.admin("check", "--quiet"), (0, "", ""))

    def test_it_makes_nothing(self) -> None:
        self.file.write_text("[tls]\ncertificate = 'self-signed'\n")
        self.assertEqual(self.admin("check", "--quiet"), (0, "", ""))
        self.file.write_text("[tls]\ncertificate = 'chat.pem'\n")
        (self.folder / "chat.pem").write_text(self_signed())
        self.assertEqual(self.admin("check", "--quiet"), (0, "", ""))
        found = sorted(each.name for each in self.folder.iterdir())
        self.assertEqual(found, ["chat.pem", "chatsvc.toml"])
