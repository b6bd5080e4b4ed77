"""Names that lead here, elsewhere, or nowhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from chatsvc.doctor.finding import Finding, Level
from chatsvc.doctor.network import name
from chatsvc.doctor.server import Server
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase

# Looks a name up on a machine with some addresses of its own.
LOOKING = """
import json, sys
from chatsvc.doctor.network import name
from chatsvc.doctor.server import Server

server, url, *own = sys.argv[1:]
name.own_addresses = lambda: {"127.0.0.1", *own}
found = name.check(Server(name=server, url=url))
print(json.dumps([(each.level.value, each.what, each.mend) for each in found]))
"""


class NameTests(DoctorTestCase):
    def test_no_name_of_dns(self) -> None:
        self.finds(name.check, Server(), OK, "'chatsvc' (--server-name) is no name of DNS")

    def test_not_found(self) -> None:
        server = Server(name="chat.does-not-exist.invalid")  # RFC 6761: it never does
        self.assertIn("A record", self.finds(name.check, server, FAULT, "is not found").mend)

    def test_this_machine(self) -> None:
        self.finds(name.check, Server(url="http://localhost:5000/"), OK, "localhost leads here")

    def looked_up(self, hosts: str, own: Sequence[str], level: Level, words: str) -> None:
        """See what is found on a machine with other names and addresses."""
        (self.folder / "hosts").write_text(hosts)
        mount = f'mount --bind {self.folder / "hosts"} /etc/hosts && exec "$@"'
        inside = ["unshare", "--mount", "sh", "-c", mount, "sh"]
        if subprocess.run([*inside, "true"], capture_output=True).returncode:
            self.skipTest("only root may give other names")
        program = [sys.executable, "-c", LOOKING, "chat.example.test", "", *own]
        status, out, err = self.ends(self.starts(*inside, *program))
        self.assertEqual(status, 0, err)
        found = [Finding(Level(each), what, mend) for each, what, mend in json.loads(out)]
        self.is_among(found, level, words)

    def test_here(self) -> None:
        hosts = "198.51.100.7 chat.example.test"
        self.looked_up(hosts, ["198.51.100.7"], OK, "chat.example.test leads here: 198.51.100.7")

    def test_elsewhere(self) -> None:
        hosts = "198.51.100.7 chat.example.test"
        words = "chat.example.test leads elsewhere: 198.51.100.7"
        self.looked_up(hosts, ["1.1.1.1"], FAULT, words)

    def test_here_and_elsewhere(self) -> None:
        hosts = "198.51.100.7 chat.example.test\n198.51.100.8 chat.example.test"
        words = "chat.example.test leads here, and elsewhere: 198.51.100.8"
        self.looked_up(hosts, ["198.51.100.7"], WARNING, words)

    def test_behind_a_router(self) -> None:
        hosts = "198.51.100.7 chat.example.test"
        self.looked_up(hosts, ["192.168.1.7"], WARNING, "has private addresses alone")
