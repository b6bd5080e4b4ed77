"""systemd, as a systemctl says that is first on the path."""

from __future__ import annotations

import os
import shutil

from chatsvc.doctor import process
from chatsvc.doctor.machine import systemd
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase

GOOD = """\
LoadState=loaded
ActiveState=active
UnitFileState=enabled
FragmentPath=/etc/systemd/system/chatsvc.service
NeedDaemonReload=no
User=chatsvc
LimitNOFILE=65536
Restart=on-failure
NRestarts=0
Result=success
"""


class SystemdTests(DoctorTestCase):
    def says(self, text: str, status: int = 0) -> dict[str, str]:
        """The environment of programs for which systemctl says something."""
        program = self.folder / "systemctl"
        (self.folder / "text").write_text(text)
        cat = shutil.which("cat")
        program.write_text(f"#!/bin/sh\n{cat} {self.folder / 'text'}\nexit {status}\n")
        program.chmod(0o755)
        return {"PATH": f"{self.folder}:{os.environ['PATH']}"}

    def test_as_it_should_be(self) -> None:
        words = "chatsvc.service is as it should be (/etc/systemd/system/chatsvc.service)."
        self.finds_elsewhere([], systemd.check, OK, words, environment=self.says(GOOD))

    def test_what_is_wrong_with_a_unit(self) -> None:
        for right, wrong, level, words in (
            ("Reload=no", "Reload=yes", WARNING, "has changed since systemd read it"),
            ("65536", "1024", WARNING, "allows 1024 file descriptors"),
            ("=active", "=failed", FAULT, "chatsvc.service has failed"),
            ("=enabled", "=disabled", WARNING, "does not start with the machine"),
            ("=on-failure", "=no", WARNING, "does not start again if it ends by mistake"),
            ("User=chatsvc", "User=", WARNING, "runs the server as root"),
            ("NRestarts=0", "NRestarts=7", WARNING, "had to start chatsvc.service again 7 times"),
        ):
            self.assertIn(right, GOOD)
            says = self.says(GOOD.replace(right, wrong))
            self.finds_elsewhere([], systemd.check, level, words, environment=says)

    def test_no_unit(self) -> None:
        says = self.says(GOOD.replace("=loaded", "=not-found"))
        self.finds_elsewhere(
            [], systemd.check, OK, "systemd has no chatsvc.service", environment=says
        )

    def test_systemd_does_not_run(self) -> None:
        says = self.says("System has not been booted with systemd", status=1)
        words = "systemd does not run"
        self.finds_elsewhere([], systemd.check, OK, words, environment=says)

    def test_the_unit_of_a_process(self) -> None:
        self.patch(process, "PROC", self.folder)
        (self.folder / "7").mkdir()
        for text, unit in (
            ("0::/system.slice/chatsvc.service\n", "chatsvc.service"),
            ("9:name=systemd:/system.slice/chat@1.service\n8:pids:/\n", "chat@1.service"),
            ("0::/user.slice/user-0.slice/user@0.service/app.slice/my.service\n", "my.service"),
            ("0::/user.slice/user-0.slice/session-1.scope\n", None),
            ("0::/\n", None),
        ):
            (self.folder / "7" / "cgroup").write_text(text)
            self.assertEqual(systemd._unit_of(7), unit)

    def test_a_server_that_systemd_did_not_start(self) -> None:
        self.serves_somewhere()
        words = "the server was not started by systemd"
        self.finds_elsewhere([], systemd.check, OK, words, self.store, environment=self.says(GOOD))
